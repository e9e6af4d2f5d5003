import { createHash } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arch, hostOs } from '../../host.ts';
import type { BuildContext } from '../../plan/package.ts';
import { goBuildFlags, goEnv, requireGo } from '../go.ts';

const isSource = (path: string) => !path.endsWith('_test.go') && !path.includes('/testdata/');

/** A hash over the sources of one of our own Go programs; tests do not count. */
export async function sourceHash(dir: string): Promise<string> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const path of files.filter(isSource).sort()) {
    hash
      .update(`${path.slice(dir.length)}\0`)
      .update(await readFile(path))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Folder of one of our own Go programs. */
export function goSource(name: string): string {
  return join(import.meta.dirname, '..', '..', 'go', name);
}

/** A copy of the sources to build in: the build fills in go.mod and go.sum, and generated files. */
export async function copySource(context: BuildContext, name: string): Promise<string> {
  const target = join(context.workDir, name);
  await cp(goSource(name), target, { recursive: true, filter: isSource });
  return target;
}

/** Plugins run for seconds and are compiled once: unoptimised code is the faster choice over all. */
export async function buildPlugin(
  context: BuildContext,
  cwd: string,
  target: string,
  packagePath: string,
  arch: Arch,
  ldflags: string[] = [],
): Promise<void> {
  await requireGo();
  const flags = goBuildFlags({ unoptimised: true, ldflags });
  await context.run('go', ['build', ...flags, '-o', target, packagePath], { cwd, env: goEnv(arch, false, hostOs()) });
}
