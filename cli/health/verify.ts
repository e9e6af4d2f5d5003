import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withPrivateFolder } from '../../lib/private-folder.ts';
import { pause } from '../../smoke/check.ts';
import { Kubectl } from '../../smoke/kubectl.ts';
import type { ClusterOutputs } from '../../smoke/outputs.ts';
import { MachineSsh } from '../../ssh/machines.ts';
import { binDir, privateDir } from '../../toolchain/cache/paths.ts';
import { askCluster } from './ask.ts';
import { findProblems, type Health } from './problems.ts';

/** How to verify a cluster. */
export interface VerifyOptions {
  readonly stack: string;
  /** The deadline, in seconds: until then it is asked again while something is wrong. */
  readonly limitSeconds: number;
  /** Machines that are known not to answer: nothing waits for them. Default none. */
  readonly leftOut?: readonly string[];
  /** Whether to ask one round only, whatever it finds. Default false. */
  readonly once?: boolean;
  /** Where a word goes when it takes longer. */
  readonly print: (line: string) => void;
  /** kubectl's path. Default that of the tools. */
  readonly kubectl?: string;
  /** Where a folder for the kubeconfig is made. Default `.hardway/tmp`. */
  readonly privateDir?: string;
}

/** Milliseconds between rounds. */
const BETWEEN = 1000;

/**
 * Asks a cluster whether it is what the stack says: the API at its endpoint, etcd's members, the nodes, the DNS, and each
 * machine. One round when all is well; otherwise again until the time is up. Changes nothing.
 */
export async function verifyCluster(outputs: ClusterOutputs, options: VerifyOptions): Promise<Health> {
  const { stack, limitSeconds, leftOut = [], once = false, print } = options;
  const deadline = performance.now() + limitSeconds * 1000;
  return withPrivateFolder(options.privateDir ?? privateDir(), async (folder) => {
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, outputs.kubeconfig, { mode: 0o600 });
    const kubectl = new Kubectl(kubeconfig, options.kubectl ?? join(binDir(), 'kubectl'), direct(outputs));
    return MachineSsh.using(outputs.ssh, limitSeconds, async (ssh) => {
      for (let round = 0; ; round += 1) {
        const signal = AbortSignal.timeout(Math.max(1, Math.round(deadline - performance.now())));
        const replies = await askCluster(outputs, { kubectl, ssh, signal });
        const health = findProblems({ outputs, stack }, replies);
        const left = deadline - performance.now();
        const mayPass = health.problems.filter(({ subject }) => !leftOut.includes(subject));
        if (mayPass.length === 0 || once || left < 2 * BETWEEN) return health;
        if (round === 1) print(`  waiting up to ${limitSeconds} s for ${subjects(health)}`);
        await pause(BETWEEN, new AbortController().signal);
      }
    });
  });
}

const subjects = ({ problems }: Health): string => [...new Set(problems.map(({ subject }) => subject))].join(', ');

/**
 * Variables that keep requests to the API off a proxy: a cluster's own network is not behind one. On AWS the endpoint has a
 * public name, and whether that goes through the proxy is for NO_PROXY to say.
 */
function direct({ endpoint, machineSource }: ClusterOutputs): Record<string, string> {
  if (machineSource === 'aws') return {};
  const { hostname } = new URL(endpoint);
  const given = process.env.NO_PROXY ?? process.env.no_proxy;
  const list = given ? `${given},${hostname}` : hostname;
  return { NO_PROXY: list, no_proxy: list };
}
