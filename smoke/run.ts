import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withPrivateFolder } from '../lib/private-folder.ts';
import { DEFAULT_TIMEOUT_SECONDS, MachineSsh } from '../ssh/machines.ts';
import { privateDir } from '../toolchain/cache/paths.ts';
import { type Check, messageOf, until } from './check.ts';
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
import { ownedHere, removeLeftovers } from './leftovers.ts';
import { type ClusterOutputs, policyWarning } from './outputs.ts';
import { policyNamespaces } from './policies.ts';
import { type Outcome, runChecks } from './runner.ts';
import { from, here, Vantage } from './vantage.ts';

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
  /** How long a machine may take over SSH to let us in, and again to answer. Default 60. */
  readonly timeoutSeconds?: number;
  /** Where a folder for the kubeconfig is made. Default `.hardway/tmp`. */
  readonly privateDir?: string;
}

/** Every check, in the order in which they begin. */
export function allChecks(context: Context): Check[] {
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

/**
 * Runs the smoke test against a cluster and removes what it made, whatever happens. This computer needs the API's
 * endpoint and SSH to the machines, and nothing else: what must be seen from inside is seen from a machine.
 */
export async function runSmoke(outputs: ClusterOutputs, options: SmokeOptions): Promise<Outcome[]> {
  const { signal, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = options;
  return withPrivateFolder(
    options.privateDir ?? privateDir(),
    async (folder) => {
      const kubeconfig = join(folder, 'kubeconfig');
      await writeFile(kubeconfig, outputs.kubeconfig, { mode: 0o600 });
      return MachineSsh.using(outputs.ssh, timeoutSeconds, async (ssh) => {
        const context: Context = {
          outputs,
          kubectl: new Kubectl(kubeconfig, options.kubectl),
          ssh,
          vantage: new Vantage(ssh, outputs),
          smokeImages: options.smokeImages,
          namespace: `hardway-smoke-${randomBytes(4).toString('hex')}`,
          owner: ownedHere(),
          token: randomBytes(24).toString('hex'),
          pods: [],
        };
        return tryOut(context, options.print ?? console.log, signal);
      });
    },
    // An interrupted run removes its namespace first, and needs the kubeconfig for that.
    { handlesSignals: true },
  );
}

async function tryOut(context: Context, print: (line: string) => void, signal: AbortSignal): Promise<Outcome[]> {
  const { outputs, kubectl } = context;
  print(`${here()}: kubectl, to ${outputs.endpoint}; what is inside the cluster is looked at ${from('its machines')}`);
  const warning = policyWarning(outputs);
  if (warning !== undefined) print(warning);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  const removed = await removeLeftovers(kubectl, limit).catch((error: unknown) => {
    // Whatever keeps the API from answering, the checks say it better.
    if (!signal.aborted) print(`could not look for what killed runs left: ${messageOf(error)}`);
    return [];
  });
  if (removed.length > 0) print(`removed what a killed run left: ${removed.join(', ')}`);
  const outcomes = await runChecks(allChecks(context), { print, signal });
  // Not the run's signal: an interrupted run cleans up too.
  const cleanup = await runChecks([cleanupCheck(context)], { print, signal: new AbortController().signal });
  return [...outcomes, ...cleanup];
}

function cleanupCheck({ kubectl, namespace, outputs }: Context): Check {
  return {
    name: 'the namespace of this run is removed',
    tried: 'kubectl delete namespace',
    from: here,
    fix: kubectl.fix(outputs.endpoint, 'The next run removes it, or "kubectl delete namespace NAME".'),
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
