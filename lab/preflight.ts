import { ensureDocker } from '../toolchain/docker.ts';
import { checkEndpoint, checkEngine } from '../toolchain/engine.ts';
import { requireLinux } from '../toolchain/host.ts';

import { checkDisk } from './disk.ts';
import { ownerLabel } from './names.ts';
import { otherOwner, ownNetwork, refuseBusySubnet } from './network.ts';
import { labStatus } from './status.ts';

/** What a lab is going to be. */
export interface PlannedLab {
  readonly lab: string;
  /** CIDR of its network. */
  readonly subnet: string;
  /** How many machines, the mirror not counted. */
  readonly machines: number;
  /** The stack's state, which names the owner of its lab; empty where there is none yet, undefined where it cannot be read here. */
  readonly state?: string;
}

/**
 * Checks for what would stop a lab, before anything is downloaded or built for it: an engine of this computer's, a free
 * range, free disk space. Changes nothing, but starts an engine that is installed.
 *
 * @throws UserError or ToolchainError that says what is wrong, and the fix.
 */
export async function preflight(planned: PlannedLab, say: (line: string) => void): Promise<void> {
  requireLinux('a lab');
  await checkEndpoint();
  await ensureDocker({ onProgress: say });
  await checkEngine();
  await checkCapacity(planned);
}

/**
 * Checks that Docker has a free network range and disk space for a lab. Asks an engine that answers; changes nothing.
 *
 * @throws UserError that says what is wrong, and the fix.
 */
export async function checkCapacity(planned: PlannedLab): Promise<void> {
  const network = await ownNetwork(planned.lab);
  if (network === undefined) await refuseBusySubnet(planned);
  else if (!isOwn(network.Labels?.[ownerLabel], planned.state)) throw otherOwner(planned.lab);
  const { machines } = await labStatus(planned.lab);
  const missing = planned.machines - machines.length;
  if (missing > 0) await checkDisk(missing);
}

/**
 * Whether a lab is the stack's own, as far as that can be told before the program runs.
 *
 * @param owner - the word on the lab's network; labs without one are anybody's
 * @param state - {@link PlannedLab.state}
 */
export function isOwn(owner: string | undefined, state: string | undefined): boolean {
  return !owner || state === undefined || state.includes(owner);
}
