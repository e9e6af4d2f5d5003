/** The signals that ask a process to end. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A job that may be interrupted. */
export interface Interruption {
  /** Aborts when the process is told to end for the first time. */
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/**
 * Lets a job clean up when the process is told to end. Told twice, it ends at once.
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
  // Not `once`: libraries that end child processes (signal-exit) see whether someone handles the signal by who still
  // listens when it is their turn, and end this process where nobody does.
  for (const each of endingSignals) process.on(each, handler);
  return {
    signal: ended.signal,
    release: () => {
      for (const each of endingSignals) process.off(each, handler);
    },
  };
}
