import { open } from 'node:fs/promises';
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
 * Follows a file that another process appends to.
 *
 * @param path - may not exist yet
 * @param onLines - gets whole lines, as they come
 * @param ended - when it aborts, what is left is read and the call returns
 * @param tick - called about five times a second
 */
export async function follow(
  path: string,
  onLines: (lines: string[]) => void,
  ended: AbortSignal,
  tick: () => void,
): Promise<void> {
  const splitter = new LineSplitter();
  const decoder = new TextDecoder();
  let offset = 0;
  const readMore = async () => {
    const file = await open(path).catch(() => undefined);
    if (!file) return;
    try {
      const buffer = Buffer.alloc(64 * 1024);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        if (bytesRead === 0) return;
        offset += bytesRead;
        onLines(splitter.push(decoder.decode(buffer.subarray(0, bytesRead), { stream: true })));
      }
    } finally {
      await file.close();
    }
  };
  while (!ended.aborted) {
    await readMore();
    tick();
    await sleep(200, undefined, { signal: ended }).catch(() => undefined);
  }
  await readMore();
}
