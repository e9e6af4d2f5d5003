import { readdir, readFile } from 'node:fs/promises';
import { pause } from '../smoke/check.ts';

/**
 * Writes down what every process of this host is called with, several times a second, for as long as something runs.
 * Processes in the lab's machines are this host's too.
 *
 * @returns what `run` returned, and every command line that was seen
 */
export async function samplingCommands<T>(run: () => Promise<T>): Promise<{ result: T; commands: Set<string> }> {
  const commands = new Set<string>();
  const ended = new AbortController();
  const sampling = (async () => {
    while (!ended.signal.aborted) {
      for (const command of await commandLines()) commands.add(command);
      await pause(250, ended.signal);
    }
  })();
  try {
    return { result: await run(), commands };
  } finally {
    ended.abort();
    await sampling;
  }
}

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return texts.map((text) => text.replaceAll('\0', ' ').trim()).filter((text) => text !== '');
}
