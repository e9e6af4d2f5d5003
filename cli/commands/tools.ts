import { ensureTools } from '../../toolchain/ensure.ts';
import type { CloudPlugin } from '../../toolchain/plan/tools.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

/**
 * `make tools`: the Pulumi engine, its plugins and kubectl, without touching any machine.
 *
 * @param clouds whose plugins are wanted too
 */
export async function tools(clouds: readonly CloudPlugin[] = []): Promise<number> {
  await ensureTools({ clouds });
  return 0;
}

/** `make env`: writes `.hardway/env` and prints how to use it. */
export async function environment(print: (line: string) => void): Promise<number> {
  await openWorkspace();
  print('wrote .hardway/env: run ". .hardway/env", then plain pulumi and kubectl work in this folder');
  return 0;
}
