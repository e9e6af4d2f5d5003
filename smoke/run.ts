import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, until } from './check.ts';
import { accessChecks } from './checks/access.ts';
import { apiChecks, componentChecks } from './checks/components.ts';
import { imageChecks } from './checks/image.ts';
import { networkChecks } from './checks/network.ts';
import { nodeChecks } from './checks/nodes.ts';
import { policyChecks } from './checks/policies.ts';
import { weaveChecks } from './checks/weave.ts';
import { workloadChecks } from './checks/workload.ts';
import type { Context } from './context.ts';
import { Kubectl } from './kubectl.ts';
import type { ClusterOutputs } from './outputs.ts';
import { policyNamespaces } from './policies.ts';
import { type Outcome, runChecks } from './runner.ts';
import { Ssh } from './ssh.ts';

/** How the smoke test is run. */
export interface SmokeOptions {
  /** Where lines go. Default standard output. */
  readonly print?: (line: string) => void;
  /** Aborts on Ctrl-C: checks end, and what was made is removed. */
  readonly signal: AbortSignal;
  /** kubectl's name or path. Default `kubectl`. */
  readonly kubectl?: string;
  /** Tarballs of the smoke test's image by architecture. Default none: the nodes have it, or can pull it. */
  readonly smokeImages?: Readonly<Record<string, string>>;
}

/** Every check, in the order in which they begin. */
function allChecks(context: Context): Check[] {
  return [
    ...imageChecks(context),
    ...workloadChecks(context),
    ...nodeChecks(context),
    ...componentChecks(context),
    ...apiChecks(context),
    ...networkChecks(context),
    ...weaveChecks(context),
    ...policyChecks(context),
    ...accessChecks(context),
  ];
}

/** Runs the smoke test against a cluster and removes what it made, whatever happens. */
export async function runSmoke(outputs: ClusterOutputs, options: SmokeOptions): Promise<Outcome[]> {
  const { print = console.log, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'hardway-smoke-'));
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, outputs.kubeconfig, { mode: 0o600 });
    const context: Context = {
      outputs,
      kubectl: new Kubectl(kubeconfig, options.kubectl),
      ssh: await Ssh.open(outputs.ssh, folder),
      smokeImages: options.smokeImages,
      namespace: `hardway-smoke-${randomBytes(4).toString('hex')}`,
      token: randomBytes(24).toString('hex'),
      pods: [],
    };
    const outcomes = await runChecks(allChecks(context), { print, signal });
    // Not the run's signal: an interrupted run cleans up too.
    const cleanup = await runChecks([cleanupCheck(context)], { print, signal: new AbortController().signal });
    return [...outcomes, ...cleanup];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cleanupCheck({ kubectl, namespace }: Context): Check {
  return {
    name: 'the namespace of this run is removed',
    limitSeconds: 90,
    run: async (signal) => {
      const others = Object.values(policyNamespaces(namespace));
      const deleted = ['delete', 'namespace', namespace, ...others, '--ignore-not-found', '--wait=false'];
      await until({ signal, expected: 'the API taking the request' }, async () => ({
        value: await kubectl.run(deleted, { signal }),
      }));
      return until({ signal, expected: `no namespace ${namespace}` }, async () => {
        const args = [
          'get',
          'namespace',
          namespace,
          '--ignore-not-found',
          '-o',
          'jsonpath={.status.conditions[*].message}',
        ];
        const found = await kubectl.run([...args.slice(0, 4), '-o', 'name'], { signal });
        if (found.trim() === '') return { value: undefined };
        return { seen: (await kubectl.run(args, { signal })).trim() || 'still there' };
      });
    },
  };
}
