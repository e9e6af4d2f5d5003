/**
 * Checks a release's tag and prints its notes: `node cli/workflow/release.ts v0.2.0`. The version is that of
 * package.json, and the notes are its section of CHANGES.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, UserError } from '../../lib/user-error.ts';
import { repoDir } from '../../toolchain/cache/paths.ts';

/** What a release is made of. */
export interface ReleaseFiles {
  /** The text of package.json. */
  readonly manifest: string;
  /** The text of CHANGES.md. */
  readonly changes: string;
}

/**
 * The notes of a release.
 *
 * @param tag - `v` and the version, e.g. `v0.2.0`
 * @throws UserError where tag, package.json and CHANGES.md do not agree
 */
export function releaseNotes(tag: string, { manifest, changes }: ReleaseFiles): string {
  const { version } = JSON.parse(manifest) as { version: string };
  if (tag !== `v${version}`) {
    throw new UserError(`the tag is "${tag}", and package.json has version ${version}`, {
      fix: `set the version with "npm version --no-git-tag-version", or tag the commit that has it as v${version}`,
    });
  }
  const [, ...sections] = changes.split(/^## /m);
  const section = sections.find((text) => text.split(/[\s,]/)[0] === version);
  const [heading = '', ...lines] = section?.split('\n') ?? [];
  if (section === undefined || !/, \d{4}-\d{2}-\d{2}$/.test(heading)) {
    throw new UserError(`CHANGES.md has no section "## ${version}, <date>"`, {
      fix: 'name the section "Unreleased" after the version and the day, like "## 0.2.0, 2026-12-01"',
    });
  }
  return `${lines.join('\n').trim()}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const read = (name: string): string => readFileSync(join(repoDir(), name), 'utf8');
  try {
    const files = { manifest: read('package.json'), changes: read('CHANGES.md') };
    process.stdout.write(releaseNotes(process.argv[2] ?? '', files));
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
}
