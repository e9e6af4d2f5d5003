import { listProcesses, variableOf } from '../../lib/processes.ts';

/** A process, as far as it matters here. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Arguments joined by spaces. */
  readonly command: string;
  /** True when the process was started with this repository's HARDWAY_STATE. */
  readonly ours: boolean;
}

/** Plugins, the language host and the program itself: what an update starts besides the engine. */
const helper = /(^|\/)pulumi-(resource|language)-\S+(\s|$)|@pulumi\/pulumi\/cmd\/run/;
const engine = /(^|\/)pulumi(\s|$)/;

/**
 * The processes that a killed update left: helpers of ours with no living `pulumi` above them, and all that runs below
 * such a helper. Children come before their parents.
 */
export function orphans(processes: readonly Process[]): Process[] {
  const byPid = new Map(processes.map((one) => [one.pid, one]));
  const above = (one: Process): Process[] => {
    const parents: Process[] = [];
    for (let at = byPid.get(one.parent); at && !parents.includes(at); at = byPid.get(at.parent)) parents.push(at);
    return parents;
  };
  const roots = processes.filter(
    (one) => one.ours && helper.test(one.command) && !above(one).some((parent) => engine.test(parent.command)),
  );
  const left = processes.filter((one) => roots.includes(one) || above(one).some((parent) => roots.includes(parent)));
  return left.sort((one, other) => above(other).length - above(one).length);
}

/** All processes of this host that can be read. */
export async function readProcesses(stateDir: string): Promise<Process[]> {
  const found = await listProcesses();
  const ours = (pid: number) => variableOf(pid, 'HARDWAY_STATE').then((value) => value === stateDir);
  return Promise.all(found.map(async (each) => ({ ...each, ours: await ours(each.pid) })));
}

/** Ends what killed updates left; returns what was ended. */
export async function endOrphans(stateDir: string): Promise<Process[]> {
  const left = orphans(await readProcesses(stateDir));
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended by itself, as a plugin does when it notices that its engine is gone.
    }
  }
  return left;
}
