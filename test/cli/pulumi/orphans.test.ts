import { describe, expect, it } from '@jest/globals';
import { orphans, type Process } from '../../../cli/pulumi/orphans.ts';

const process = (pid: number, parent: number, command: string, ours = true): Process => ({
  pid,
  parent,
  command,
  ours,
});

describe('orphans', () => {
  it('finds plugins without an engine and what runs below them, children first', () => {
    const left = orphans([
      process(1, 0, '/sbin/init', false),
      process(20, 1, '/cache/bin/pulumi-resource-command 127.0.0.1:4000'),
      process(21, 20, 'sh -c node lab/main.ts machine create'),
      process(22, 21, 'node lab/main.ts machine create'),
      process(30, 1, 'node node_modules/@pulumi/pulumi/cmd/run/index.js'),
    ]);
    expect(left.map(({ pid }) => pid)).toEqual([22, 21, 20, 30]);
  });

  it('leaves a running update, other checkouts and ordinary programs alone', () => {
    const left = orphans([
      process(10, 1, '/cache/bin/pulumi up --stack e2e'),
      process(11, 10, '/cache/bin/pulumi-language-nodejs 127.0.0.1:4000'),
      process(12, 11, 'node node_modules/@pulumi/pulumi/cmd/run/index.js'),
      process(20, 1, '/cache/bin/pulumi-resource-tls 127.0.0.1:4000', false),
      process(30, 1, 'bash'),
      process(31, 30, 'vi pulumi-resource-notes.txt'),
    ]);
    expect(left).toEqual([]);
  });
});
