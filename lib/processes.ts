import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { execa } from 'execa';

/** What tells a process from every other one, of any computer. */
export interface ProcessIdentity {
  readonly computer: string;
  readonly pid: number;
  /** When it began, in the kernel's clock ticks; empty where there is no /proc. Numbers of processes are used again. */
  readonly begun: string;
}

function begunOf(pid: number): string {
  try {
    // The second field, the program's name, may hold spaces and brackets: fields are counted from its end.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { computer: hostname(), pid: process.pid, begun: begunOf(process.pid) };
}

/** Whether a process lives; `unknown` for one of another computer. */
export function lives({ computer, pid, begun }: ProcessIdentity): boolean | 'unknown' {
  if (computer !== hostname()) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return begun === '' || begunOf(pid) === begun;
}

/** One column of `ps` for a process; empty where there is no such process. macOS has no /proc. */
async function ps(pid: number, column: string): Promise<string> {
  const args = ['-ww', '-p', String(pid), '-o', `${column}=`];
  const result = await execa('ps', args, { reject: false, env: { LC_ALL: 'C' } });
  return result.exitCode === 0 ? result.stdout.trim() : '';
}

/**
 * When a process started, as text that no later process with the same id has; empty where there is none.
 *
 * @param platform - this computer's, as Node names it
 */
export async function startTime(pid: number, platform: string = process.platform): Promise<string> {
  // A space separates the fields of what this is written into.
  if (platform !== 'linux') return (await ps(pid, 'lstart')).replaceAll(/\s+/g, '_');
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/**
 * The command line of a process; undefined where there is none, or it has ended and is a zombie.
 *
 * @param platform - this computer's, as Node names it
 */
export async function commandOf(pid: number, platform: string = process.platform): Promise<string | undefined> {
  if (platform !== 'linux') {
    if (/^Z/.test(await ps(pid, 'state'))) return undefined;
    return (await ps(pid, 'command')) || undefined;
  }
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    if (/\) Z /.test(stat)) return undefined;
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

/**
 * A variable in a process's environment, as far as this user may read it. macOS shows it in `ps -E` for one's own.
 *
 * @param platform - this computer's, as Node names it
 */
export async function variableOf(
  pid: number,
  name: string,
  platform: string = process.platform,
): Promise<string | undefined> {
  const text =
    platform === 'linux'
      ? (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).split('\0')
      : (await execa('ps', ['-E', '-ww', '-p', String(pid), '-o', 'command='], { reject: false })).stdout.split(' ');
  return text.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** A process with what started it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** Arguments joined by spaces. */
  readonly command: string;
}

async function readListed(pid: number): Promise<ListedProcess | undefined> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    const parent = Number(/\) \S (\d+)/.exec(stat)?.[1] ?? 0);
    return { pid, parent, command: command.replaceAll('\0', ' ').trim() };
  } catch {
    // Gone between the listing and the reading.
    return undefined;
  }
}

/** What `ps` lists: process id, parent and command line in each line. */
export function parseProcesses(text: string): ListedProcess[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(.*)$/gm)].map(([, pid, parent, command = '']) => ({
    pid: Number(pid),
    parent: Number(parent),
    command: command.trim(),
  }));
}

/**
 * All processes of this computer that can be read.
 *
 * @param platform - this computer's, as Node names it
 */
export async function listProcesses(platform: string = process.platform): Promise<ListedProcess[]> {
  if (platform !== 'linux') {
    const { stdout } = await execa('ps', ['-axww', '-o', 'pid=,ppid=,command='], { reject: false });
    return parseProcesses(stdout ?? '');
  }
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map((name) => readListed(Number(name))));
  return found.filter((each) => each !== undefined);
}
