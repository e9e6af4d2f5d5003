import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { releaseNotes } from '../../cli/workflow/release.ts';

const manifest = '{"version": "0.2.0"}';
const changes = '# Changes\n\n## 0.2.0, 2026-12-01\n\n- One.\n- Two.\n\n## 0.1.0, 2026-11-01\n\n- Old.\n';

describe('the notes of a release', () => {
  it('are the section of its version', () => {
    expect(releaseNotes('v0.2.0', { manifest, changes })).toBe('- One.\n- Two.\n');
  });

  it.each([
    ['v0.3.0', changes, 'the tag is "v0.3.0", and package.json has version 0.2.0'],
    ['0.2.0', changes, 'the tag is "0.2.0"'],
    ['v0.2.0', '# Changes\n\n## Unreleased\n\n- One.\n', 'CHANGES.md has no section "## 0.2.0, <date>"'],
    ['v0.2.0', '# Changes\n\n## 0.2.0\n\n- One.\n', 'CHANGES.md has no section "## 0.2.0, <date>"'],
  ])('are refused for %s of %j', (tag, text, message) => {
    expect(() => releaseNotes(tag, { manifest, changes: text })).toThrow(message);
  });
});

describe('CHANGES.md', () => {
  it('has the versions on top of one another, the newest first, with at most one unreleased', () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'CHANGES.md'), 'utf8');
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
    expect(headings.length).toBeGreaterThan(0);
    const [first, ...rest] = headings;
    expect(first).toMatch(/^(Unreleased|\d+\.\d+\.\d+, \d{4}-\d{2}-\d{2})$/);
    for (const heading of rest) expect(heading).toMatch(/^\d+\.\d+\.\d+, \d{4}-\d{2}-\d{2}$/);
  });
});
