import { recordOutput, sameOutput } from './compare.ts';
import { type Fence, fencesOf, replaceFences } from './page.ts';
import { parseSession, printSession, type Step } from './session.ts';
import type { Ran } from './shell.ts';

/** What became of one command of a page. */
export interface Outcome {
  readonly state: 'passed' | 'failed' | 'recorded' | 'not-run';
  /** Page and line, e.g. `docs/tutorial/05-etcd.md:31`. */
  readonly where: string;
  /** Why it was not run. */
  readonly reason?: string;
}

/** The page of {@link Outcome.where}. */
export const chapterOf = (where: string): string => where.replace(/:\d+$/, '');

/** What {@link runPage} needs. */
export interface PageRun {
  /** Path of the page from the repository's root, for messages. */
  readonly path: string;
  /** Its text. */
  readonly page: string;
  readonly shell: { run(command: string, milliseconds: number): Promise<Ran> };
  /** A command as this cluster needs it. */
  readonly asRun: (command: string) => string;
  /** An output as the page shows it. */
  readonly asShown: (output: string) => string;
  /** Whether outputs that differ are recorded. */
  readonly update: boolean;
  readonly print: (line: string) => void;
}

/** Longer than anything a page does; a command that hangs must not hang the run. */
const LIMIT = 300_000;

/** Why a block is not run: what its comment says after `not-run:`. */
const reasonOf = ({ note }: Pick<Fence, 'note'>): string | undefined =>
  note === undefined ? undefined : /^not-run:\s*(.+)$/s.exec(note)?.[1];

/** Runs the console blocks of one page in order. A command that exits with other than 0 has failed, whatever it printed. */
export async function runPage(run: PageRun): Promise<{ page: string; outcomes: Outcome[] }> {
  const outcomes: Outcome[] = [];
  const fresh = new Map<Fence, string>();
  for (const fence of fencesOf(run.page).filter(({ language }) => language === 'console')) {
    const reason = reasonOf(fence);
    const steps = parseSession(fence.text);
    let line = fence.line + 1;
    const results: Pick<Step, 'prompt' | 'output'>[] = [];
    for (const step of steps) {
      const where = `${run.path}:${line}`;
      if (reason === undefined) {
        const { state, output } = await runStep(run, step, where);
        outcomes.push({ state, where });
        results.push({ prompt: step.prompt, output });
      } else outcomes.push({ state: 'not-run', where, reason });
      line += step.prompt.length + step.output.length;
    }
    if (reason === undefined) fresh.set(fence, printSession(results));
  }
  const changed = new Map([...fresh].filter(([fence, text]) => fence.text !== text));
  return { page: replaceFences(run.page, changed), outcomes };
}

async function runStep(
  { shell, asRun, asShown, update, print }: PageRun,
  step: Step,
  where: string,
): Promise<{ state: 'passed' | 'failed' | 'recorded'; output: readonly string[] }> {
  const fail = (...lines: string[]) => {
    print(`FAIL  ${where}  ${step.command}`);
    for (const text of lines) print(`      ${text}`);
    return { state: 'failed', output: step.output } as const;
  };
  let ran: Ran;
  try {
    ran = await shell.run(asRun(step.command), LIMIT);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  const lines =
    ran.output === ''
      ? []
      : asShown(ran.output)
          .split('\n')
          .map((line) => line.trimEnd());
  if (ran.status !== 0) return fail(`exit status ${ran.status}`, ...lines);
  if (sameOutput(step.output, lines)) {
    print(`ok    ${where}  ${step.command.split('\n')[0]}`);
    return { state: 'passed', output: step.output };
  }
  if (!update) return fail('recorded:', ...step.output, 'printed:', ...lines);
  print(`new   ${where}  ${step.command.split('\n')[0]}`);
  return { state: 'recorded', output: recordOutput(step.output, lines) };
}
