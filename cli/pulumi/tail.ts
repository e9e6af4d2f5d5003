import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Splits text that comes in pieces into whole lines; the rest waits for the next piece. */
export class LineSplitter {
  #rest = '';

  /** Takes a piece; returns the lines it completed. */
  push(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '');
  }
}

/**
 * Reads lines from a named pipe for as long as another process writes into it. A pipe and not a file, because what the
 * engine tells holds secrets, and those must not come to lie on the disk.
 *
 * @param path - a named pipe that exists
 * @param onLines - gets whole lines, as they come
 * @param ended - when it aborts, what is left in the pipe is read and the call returns
 * @param tick - called some twenty times a second
 */
export async function follow(
  path: string,
  onLines: (lines: string[]) => void,
  ended: AbortSignal,
  tick: () => void,
): Promise<void> {
  // For writing too, so that a pipe which nobody has opened yet, or anybody has left, is not at its end.
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const splitter = new LineSplitter();
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(64 * 1024);
  const readMore = () => {
    for (let count = readNow(pipe, buffer); count > 0; count = readNow(pipe, buffer)) {
      onLines(splitter.push(decoder.decode(buffer.subarray(0, count), { stream: true })));
    }
  };
  try {
    while (!ended.aborted) {
      readMore();
      tick();
      await sleep(50, undefined, { signal: ended }).catch(() => undefined);
    }
    readMore();
  } finally {
    closeSync(pipe);
  }
}

function readNow(pipe: number, buffer: Buffer): number {
  try {
    return readSync(pipe, buffer, 0, buffer.length, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
