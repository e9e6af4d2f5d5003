import { statfs } from 'node:fs/promises';
import { docker } from './engine.ts';
import { LabError } from './errors.ts';

/** Room that one machine needs at Docker's root: binaries, images, etcd, logs. */
const bytesPerMachine = 2 * 1024 ** 3;

/** The fault when `machines` more do not fit, or undefined. Pure. */
export function diskFault(root: string, freeBytes: number, machines: number): string | undefined {
  const need = machines * bytesPerMachine;
  if (freeBytes >= need) return undefined;
  return (
    `${root} has ${gibibytes(freeBytes)} GiB free; ${machines} machine${machines === 1 ? '' : 's'} need ` +
    `${gibibytes(need)} GiB. Next: free some (\`make down\` removes this lab, \`docker system prune\` what Docker no longer uses).`
  );
}

/** @throws LabError when there is no room for that many more machines at Docker's root. */
export async function checkDisk(machines: number): Promise<void> {
  const root = (await docker(['info', '--format', '{{.DockerRootDir}}'])).stdout.trim();
  const free = await statfs(root).then(
    (stats) => stats.bavail * stats.bsize,
    () => undefined,
  );
  const fault = free === undefined ? undefined : diskFault(root, free, machines);
  if (fault) throw new LabError(fault);
}

function gibibytes(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1);
}
