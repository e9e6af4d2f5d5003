import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { endingSignals } from '../../lib/interruption.ts';

const root = join(import.meta.dirname, '..', '..');

/** A process with a child of execa's, as kubectl is one; it cleans up for a while once it is interrupted. */
const code = `
  import { execa } from 'execa';
  import { interruption } from './lib/interruption.ts';
  const { signal, release } = interruption(() => console.log('interrupted'));
  process.on('exit', () => console.log('exit'));
  console.log('ready');
  await execa('sleep', ['60'], { cancelSignal: signal, reject: false });
  await execa('sleep', [process.env.CLEANING]);
  console.log('cleaned');
  release();
`;

async function run(signals: readonly NodeJS.Signals[], cleaning: string) {
  const args = ['--input-type=module', '--eval', code];
  const env = { ...process.env, CLEANING: cleaning };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const left = [...signals];
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    // One when it is ready, the next when it has said that it was interrupted.
    if (/(ready|interrupted)\n$/.test(said)) {
      const signal = left.shift();
      if (signal !== undefined) child.kill(signal);
    }
  });
  const status = await new Promise((resolve) => child.on('close', (exit, signal) => resolve(signal ?? exit)));
  return { status, said: said.trim().split('\n') };
}

describe('an interruption', () => {
  it.each(endingSignals)('by %s lets the job clean up, whatever children it has', async (signal) => {
    expect(await run([signal], '0.2')).toEqual({ status: 0, said: ['ready', 'interrupted', 'cleaned', 'exit'] });
  });

  it('a second time ends the process at once', async () => {
    expect(await run(['SIGINT', 'SIGTERM'], '60')).toEqual({ status: 130, said: ['ready', 'interrupted', 'exit'] });
  });
});
