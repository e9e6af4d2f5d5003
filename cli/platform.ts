import type { ClusterConfig } from '../config/schema.ts';
import { requireLinux } from '../toolchain/host.ts';

/**
 * Refuses a lab on a computer that cannot have one, before minutes are spent on what goes into it.
 *
 * @throws ToolchainError on macOS
 */
export function requireLabHost({ machines, stack }: Pick<ClusterConfig, 'machines' | 'stack'>): void {
  if (machines === 'lab') requireLinux(`stack ${stack} is a lab, its machines are containers of this computer: it`);
}
