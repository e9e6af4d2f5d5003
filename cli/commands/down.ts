import { relative } from 'node:path';
import { RELEASE_COMMAND, readHostRecord } from '../../config/host-record.ts';
import { defaultLabName } from '../../config/parse.ts';
import { readStackFile } from '../../config/stack-file.ts';
import { destroyAll } from '../../lab/teardown.ts';
import { UserError } from '../../lib/user-error.ts';
import { explain } from '../output/failures.ts';
import { removeKubeconfig } from '../output/kubeconfig.ts';
import { duration } from '../output/time.ts';
import { readConfig } from '../prepare.ts';
import { pulumi, stackExists } from '../pulumi/engine.ts';
import { recover } from '../pulumi/recover.ts';
import { runUpdate } from '../pulumi/update.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

/** Arguments of {@link down}. */
export interface DownOptions {
  readonly stack: string;
  readonly print: (line: string) => void;
  /** Remove the stack too, its history included. Default false. */
  readonly forget?: boolean;
  /** The stack's name again: without it, only a lab is removed. Default none. */
  readonly confirm?: string;
}

/**
 * `make down`: removes machines and what is on them, keeps caches. Works on a half-made stack, and where the state is
 * lost. Returns the exit status.
 */
export async function down({ stack, print, forget = false, confirm }: DownOptions): Promise<number> {
  const begin = performance.now();
  const workspace = await openWorkspace({ stack, print });
  // A stack file with errors must not keep its machines alive.
  const { config } = readConfig(stack);
  const lab = config?.labName ?? defaultLabName(stack);
  const machines = config?.machinesList.map(({ name }) => name) ?? [];
  const known = await stackExists(workspace, stack);
  const exported = known ? await pulumi(workspace, ['stack', 'export', '--stack', stack]) : '';
  const isLab = (config?.machines ?? writtenSource(stack)) === 'lab' && !hasProtected(exported);
  if (known && !isLab && confirm !== stack) throw new UserError(unconfirmed(stack, machines));
  await recover(workspace, stack, print);
  if (known) {
    if (hasProtected(exported)) await pulumi(workspace, ['state', 'unprotect', '--all', '--yes', '--stack', stack]);
    const again = `make down${stack === 'dev' ? '' : ` STACK=${stack}`}${isLab ? '' : ` CONFIRM=${stack}`}`;
    const destroy = () => runUpdate({ workspace, stack, command: 'destroy', machines, print });
    let result = await destroy();
    if (!result.ok && isLab) {
      print('some resources could not be deleted in order: removing the machines themselves');
      await destroyAll(lab, print);
      result = await destroy();
    }
    if (!result.ok) {
      const log = relative(workspace.repoDir, result.logPath);
      print(explain(result.failures, { log, stack, again }));
      return 1;
    }
    if (forget) await pulumi(workspace, ['stack', 'rm', '--yes', '--preserve-config', stack]);
  }
  if (isLab) {
    const { removed } = await destroyAll(lab, print);
    if (removed.length > 0) print(`removed what was left of the lab ${lab}: ${removed.join(', ')}`);
  }
  await removeKubeconfig(workspace.repoDir, stack);
  if (!known && isLab) print(`stack ${stack} has no state: only its lab, ${lab}, was removed`);
  if (!known && !isLab) {
    const held = Object.keys(readHostRecord(stack)?.hosts ?? {});
    print(unasked(stack, held));
    return held.length > 0 ? 1 : 0;
  }
  print(`stack ${stack}: removed (${duration(performance.now() - begin)}); caches are kept`);
  return 0;
}

/** The message about machines that are not a lab's where no state says what is installed on them. */
function unasked(stack: string, hosts: readonly string[]): string {
  if (hosts.length === 0) return `stack ${stack} has no state: no machine was contacted, nothing was changed`;
  return (
    `stack ${stack} has no state: hosts ${hosts.join(', ')} were not contacted; what is installed there remains.\n` +
    `Fix: restore the state, or run this on each host that has /var/lib/hardway:\n  ${RELEASE_COMMAND}\n` +
    `Then remove hosts.${stack}.yaml.`
  );
}

/** Whether a state protects anything: the authorities of machines that are not a lab's. */
const hasProtected = (exported: string): boolean => /"protect"\s*:\s*true/.test(exported);

/** Where the machines come from, by a stack file that may have other errors. */
function writtenSource(stack: string): string {
  return String(readStackFile(stack)['hardway:machines'] ?? 'lab');
}

/** The message in place of removing a cluster that is not a lab. */
function unconfirmed(stack: string, machines: readonly string[]): string {
  const which = machines.length > 0 ? `${machines.join(', ')}` : 'its machines';
  return (
    `stack ${stack} is not a lab: "make down" would permanently remove the cluster and all its data (etcd, volumes, keys) ` +
    `from ${which}. Nothing was changed.\n  Fix: if you want that, run: make down STACK=${stack} CONFIRM=${stack}`
  );
}
