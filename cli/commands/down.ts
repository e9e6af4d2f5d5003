import { relative } from 'node:path';
import { RELEASE_COMMAND, readHostRecord } from '../../config/host-record.ts';
import { defaultLabName } from '../../config/parse.ts';
import { readStackFile } from '../../config/stack-file.ts';
import { destroyAll } from '../../lab/teardown.ts';
import { explain } from '../output/failures.ts';
import { removeKubeconfig } from '../output/kubeconfig.ts';
import { duration } from '../output/time.ts';
import { readConfig } from '../prepare.ts';
import { pulumi, stackExists } from '../pulumi/engine.ts';
import { recover } from '../pulumi/recover.ts';
import { runUpdate } from '../pulumi/update.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

/** What {@link down} is told. */
export interface DownOptions {
  readonly stack: string;
  readonly print: (line: string) => void;
  /** Forget the stack too, its history included. Default false. */
  readonly forget?: boolean;
  /** The stack's name once more: without it, machines that are not a lab's are left as they are. Default none. */
  readonly confirm?: string;
}

/** Machines that are not a lab's were to be taken down without being confirmed. */
export class ConfirmError extends Error {}

/**
 * `make down`: removes machines and what is on them, keeps caches. Works on a half-made stack, and where the state is
 * lost. Returns the exit status.
 */
export async function down({ stack, print, forget = false, confirm }: DownOptions): Promise<number> {
  const begin = performance.now();
  const workspace = await openWorkspace();
  // A stack file that has become faulty must not keep its machines alive.
  const { config } = readConfig(stack);
  const lab = config?.labName ?? defaultLabName(stack);
  const machines = config?.machinesList.map(({ name }) => name) ?? [];
  const known = await stackExists(workspace, stack);
  const exported = known ? await pulumi(workspace, ['stack', 'export', '--stack', stack]) : '';
  const isLab = (config?.machines ?? writtenSource(stack)) === 'lab' && !hasProtected(exported);
  if (known && !isLab && confirm !== stack) throw new ConfirmError(unconfirmed(stack, machines));
  await recover(workspace, stack, print);
  if (known) {
    if (hasProtected(exported)) await pulumi(workspace, ['state', 'unprotect', '--all', '--yes', '--stack', stack]);
    const destroy = () => runUpdate({ workspace, stack, command: 'destroy', machines, print });
    let result = await destroy();
    if (!result.ok && isLab) {
      print('not everything could be taken down in order: removing the machines themselves');
      await destroyAll(lab, print);
      result = await destroy();
    }
    if (!result.ok) {
      const log = relative(workspace.repoDir, result.logPath);
      print(explain(result.failures, log, 'Next: put right what is named above, then "make down" goes on from here.'));
      return 1;
    }
    if (forget) await pulumi(workspace, ['stack', 'rm', '--yes', '--preserve-config', stack]);
  }
  if (isLab) {
    const { removed } = await destroyAll(lab, print);
    if (removed.length > 0) print(`left of the lab ${lab}, removed now: ${removed.join(', ')}`);
  }
  await removeKubeconfig(workspace.repoDir, stack);
  if (!known && isLab) print(`there is no state of stack ${stack}: only its lab was looked for, ${lab}`);
  if (!known && !isLab) {
    const held = Object.keys(readHostRecord(stack)?.hosts ?? {});
    print(unasked(stack, held));
    return held.length > 0 ? 1 : 0;
  }
  print(`stack ${stack}: down, nothing of it is left (${duration(performance.now() - begin)}); caches are kept`);
  return 0;
}

/** What is said of machines that are not a lab's where no state knows what lies on them. */
function unasked(stack: string, hosts: readonly string[]): string {
  if (hosts.length === 0) return `there is no state of stack ${stack}: no machine was asked, nothing was done`;
  return (
    `there is no state of stack ${stack}: its hosts ${hosts.join(', ')} were not asked, and what was put there is there ` +
    `still. Next: bring the state back, or run this on each host that has /var/lib/hardway:\n  ${RELEASE_COMMAND}\n` +
    `When all are done, remove hosts.${stack}.yaml.`
  );
}

/** Whether a state protects anything: the authorities of machines that are not a lab's. */
const hasProtected = (exported: string): boolean => /"protect"\s*:\s*true/.test(exported);

/** Where the machines come from, by a stack file that may have other faults. */
function writtenSource(stack: string): string {
  return String(readStackFile(stack)['hardway:machines'] ?? 'lab');
}

/** What is said in place of taking down machines that somebody may need. */
function unconfirmed(stack: string, machines: readonly string[]): string {
  const which = machines.length > 0 ? `${machines.join(', ')}` : 'its machines';
  return (
    `stack ${stack} is not a lab: taking it down removes the cluster with all its data (etcd, volumes, keys) from ${which}, ` +
    `for good. Nothing was done. If that is what you want: make down STACK=${stack} CONFIRM=${stack}`
  );
}
