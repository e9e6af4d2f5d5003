/**
 * The publishers, to be tried by hand: `node e2e/publisher/main.ts [--cache <folder>] [--lock <file>]`. Prints what a shell
 * needs to be behind their proxy, and on interrupt what was asked for.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { environmentBehind } from './environment.ts';
import { startStandIn } from './stand-in.ts';

const { values } = parseArgs({ options: { cache: { type: 'string' }, lock: { type: 'string' } } });
const work = await mkdtemp(join(tmpdir(), 'hardway-publishers-'));
const standIn = await startStandIn({
  work,
  arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
  ...(values.cache ? { cache: values.cache } : {}),
});
const environment = {
  ...environmentBehind(standIn, {}),
  ...(values.lock ? { HARDWAY_LOCK: await standIn.writeLock(values.lock) } : {}),
};
for (const [name, value] of Object.entries(environment)) console.log(`export ${name}='${value}'`);

process.once('SIGINT', async () => {
  for (const { method, host, path, status } of standIn.server.entries)
    console.log(`${status} ${method} ${host}${path}`);
  for (const { method, host, port, status } of standIn.proxy.entries)
    console.log(`${status} ${method} ${host}:${port}`);
  await standIn.close();
});
