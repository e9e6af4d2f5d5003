/** The SSH client of a stack's machines, as its outputs describe them: by name, through bastions, with checked host keys. */
import { open } from 'node:fs/promises';
import type { Login } from '../config/schema.ts';
import type { Streams } from './attach.ts';
import { connect, type Session, type Target } from './client.ts';
import type { Limits, Question, Ran } from './command.ts';
import { ConnectionError, notRun } from './diagnostics.ts';

/** How one machine, or a bastion, is logged in to. */
export interface MachineLogin {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The one host key that is taken, `<type> <base64>`. */
  readonly hostKey: string;
  /** Absent where the agent is asked. */
  readonly privateKey?: string | undefined;
}

/** The stack's output `ssh`. */
export interface MachineLogins {
  readonly hosts: Readonly<Record<string, MachineLogin & { readonly bastion?: MachineLogin | undefined }>>;
}

/** Commands at once on one machine: sshd's MaxSessions is 10, and some set it lower. */
const AT_ONCE = 4;

/** Deadline of a machine that is not told another one: `hardway:sshTimeoutSeconds`. */
export const DEFAULT_TIMEOUT_SECONDS = 60;

/** What a login is checked against, and with which key it is made. */
export function targetOf({ address, port, user, hostKey, privateKey }: MachineLogin): Target {
  const login: Login = {
    address,
    port,
    user,
    key: privateKey === undefined ? 'agent' : { text: withNewline(privateKey) },
  };
  const trusted = hostKey.trim().split(/\s+/).slice(0, 2).join(' ');
  return {
    login,
    trusted,
    trustedFix: 'If it was installed anew, run "make preflight" and "make up", which learn its new key.',
  };
}

const withNewline = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

/**
 * Runs commands as root on the machines of a stack. Each machine and each bastion is logged in to once, when it is first
 * asked; keys stay in memory. Whoever opens one closes it.
 */
export class MachineSsh {
  readonly #logins: MachineLogins;
  readonly #seconds: number;
  readonly #closed = new AbortController();
  readonly #sessions = new Map<string, Promise<Session>>();
  readonly #slots = new Map<string, { running: number; readonly waiting: (() => void)[] }>();

  /** @param seconds - how long a machine may take to let us in, and again to answer */
  constructor(logins: MachineLogins, seconds = DEFAULT_TIMEOUT_SECONDS) {
    this.#logins = logins;
    this.#seconds = seconds;
  }

  /** Does something with a client that is closed afterwards. */
  static async using<T>(logins: MachineLogins, seconds: number, job: (client: MachineSsh) => Promise<T>): Promise<T> {
    const client = new MachineSsh(logins, seconds);
    try {
      return await job(client);
    } finally {
      await client.close();
    }
  }

  /**
   * Runs a shell script on a machine, as root; the script travels on standard input.
   *
   * @param limits - default: {@link Limits.seconds} as the client was told
   * @returns its standard output, without a newline at the end
   * @throws Error with the machine's name and what was said
   */
  run(machine: string, script: string, limits: Limits = {}): Promise<string> {
    return this.#ask(machine, { words: 'sh -eu', input: script }, { seconds: this.#seconds, ...limits });
  }

  /**
   * Runs a command on a machine, as root, with a file on its standard input.
   *
   * @param words - the command: words without quotes or special characters
   * @param limits - default: none, since a file takes as long as it is large
   * @throws Error with the machine's name and what was said
   */
  async send(machine: string, words: string, inputFile: string, limits: Limits = {}): Promise<string> {
    const file = await open(inputFile);
    try {
      return await this.#ask(machine, { words, input: file.createReadStream({ autoClose: false }) }, limits);
    } finally {
      await file.close();
    }
  }

  /**
   * Hands streams to a shell or command on a machine, as root, until it ends.
   *
   * @param command - a line for `sh`; undefined for a login shell
   * @returns its exit status
   * @throws ConnectionError when the machine cannot be logged in to, or the connection is lost
   */
  async attach(machine: string, command: string | undefined, streams: Streams): Promise<number> {
    const login = this.#logins.hosts[machine];
    if (login === undefined) throw new Error(`the stack's ssh output does not name ${machine}`);
    return (await this.#session(machine, login, login.bastion)).attach(command, streams);
  }

  /** Ends every connection, and every attempt at one. */
  async close(): Promise<void> {
    this.#closed.abort();
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const made of await Promise.allSettled(sessions)) if (made.status === 'fulfilled') made.value.close();
  }

  async #ask(machine: string, question: Question, limits: Limits): Promise<string> {
    const login = this.#logins.hosts[machine];
    if (login === undefined)
      throw new Error(`${machine}: the stack's ssh output does not name it. Fix: run "make up".`);
    let ran: Ran;
    try {
      ran = await this.#inSlot(machine, async () => {
        const session = await untilAborted(this.#session(machine, login, login.bastion), limits.signal);
        return session.run(question, limits);
      });
    } catch (error) {
      if (error instanceof ConnectionError) throw new Error(`${machine}: ${error.message}`, { cause: error });
      if (limits.signal?.aborted) throw new Error(`${machine}: had not answered yet over SSH`);
      throw error;
    }
    if (!ran.began) throw new Error(`${machine}: ${new ConnectionError(notRun(login.user, ran)).message}`);
    if (ran.code === 0) return ran.stdout.replace(/\n$/, '');
    const said = ran.stderr.trim() || ran.stdout.trim();
    throw new Error(`${machine}: ${said || `the command ended with status ${ran.code ?? 'unknown'} and said nothing`}`);
  }

  #session(name: string, login: MachineLogin, bastion: MachineLogin | undefined): Promise<Session> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const made = this.#connect(login, bastion);
    const forget = (): void => {
      if (this.#sessions.get(name) === made) this.#sessions.delete(name);
    };
    // One that failed or ended is made again when it is next asked for: the machine may have rebooted.
    made.then((session) => session.onClose(forget), forget);
    this.#sessions.set(name, made);
    return made;
  }

  async #connect(login: MachineLogin, bastion: MachineLogin | undefined): Promise<Session> {
    const { signal } = this.#closed;
    if (bastion === undefined) return connect(targetOf(login), this.#seconds, undefined, signal);
    // By all that tells one bastion from another; no machine's name has a space.
    const before = await this.#session(`bastion ${JSON.stringify(bastion)}`, bastion, undefined);
    return connect(targetOf(login), this.#seconds, await before.forward(login, this.#seconds), signal);
  }

  async #inSlot<T>(machine: string, job: () => Promise<T>): Promise<T> {
    const slot = this.#slots.get(machine) ?? { running: 0, waiting: [] };
    this.#slots.set(machine, slot);
    if (slot.running >= AT_ONCE) await new Promise<void>((go) => slot.waiting.push(go));
    else slot.running += 1;
    try {
      return await job();
    } finally {
      const next = slot.waiting.shift();
      if (next === undefined) slot.running -= 1;
      else next();
    }
  }
}

/** A promise, or the signal's reason where that aborts first; the promise goes on for those who share it. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
