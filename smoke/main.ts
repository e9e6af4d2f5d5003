/**
 * The smoke test by itself: `node smoke/main.ts [--stack dev] [--kubeconfig <file>]`. The stack's outputs are read by
 * `pulumi stack output`, so its variables must be set (`. .hardway/env`); with `--outputs -` they come as JSON on
 * standard input. `make smoke` does all that.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { interruption } from '../lib/interruption.ts';
import { parseOutputs } from './outputs.ts';
import { runSmoke } from './run.ts';

async function readOutputs(from: string | undefined, stack: string): Promise<unknown> {
  if (from !== undefined) return JSON.parse(await readFile(from === '-' ? '/dev/stdin' : from, 'utf8'));
  const args = ['stack', 'output', '--json', '--show-secrets', '--stack', stack];
  const { stdout } = await execa('pulumi', args, { cwd: `${import.meta.dirname}/..` });
  return JSON.parse(stdout);
}

const { values } = parseArgs({
  options: { stack: { type: 'string' }, outputs: { type: 'string' }, kubeconfig: { type: 'string' } },
});
const outputs = parseOutputs(await readOutputs(values.outputs, values.stack ?? process.env.STACK ?? 'dev'));
const kubeconfig = values.kubeconfig === undefined ? outputs.kubeconfig : await readFile(values.kubeconfig, 'utf8');
const interrupted = interruption();
const outcomes = await runSmoke({ ...outputs, kubeconfig }, { signal: interrupted.signal });
const count = (state: string) => outcomes.filter((one) => one.state === state).length;
console.log(`${count('passed')} passed, ${count('failed')} failed`);
process.exitCode = interrupted.signal.aborted ? 130 : count('failed') > 0 ? 1 : 0;
