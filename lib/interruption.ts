/** The signals that ask a process to end. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A job that may be interrupted. */
export interface Interruption {
  /** Aborts at the first ending signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/**
 * Lets a job clean up at the first ending signal; the second one ends the process at once.
 *
 * @param onFirst - called the first time, to say what goes on
 */
export function interruption(onFirst: () => void = () => {}): Interruption {
  const ended = new AbortController();
  const handler = (): void => {
    if (ended.signal.aborted) process.exit(130);
    onFirst();
    ended.abort();
  };
  // Not `once`: libraries that end child processes (signal-exit) count the listeners that are left
  // when it is their turn, and end this process where there are none.
  for (const each of endingSignals) process.on(each, handler);
  return {
    signal: ended.signal,
    release: () => {
      for (const each of endingSignals) process.off(each, handler);
    },
  };
}
