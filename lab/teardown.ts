import { ensureDocker } from '../toolchain/docker.ts';
import { findOnPath } from '../toolchain/host.ts';
import { type ContainerInspection, inspect } from './engine.ts';
import type { Progress } from './image.ts';
import { containerName, labLabel } from './names.ts';
import { deleteNetwork } from './network.ts';
import { removeContainer, removeContainers } from './remove.ts';

/** What every delete prints: the names of what went. Nothing there is fine. */
export interface Removed {
  readonly removed: readonly string[];
}

/** Removes one machine or the mirror, with its volumes. A container of that name that is not this lab's stays. */
export async function deleteOne(lab: string, name: string, say: Progress): Promise<Removed> {
  if (!(await engineToAsk(say))) return { removed: [] };
  const container = containerName(lab, name);
  const existing = await inspect<ContainerInspection>('container', container);
  if (existing?.Config.Labels?.[labLabel] !== lab) return { removed: [] };
  return { removed: (await removeContainer(existing.Id)) ? [container] : [] };
}

/** Removes the lab's network and what is left of the lab on it. */
export async function deleteLabNetwork(lab: string, say: Progress): Promise<Removed> {
  return { removed: (await engineToAsk(say)) ? await deleteNetwork(lab) : [] };
}

/** Removes everything that carries the lab's label. */
export async function destroyAll(lab: string, say: Progress): Promise<Removed> {
  if (!(await engineToAsk(say))) return { removed: [] };
  const containers = await removeContainers([`${labLabel}=${lab}`]);
  return { removed: [...containers, ...(await deleteNetwork(lab))] };
}

/** A stopped engine may hold machines and is started; a machine without Docker holds none, and none is installed. */
async function engineToAsk(say: Progress): Promise<boolean> {
  if (!(await findOnPath('docker'))) return false;
  await ensureDocker({ onProgress: say });
  return true;
}
