import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Name of the kubeconfig that an update writes: `kubeconfig`, for another stack than dev `kubeconfig-<stack>`. */
export function kubeconfigName(stack: string): string {
  return stack === 'dev' ? 'kubeconfig' : `kubeconfig-${stack}`;
}

/** Writes the kubeconfig with mode 0600, in one move; returns its path. An unchanged one is left alone. */
export async function writeKubeconfig(folder: string, stack: string, content: string): Promise<string> {
  const path = join(folder, kubeconfigName(stack));
  if ((await readFile(path, 'utf8').catch(() => undefined)) === content) return path;
  const next = `${path}.next`;
  await rm(next, { force: true });
  await writeFile(next, content, { mode: 0o600 });
  await rename(next, path);
  return path;
}

/** Removes the stack's kubeconfig, if there is one. */
export async function removeKubeconfig(folder: string, stack: string): Promise<void> {
  await rm(join(folder, kubeconfigName(stack)), { force: true });
}
