import { ensureTools } from '../../toolchain/ensure.ts';
import type { CloudPlugin } from '../../toolchain/plan/tools.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

/**
 * `make tools`: the Pulumi engine, its plugins and kubectl, without touching any machine. Returns the exit status.
 *
 * @param clouds whose plugins are wanted too
 */
export async function tools(clouds: readonly CloudPlugin[] = []): Promise<number> {
  await ensureTools({ clouds });
  return 0;
}

/** `make env`: writes `.hardway/env` and says how to use it. Returns the exit status. */
export async function environment(print: (line: string) => void): Promise<number> {
  await openWorkspace();
  print('written: read it with ". .hardway/env", then plain pulumi and kubectl work in this folder');
  return 0;
}
