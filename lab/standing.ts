import type { ContainerInspection } from './engine.ts';
import { labLabel, specLabel } from './names.ts';

/** What has to happen so that a container stands as planned. */
export type Step = 'create' | 'recreate' | 'start' | 'none' | 'foreign';

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
