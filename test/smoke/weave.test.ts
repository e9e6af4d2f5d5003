import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connectionFaults } from '../../smoke/checks/weave.ts';
import { callers, policySteps, policyWorkload, requestLine, wasAnswered } from '../../smoke/policies.ts';

describe('what a peer says of its connections', () => {
  const said =
    '<- 10.93.0.101:60387     established sleeve 1a:78:a8:de:1e:ce(wrk02) mtu=1338\n-> 10.93.0.102:6783 retrying dial tcp: no route (wrk03)\n';

  it('is well where each other node is established', () => {
    expect(connectionFaults('wrk01', ['wrk02'], said)).toEqual([]);
    expect(connectionFaults('wrk01', [], '')).toEqual([]);
  });

  it('names those that are not', () => {
    expect(connectionFaults('wrk01', ['wrk02', 'wrk03', 'wrk04'], said)).toEqual([
      'wrk01 to wrk03: -> 10.93.0.102:6783 retrying dial tcp: no route (wrk03)',
      'wrk01 to wrk04: no connection',
    ]);
  });

  it('does not take one node for another whose name begins with it', () => {
    expect(connectionFaults('wrk01', ['wrk0'], said)).toEqual(['wrk01 to wrk0: no connection']);
  });
});

describe('the policy check', () => {
  it('begins with everyone let through, denies, and lets each kind through again', () => {
    const steps = policySteps('run');
    expect(steps.map(({ reaches }) => reaches)).toEqual([
      callers,
      [],
      ['friend'],
      ['friend', 'neighbour'],
      ['neighbour'],
      ['friend', 'neighbour'],
    ]);
    expect(steps[0]?.manifest).toBeUndefined();
  });

  it('lives in namespaces of the run', () => {
    const { items } = JSON.parse(policyWorkload('run'));
    expect(items.slice(0, 2).map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual([
      'run-home',
      'run-next',
    ]);
  });

  it.each([
    ['an answer', 'echo served', true],
    ['a request that timed out', 'exit 143', false],
  ])('reads %s', (_, command, answered) => {
    expect(wasAnswered(ask(command))).toBe(answered);
  });

  it.each([
    ['a crash', 'exit 139'],
    ['a refused connection', 'exit 1'],
    ['a program that is not there', 'exit 127'],
  ])('takes %s for no proof that a policy blocks', (_, command) => {
    expect(() => wasAnswered(ask(command))).toThrow('neither answered nor timed out: status ');
  });
});

describe('what pods of the smoke image run', () => {
  const root = join(import.meta.dirname, '..', '..');
  const lines = ['smoke', 'e2e', 'bench', 'docs/tutorial', 'docs/guides'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|md|ya?ml|sh)$/.test(name))
      .flatMap((name) => readFileSync(join(root, folder, name), 'utf8').split('\n'))
      .filter((line) => !/^\s*(\*|\/\/)/.test(line)),
  );

  it('never is wget -T, which crashes there (decision 0013)', () => {
    expect(lines.filter((line) => /\bwget\b/.test(line)).length).toBeGreaterThan(5);
    expect(lines.filter((line) => /\bwget\b[^|;&]*\s(-[a-zA-Z]*T|--timeout)/.test(line))).toEqual([]);
  });
});

/** What the line of the check prints where `timeout` does this in place of a request. */
function ask(command: string): string {
  const line = `timeout() ( ${command} ); ${requestLine('10.0.0.1')}`;
  return execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
}
