import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../lib/user-error.ts';
import { withLock } from '../toolchain/cache/mutex.ts';
import { cacheDir } from '../toolchain/cache/paths.ts';
import { ensureDocker } from '../toolchain/docker.ts';
import { inspect } from './engine.ts';

import { buildMachineImage } from './image/build.ts';
import { recipeKey } from './image/recipe.ts';

/** The image that machines and the mirror start from. */
export interface MachineImage {
  /** Docker's name of it, `hardway/machine:<recipe key>`. */
  readonly image: string;
  /** Docker's id of it. */
  readonly id: string;
}

/** Receives one line for people at each step. */
export type Progress = (line: string) => void;

/** The image's name in Docker, known without building it. */
export function machineImageName(): string {
  return `hardway/machine:${recipeKey()}`;
}

/** The root file system's place in the cache. */
function machineImageTar(): string {
  return join(cacheDir(), 'lab', `machine-image-${recipeKey()}.tar`);
}

/**
 * Makes sure that Docker has the machines' image: already there, imported from the cache, or built with mmdebstrap
 * from Debian packages.
 *
 * @throws UserError when it can be had in none of these ways; the message names the log and the next step.
 */
export async function ensureMachineImage(options: { onProgress?: Progress } = {}): Promise<MachineImage> {
  const say = options.onProgress ?? (() => {});
  await ensureDocker({ onProgress: say });
  const image = machineImageName();
  const present = await imageId(image);
  if (present) return { image, id: present };
  return withLock(
    `${machineImageTar()}.lock`,
    (pid) => say(`machine image: waiting for process ${pid}, which is building it`),
    async () => {
      const tar = machineImageTar();
      if (!(await imageId(image))) {
        if (!existsSync(tar)) await buildMachineImage(tar, say);
        say('machine image: importing into Docker');
        await importTar(tar, image);
      }
      const id = await imageId(image);
      if (!id)
        throw new UserError(`Docker does not know ${image} after its import. Fix: delete ${tar} and run this again.`);
      return { image, id };
    },
  );
}

/** Whether the image is in the cache or in Docker, so that nothing has to be downloaded for it. */
export async function hasMachineImage(): Promise<boolean> {
  if (existsSync(machineImageTar())) return true;
  // No engine that answers has no image.
  return (await imageId(machineImageName()).catch(() => undefined)) !== undefined;
}

async function imageId(image: string): Promise<string | undefined> {
  return (await inspect<{ Id: string }>('image', image))?.Id;
}

async function importTar(tar: string, image: string): Promise<void> {
  const changes = ['ENV container=docker', 'ENTRYPOINT ["/usr/local/sbin/hardway-boot"]'];
  const args = ['import', ...changes.flatMap((change) => ['--change', change]), '-', image];
  const result = await execa('docker', args, { inputFile: tar, reject: false });
  if (result.exitCode !== 0) {
    throw new UserError(
      `docker could not import ${tar}: ${result.stderr}\nFix: delete that file and run this again, which builds it again.`,
    );
  }
}
