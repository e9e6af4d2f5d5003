import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runSmoke } from '../../smoke/run.ts';
import { clusterOutputs } from './cluster.ts';

/** A kubectl that writes down what it was asked, refuses to create anything, and knows no namespace. */
const fake = `#!/bin/sh
echo "$*" >>"$(dirname "$0")/asked"
case "$*" in *"-f -"*) cat >>"$(dirname "$0")/asked" ;; esac
case "$*" in
  *"delete namespace"*|*"get namespace"*) exit 0 ;;
  *) echo "error: no such cluster" >&2; exit 1 ;;
esac
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fake-kubectl-'));
  await writeFile(join(folder, 'kubectl'), fake);
  await chmod(join(folder, 'kubectl'), 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

describe('runSmoke', () => {
  it('fails red against a cluster that is none, and cleans up after an interruption', async () => {
    const interrupt = new AbortController();
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('hardway-smoke-'));
    const lines: string[] = [];
    const print = (line: string) => lines.push(line);
    // Once the workload has been asked for, as a person would with Ctrl-C: the checks would wait for their minute.
    const askedFor = () => readFile(join(folder, 'asked'), 'utf8').catch(() => '');
    const timer = setInterval(async () => {
      if (/"kind":"Namespace"[\s\S]*"kind":"Service"[\s\S]*\]\}/.test(await askedFor())) interrupt.abort();
    }, 50);
    const kubectl = join(folder, 'kubectl');
    const outcomes = await runSmoke(clusterOutputs, { print, signal: interrupt.signal, kubectl });
    clearInterval(timer);
    expect(outcomes.filter(({ state }) => state === 'passed').map(({ name }) => name)).toEqual([
      'the namespace of this run is removed',
    ]);
    expect(lines.join('\n')).toContain('error: no such cluster');
    const asked = await askedFor();
    const namespace = /"kind":"Namespace","metadata":\{"name":"(hardway-smoke-[0-9a-f]{8})"/.exec(asked)?.[1];
    expect(namespace).toBeDefined();
    expect(asked).toContain(`delete namespace ${namespace} `);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('hardway-smoke-'))).toEqual(before);
  });
});
