import { ensureTools } from '../toolchain/ensure.ts';
import { openHome } from './home.ts';

/** `make tools`: the Pulumi engine, its plugins and kubectl, without touching any machine. Returns the exit status. */
export async function tools(): Promise<number> {
  await ensureTools();
  return 0;
}

/** `make env`: writes `.hardway/env` and says how to use it. Returns the exit status. */
export async function environment(print: (line: string) => void): Promise<number> {
  await openHome();
  print('written: read it with ". .hardway/env", then plain pulumi and kubectl work in this folder');
  return 0;
}
