import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { shellQuote } from '../../lib/format/shell.ts';

/** What a command did. */
export interface Ran {
  /** Standard output and standard error as they came, without the newline at the end. */
  readonly output: string;
  readonly status: number;
}

/** A bash that commands are typed into one after the other: variables, folders and jobs last, as in a reader's terminal. */
export class Shell {
  readonly #process: ChildProcess;
  #said = '';
  #ended = false;
  #wake: () => void = () => {};

  /**
   * @param cwd - where it starts
   * @param env - its variables
   */
  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    // A group of its own, so that what a page leaves in the background ends with it.
    this.#process = spawn('bash', ['--noprofile', '--norc'], {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
        this.#wake();
      });
    }
    this.#process.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
    this.#process.stdin?.on('error', () => {});
    this.#process.stdin?.write('exec 2>&1\n');
  }

  /**
   * Runs one command. It finds its standard input empty.
   *
   * @throws Error when it does not end in time, or ends the shell
   */
  async run(command: string, milliseconds: number): Promise<Ran> {
    const mark = `-- ${randomUUID()}`;
    this.#said = '';
    this.#process.stdin?.write(`eval ${shellQuote(command)} </dev/null; printf '\\n%s %s\\n' '${mark}' "$?"\n`);
    const pattern = new RegExp(`\\n${mark} (\\d+)\\n$`);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, milliseconds);
    try {
      for (;;) {
        const end = pattern.exec(this.#said);
        if (end) return { output: this.#said.slice(0, end.index).replace(/\n$/, ''), status: Number(end[1]) };
        if (this.#ended) throw new Error(`the command ended the shell: ${this.#said.trim()}`);
        if (late) throw new Error(`no end after ${Math.round(milliseconds / 1000)} s; so far: ${this.#said.trim()}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the shell and everything it left in the background. */
  close(): void {
    if (this.#process.pid === undefined || this.#ended) return;
    try {
      process.kill(-this.#process.pid, 'SIGTERM');
    } catch {
      // It ended by itself in the meantime.
    }
  }
}
