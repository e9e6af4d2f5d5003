import { docker } from './engine.ts';

/** Removes every container that carries all of these labels, with its volumes. Gives their names. */
export async function removeContainers(labels: readonly string[]): Promise<string[]> {
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  const { stdout } = await docker(['container', 'ls', '--all', '--format', '{{.Names}}', ...filters]);
  const names = stdout
    .split('\n')
    .filter((name) => name !== '')
    .sort();
  await Promise.all(names.map(removeContainer));
  return names;
}

/** Removes one container with its volumes. Nothing of that name is fine. */
export async function removeContainer(name: string): Promise<boolean> {
  const result = await docker(['container', 'rm', '--force', '--volumes', name], { allowFailure: true });
  if (result.exitCode === 0) return !/no such container/i.test(result.stderr);
  if (/no such container/i.test(result.stderr)) return false;
  if (/removal of container .* is already in progress/i.test(result.stderr)) {
    await docker(['container', 'wait', '--', name], { allowFailure: true });
    return true;
  }
  throw new Error(`docker could not remove ${name}: ${result.stderr.trim()}`);
}
