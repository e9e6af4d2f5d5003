import { execa } from 'execa';
import { labLabel, nameLabel } from './names.ts';

/** A container of a lab, as a listing shows it. */
export interface ListedContainer {
  readonly name: string;
  /** Docker's word: running, exited, paused, created … */
  readonly state: string;
}

/** Seconds that Docker may take to list containers. */
const LIST_SECONDS = 20;

/** States of a container that holds a machine, running or switched off; any other is made again. */
const whole = new Set(['running', 'exited', 'paused']);

/** The containers of a lab; `undefined` where Docker is not there or does not answer. */
async function listContainers(lab: string): Promise<ListedContainer[] | undefined> {
  const filter = ['--filter', `label=${labLabel}=${lab}`, '--format', `{{.Label "${nameLabel}"}} {{.State}}`];
  const listed = await execa('docker', ['container', 'ls', '--all', ...filter], {
    ...{ reject: false, stdin: 'ignore', timeout: LIST_SECONDS * 1000 },
  });
  if (listed.exitCode !== 0) return undefined;
  return listed.stdout.split('\n').flatMap((line) => {
    const [name = '', state = ''] = line.split(' ');
    return name === '' ? [] : { name, state };
  });
}

/**
 * The machines whose containers are gone. None where there is no container of the lab at all: then it is yet to be made,
 * or was removed as a whole.
 */
export function missingAmong(names: readonly string[], containers: readonly ListedContainer[]): string[] {
  if (containers.length === 0) return [];
  return names.filter((name) => !containers.some((container) => container.name === name && whole.has(container.state)));
}

/** {@link missingAmong} of what Docker lists; none where Docker does not answer, as in a preview on another computer. */
export async function missingMachines(lab: string, names: readonly string[]): Promise<string[]> {
  return missingAmong(names, (await listContainers(lab)) ?? []);
}

/** The machines of a lab that run; none where Docker does not answer. */
export async function runningMachines(lab: string): Promise<string[]> {
  const containers = (await listContainers(lab)) ?? [];
  return containers.flatMap(({ name, state }) => (state === 'running' ? name : []));
}
