import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { sourcesDigest } from '../../lib/sources.ts';

it('differs with what goes onto machines, and not with anything else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hardway-sources-'));
  try {
    mkdirSync(join(folder, 'components/etcd'), { recursive: true });
    mkdirSync(join(folder, 'cli'));
    const put = (path: string, text: string) => writeFileSync(join(folder, path), text);
    put('index.ts', 'a');
    put('components/etcd/join.sh', 'a');
    put('cli/main.ts', 'a');
    const first = sourcesDigest(folder);
    put('cli/main.ts', 'b');
    expect(sourcesDigest(folder)).toBe(first);
    put('components/etcd/join.sh', 'b');
    expect(sourcesDigest(folder)).not.toBe(first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
