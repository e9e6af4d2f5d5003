/**
 * Preloaded into a process under test: what would wait does not. Pauses are over at once; with `NO_PATIENCE`, limits on
 * silence come a hundred times sooner. On exit, `NO_WAITING_LOG` gets the pauses that were asked for, in milliseconds.
 */
import { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import timers from 'node:timers/promises';

const pauses: number[] = [];
const hurried = (ms: number): number => (process.env.NO_PATIENCE && ms >= 1000 ? ms / 100 : ms);

const pause = timers.setTimeout;
timers.setTimeout = (async (ms?: number, value?: unknown, options?: object) => {
  pauses.push(ms ?? 0);
  return await pause(0, value, options);
}) as typeof timers.setTimeout;

const limit = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => limit(hurried(ms));

const silence = Socket.prototype.setTimeout;
Socket.prototype.setTimeout = function (ms, callback) {
  return silence.call(this, hurried(ms), callback);
};

syncBuiltinESMExports();
process.on('exit', () => {
  if (process.env.NO_WAITING_LOG) writeFileSync(process.env.NO_WAITING_LOG, JSON.stringify(pauses));
});
