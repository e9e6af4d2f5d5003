import { type ContainerInspection, docker, inspect } from './engine.ts';
import { labLabel, nameLabel, roleLabel } from './names.ts';
import { ownNetwork } from './network.ts';

/** What `status` prints. */
export interface LabStatus {
  readonly lab: string;
  /** The network's id, or null when there is none. */
  readonly network: string | null;
  readonly machines: readonly {
    readonly name: string;
    readonly role: string;
    readonly id: string;
    readonly address: string;
    /** Docker's word: running, exited, restarting … */
    readonly state: string;
  }[];
}

/** What is there of a lab, machines by name. */
export async function labStatus(lab: string): Promise<LabStatus> {
  const network = await ownNetwork(lab);
  const listing = await docker([
    'container',
    'ls',
    '--all',
    '--quiet',
    '--no-trunc',
    '--filter',
    `label=${labLabel}=${lab}`,
  ]);
  const ids = listing.stdout.split('\n').filter((id) => id !== '');
  const found = await Promise.all(ids.map((id) => inspect<ContainerInspection>('container', id)));
  const machines = found
    .filter((container) => container !== undefined)
    .map((container) => ({
      name: container.Config.Labels?.[nameLabel] ?? '',
      role: container.Config.Labels?.[roleLabel] ?? '',
      id: container.Id,
      address: container.NetworkSettings.Networks[lab]?.IPAddress ?? '',
      state: container.State.Status,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { lab, network: network?.Id ?? null, machines };
}
