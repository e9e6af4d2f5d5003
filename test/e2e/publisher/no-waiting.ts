/**
 * Preloaded into a process under test: pauses are over at once. On exit, `NO_WAITING_LOG` gets those that were asked for,
 * in milliseconds.
 */
import { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const pauses: number[] = [];
const pause = timers.setTimeout;
timers.setTimeout = (async (ms?: number, value?: unknown, options?: object) => {
  pauses.push(ms ?? 0);
  return await pause(0, value, options);
}) as typeof timers.setTimeout;
syncBuiltinESMExports();

process.on('exit', () => {
  if (process.env.NO_WAITING_LOG) writeFileSync(process.env.NO_WAITING_LOG, JSON.stringify(pauses));
});
