import { ensureDocker } from '../toolchain/docker.ts';
import { checkDisk } from './disk.ts';
import { refuseBusySubnet } from './network.ts';
import { labStatus } from './status.ts';

/** What a lab is going to be. */
export interface PlannedLab {
  readonly lab: string;
  /** CIDR of its network. */
  readonly subnet: string;
  /** How many machines, the mirror not counted. */
  readonly machines: number;
}

/**
 * Looks for what would stop a lab, before twenty minutes are spent on what goes into it: an engine, a free range, room
 * on the disk. Makes nothing but the engine answer.
 *
 * @throws LabError or ToolchainError that says what is wrong and the way out.
 */
export async function preflight(planned: PlannedLab, say: (line: string) => void): Promise<void> {
  await ensureDocker({ onProgress: say });
  const { network, machines } = await labStatus(planned.lab);
  if (network === null) await refuseBusySubnet(planned);
  const missing = planned.machines - machines.length;
  if (missing > 0) await checkDisk(missing);
}
