import { orphans, readProcesses } from '../cli/pulumi/orphans.ts';
import { docker, inspect } from '../lab/engine.ts';
import { labStatus } from '../lab/status.ts';

/** Ids of the lab's containers; the mirror is one of them. */
export async function containersOf(lab: string): Promise<string[]> {
  const { machines } = await labStatus(lab);
  return machines.map(({ id }) => id);
}

/** Ids of the containers that are machines: all but the mirror. */
export async function machinesOf(lab: string): Promise<string[]> {
  const { machines } = await labStatus(lab);
  return machines.filter(({ role }) => role === 'machine').map(({ id }) => id);
}

/** Reboots containers, all at once. */
export async function restartAll(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => docker(['restart', '--time', '10', id])));
}

/** Names of the volumes that the lab's containers have. */
export async function volumesOf(lab: string): Promise<string[]> {
  interface Mounts {
    readonly Mounts?: readonly { readonly Type: string; readonly Name?: string }[];
  }
  const ids = await containersOf(lab);
  const found = await Promise.all(ids.map((id) => inspect<Mounts>('container', id)));
  return found
    .flatMap((one) => one?.Mounts ?? [])
    .flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : []));
}

/** What {@link leftovers} looks for. */
export interface Gone {
  readonly stack: string;
  readonly lab: string;
  /** Volumes that the lab's containers had while it stood. */
  readonly volumes: readonly string[];
  /** `.hardway`, which marks the processes of this repository's updates. */
  readonly stateDir: string;
}

/** What is left of a lab that was taken down: one line each. Updates of other stacks are none of it. */
export async function leftovers({ stack, lab, volumes, stateDir }: Gone): Promise<string[]> {
  const status = await labStatus(lab);
  const { stdout } = await docker(['volume', 'ls', '--quiet']);
  const standing = new Set(stdout.split('\n'));
  const processes = await readProcesses(stateDir);
  const engines = processes.filter(
    ({ ours, command }) => ours && /(^|\/)pulumi\s/.test(command) && `${command} `.includes(`--stack ${stack} `),
  );
  return [
    ...status.machines.map(({ name, state }) => `container ${name} (${state})`),
    ...(status.network === null ? [] : [`network ${status.network}`]),
    ...volumes.filter((name) => standing.has(name)).map((name) => `volume ${name}`),
    ...[...engines, ...orphans(processes)].map(({ pid, command }) => `process ${pid} ${command.slice(0, 80)}`),
  ];
}
