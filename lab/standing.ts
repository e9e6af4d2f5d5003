import type { ContainerInspection } from './engine.ts';
import { labLabel, specLabel } from './names.ts';

/** What has to happen so that a container stands as planned. */
export type Step = 'create' | 'recreate' | 'start' | 'none' | 'foreign';

/** What the mirror's container shows of the folder that it serves. */
export interface ServedFolder {
  /** The path that it was made with, on this computer. */
  readonly source: string;
  /** Device and inode as they are seen inside, `2049:131`; empty when they could not be read. */
  readonly inside: string;
  /** The same of {@link wanted}, as they are seen here. */
  readonly here: string;
  /** The path of the cache's folder now. */
  readonly wanted: string;
}

/**
 * Whether a running mirror serves the folder that is there now. A bind mount holds on to the folder that had the path when
 * the container started: a cache that was deleted and filled again is another folder at the same path, and the mirror goes
 * on serving the old one, which is empty.
 */
export function servesFolder({ source, inside, here, wanted }: ServedFolder): boolean {
  return source === wanted && inside === here;
}

/**
 * Decides from what is there. Pure.
 *
 * A container that was created and never started may lack its keys (a run was killed in between); one that Docker keeps
 * restarting died at boot. Both are made anew. A stopped one is the same machine, switched off.
 */
export function nextStep(
  existing: ContainerInspection | undefined,
  wanted: { readonly lab: string; readonly spec: string; readonly networkId: string },
): Step {
  if (!existing) return 'create';
  const labels = existing.Config.Labels ?? {};
  if (labels[labLabel] !== wanted.lab) return 'foreign';
  const network = existing.NetworkSettings.Networks[wanted.lab];
  const stopped = existing.State.Status === 'exited';
  // Docker forgets which network a stopped container was on in some versions, but never its name.
  const sameNetwork =
    network !== undefined && (network.NetworkID === wanted.networkId || (stopped && !network.NetworkID));
  if (labels[specLabel] !== wanted.spec || !sameNetwork) return 'recreate';
  if (existing.State.Status === 'running') return 'none';
  return stopped ? 'start' : 'recreate';
}
