import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

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
