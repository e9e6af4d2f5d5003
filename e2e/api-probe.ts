import { request } from 'node:https';
import { pause } from '../smoke/check.ts';

/** What is asked, again and again. */
export interface ProbeTarget {
  /** An https URL. */
  readonly url: string;
  /** The CA that must have signed the server's certificate, PEM. */
  readonly ca: string;
}

/** One request: when it began, in milliseconds of a clock that only grows, and whether it was answered with success. */
export interface Sample {
  readonly begin: number;
  readonly ok: boolean;
}

/** Milliseconds until a request without an answer has failed. */
const limitMs = 1000;
/** Milliseconds between the beginnings of two requests; a request does not wait for the one before. */
const everyMs = 100;

/**
 * The longest run of failed requests, in milliseconds: from the beginning of its first to the beginning of the next one
 * that was answered, or of the last one of all.
 */
export function longestOutage(samples: readonly Sample[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const { begin, ok } of [...samples].sort((one, other) => one.begin - other.begin)) {
    if (!ok) since ??= begin;
    if (since !== undefined) longest = Math.max(longest, begin - since);
    if (ok) since = undefined;
  }
  return longest;
}

/** Asks ten times a second, each time over a new connection, from {@link Probe.start} until {@link Probe.stop}. */
export class Probe {
  readonly #target: ProbeTarget;
  readonly #ended = new AbortController();
  readonly #samples: Promise<Sample>[] = [];
  #asking: Promise<void> = Promise.resolve();

  private constructor(target: ProbeTarget) {
    this.#target = target;
  }

  static start(target: ProbeTarget): Probe {
    const probe = new Probe(target);
    probe.#asking = probe.#ask();
    return probe;
  }

  /** Every request, once the last has ended. */
  async stop(): Promise<Sample[]> {
    this.#ended.abort();
    await this.#asking;
    return Promise.all(this.#samples);
  }

  async #ask(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const begin = performance.now();
      this.#samples.push(answered(this.#target).then((ok) => ({ begin, ok })));
      await pause(everyMs, this.#ended.signal);
    }
  }
}

/** Whether one request over a connection of its own is answered with success in time. */
export function answered({ url, ca }: ProbeTarget): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false, ca, signal: AbortSignal.timeout(limitMs) }, (response) => {
      response.on('error', () => resolve(false));
      response.on('end', () => resolve(response.statusCode === 200));
      response.resume();
    });
    sent.on('error', () => resolve(false));
    sent.end();
  });
}
