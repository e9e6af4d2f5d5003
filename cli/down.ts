import { relative } from 'node:path';
import { defaultLabName } from '../config/parse.ts';
import { destroyAll } from '../lab/teardown.ts';
import { explain } from './failures.ts';
import { type Home, openHome } from './home.ts';
import { removeKubeconfig } from './kubeconfig.ts';
import { readConfig } from './prepare.ts';
import { pulumi, stackExists } from './pulumi.ts';
import { recover } from './recover.ts';
import { duration } from './time.ts';
import { runUpdate } from './update.ts';

/** What {@link down} is told. */
export interface DownOptions {
  readonly stack: string;
  readonly print: (line: string) => void;
  /** Forget the stack too, its history included. Default false. */
  readonly forget?: boolean;
}

/**
 * `make down`: removes machines and what is on them, keeps caches. Works on a half-made stack, and where the state is
 * lost. Returns the exit status.
 */
export async function down({ stack, print, forget = false }: DownOptions): Promise<number> {
  const begin = performance.now();
  const home = await openHome();
  // A stack file that has become faulty must not keep its machines alive.
  const { config } = readConfig(stack);
  const lab = config?.labName ?? defaultLabName(stack);
  const machines = config?.machinesList.map(({ name }) => name) ?? [];
  await recover(home, stack, print);
  const known = await stackExists(home, stack);
  if (known) {
    await unprotect(home, stack);
    const destroy = () => runUpdate({ home, stack, command: 'destroy', machines, print });
    let result = await destroy();
    if (!result.ok && (config?.machines ?? 'lab') === 'lab') {
      print('not everything could be taken down in order: removing the machines themselves');
      await destroyAll(lab, print);
      result = await destroy();
    }
    if (!result.ok) {
      const log = relative(home.repoDir, result.logPath);
      print(explain(result.failures, log, 'Next: put right what is named above, then "make down" goes on from here.'));
      return 1;
    }
    if (forget) await pulumi(home, ['stack', 'rm', '--yes', '--preserve-config', stack]);
  }
  if ((config?.machines ?? 'lab') === 'lab') {
    const { removed } = await destroyAll(lab, print);
    if (removed.length > 0) print(`left of the lab ${lab}, removed now: ${removed.join(', ')}`);
  }
  await removeKubeconfig(home.repoDir, stack);
  if (!known) print(`there is no state of stack ${stack}: only its lab was looked for, ${lab}`);
  print(`stack ${stack}: down, nothing of it is left (${duration(performance.now() - begin)}); caches are kept`);
  return 0;
}

/** Certificate authorities are protected against accidents; taking the whole stack down is none. */
async function unprotect(home: Home, stack: string): Promise<void> {
  const exported = await pulumi(home, ['stack', 'export', '--stack', stack]);
  if (/"protect"\s*:\s*true/.test(exported))
    await pulumi(home, ['state', 'unprotect', '--all', '--yes', '--stack', stack]);
}
