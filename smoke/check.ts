/** One thing that is looked at. */
export interface Check {
  /** What holds, as a short sentence: `every node is Ready`. */
  readonly name: string;
  /** Names of checks that must have passed before this one makes sense. Default none. */
  readonly needs?: readonly string[];
  /** Why this check makes no sense on this cluster; it is then not run. */
  readonly skip?: string | undefined;
  /** What is done, for the message when it fails: `kubectl exec`, `GET http://127.0.0.1/healthz`. */
  readonly tried?: string;
  /** From where it looks: `from ctl01 over SSH`. Asked when it has ended, since some find out as they go. */
  readonly from?: () => string;
  /** What to do when it fails, as sentences. */
  readonly fix?: string | (() => string);
  /** How long it may take, in seconds. Default 60. */
  readonly limitSeconds?: number;
  /**
   * Looks, polling where something takes time; returns a few words worth saying, if any.
   *
   * @param signal - aborts when time is up or the run is interrupted
   * @throws Unmet when what was seen is not what was expected
   */
  run(signal: AbortSignal): Promise<string | undefined>;
}

/** What was seen is not what was expected. */
export class Unmet extends Error {
  readonly expected: string;
  readonly seen: string;
  /** Lines that help to find the cause: events, the end of a log. */
  readonly details: readonly string[];

  constructor(expected: string, seen: string, details: readonly string[] = []) {
    super(`expected ${expected}, seen ${seen}`);
    this.expected = expected;
    this.seen = seen;
    this.details = details;
  }
}

/** What {@link until} tries: `{ value }` ends the wait, `seen` says what is there in place of it. */
export type Attempt<T> = { readonly value: T } | { readonly seen: string };

/** How {@link until} waits. */
export interface UntilOptions {
  readonly signal: AbortSignal;
  /** What is waited for, for the message. */
  readonly expected: string;
  /** Milliseconds between tries. Default 300. */
  readonly every?: number;
}

/**
 * Tries until something holds. An error counts as something seen.
 *
 * @throws Unmet with what was seen last, when the signal aborts first
 */
export async function until<T>(options: UntilOptions, attempt: () => Promise<Attempt<T>>): Promise<T> {
  let seen = 'nothing yet';
  for (;;) {
    try {
      const found = await attempt();
      if ('value' in found) return found.value;
      seen = found.seen;
    } catch (error) {
      // The last error before time was up tells more than the one that time itself caused.
      if (!options.signal.aborted) seen = error instanceof Unmet ? error.seen : messageOf(error);
    }
    if (options.signal.aborted) throw new Unmet(options.expected, seen);
    await pause(options.every ?? 300, options.signal);
  }
}

/** Resolves after a while, or at once when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

/** An error's message in few lines: the last of them, which is where programs put the reason. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').slice(-4).join(' / ').slice(-600);
}
