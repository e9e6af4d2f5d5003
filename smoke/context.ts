import { execa } from 'execa';
import type { MachineSsh } from '../ssh/machines.ts';
import type { Kubectl } from './kubectl.ts';
import type { ClusterOutputs } from './outputs.ts';
import type { Vantage } from './vantage.ts';

/** A pod of the smoke test's Deployment. */
export interface Pod {
  readonly name: string;
  readonly node: string;
  readonly address: string;
}

/** What every check is handed. */
export interface Context {
  readonly outputs: ClusterOutputs;
  readonly kubectl: Kubectl;
  readonly ssh: MachineSsh;
  /** A machine to look from where it may be any. */
  readonly vantage: Vantage;
  /** Tarballs of the smoke test's image by architecture, for nodes that cannot pull it. */
  readonly smokeImages?: Readonly<Record<string, string>>;
  /** The run's own namespace. */
  readonly namespace: string;
  /** Annotations of everything it makes: whose it is. */
  readonly owner: Readonly<Record<string, string>>;
  /** Content of the Secret the run puts into the cluster. */
  readonly token: string;
  /** The Deployment's pods, filled in by the check that makes them. */
  pods: readonly Pod[];
}

/** The check that makes the workload; those that look at it need it. */
export const workloadCheck = 'a Deployment scaled to 3 runs spread over the workers';

/** Two pods on different nodes, or the reason why there are none. */
export function podsApart(pods: readonly Pod[]): [Pod, Pod] | undefined {
  const [first] = pods;
  const other = pods.find(({ node }) => node !== first?.node);
  return first && other ? [first, other] : undefined;
}

/** How many nodes take ordinary pods: those with the worker role. */
export function workerCount({ nodes }: ClusterOutputs): number {
  return nodes.filter(({ roles }) => roles.includes('worker')).length;
}

/** The namespace's pods and last events, for a failure's details. Never throws. */
export async function describeNamespace({ kubectl, namespace }: Context): Promise<string[]> {
  const look = async (...args: string[]) => {
    const [program, ...rest] = kubectl.command([...args, '-n', namespace, '--request-timeout=5s']);
    const { stdout } = await execa(program, rest, { reject: false, stdin: 'ignore' });
    return stdout.split('\n').filter((line) => line !== '');
  };
  const pods = await look('get', 'pods', '-o', 'wide', '--no-headers');
  const events = await look('get', 'events', '--sort-by=.lastTimestamp', '--no-headers');
  return [...pods, ...events.slice(-8)].map((line) => line.replaceAll(/\s{2,}/g, '  '));
}
