/**
 * The console blocks of a page: commands after `$ `, each with the output that was recorded for it.
 *
 *     $ make ssh NODE=ctl01 CMD='hostname'
 *     ctl01
 *
 * A command goes on where its line ends with a backslash; the lines that follow begin with `> `. In an output, a line that
 * is only `…` stands for any number of lines, and `…` within a line for any text.
 */

/** One command and what was recorded for it. */
export interface Step {
  /** What the shell gets, lines joined by newlines. */
  readonly command: string;
  /** Lines of the block that hold the command, as they stand there. */
  readonly prompt: readonly string[];
  /** Lines of the recorded output. */
  readonly output: readonly string[];
}

/**
 * Takes a console block apart.
 *
 * @throws Error when the block does not begin with a command
 */
export function parseSession(text: string): Step[] {
  const steps: { command: string[]; prompt: string[]; output: string[] }[] = [];
  for (const line of text.split('\n')) {
    const step = steps.at(-1);
    if (line.startsWith('$ ')) {
      steps.push({ command: [line.slice(2)], prompt: [line], output: [] });
    } else if (step === undefined) {
      throw new Error('a console block begins with a command, "$ …"');
    } else if (line.startsWith('> ') && step.output.length === 0 && step.prompt.at(-1)?.endsWith('\\')) {
      step.command.push(line.slice(2));
      step.prompt.push(line);
    } else step.output.push(line);
  }
  return steps.map(({ command, ...rest }) => ({ command: command.join('\n'), ...rest }));
}

/** A console block out of its steps: the other way round. */
export function printSession(steps: readonly Pick<Step, 'prompt' | 'output'>[]): string {
  return steps.flatMap(({ prompt, output }) => [...prompt, ...output]).join('\n');
}
