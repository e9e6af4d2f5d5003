/**
 * Completes package-lock.json after `npm install`: npm writes only those optional packages that the registry at hand
 * serves, and where that is only this platform's, `npm ci` then refuses the lock as out of step. Each missing one is
 * written with its version and platform and without a checksum; a platform that installs it gets it from its registry.
 *
 *     node toolchain/complete-npm-lock.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package as the lock has it; only what is looked at here. */
interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A lock, format 3. */
export interface NpmLock {
  packages: Record<string, LockedPackage & Record<string, unknown>>;
}

const systems = /-(android|darwin|linux|win32|freebsd|openbsd|netbsd|sunos|aix|openharmony)(?:-([a-z0-9]+))?/;

function platformOf(name: string): Record<string, string[]> {
  if (name === 'fsevents') return { os: ['darwin'] };
  const [, os, cpu] = systems.exec(name) ?? [];
  return {
    ...(os ? { os: [os] } : {}),
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(name.endsWith('-musl') ? { libc: ['musl'] } : {}),
    ...(name.endsWith('-gnu') ? { libc: ['glibc'] } : {}),
  };
}

/** The optional packages that a lock's packages name and the lock does not hold, by where they belong. */
export function missingOptional(lock: NpmLock): NpmLock['packages'] {
  const missing: NpmLock['packages'] = {};
  for (const [key, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      const places = [`node_modules/${name}`, `${key}/node_modules/${name}`];
      if (key === '' || places.some((place) => place in lock.packages)) continue;
      const version = range.replace(/^[~^]/, '');
      missing[`node_modules/${name}`] = {
        version,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
    }
  }
  return missing;
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as NpmLock;
  const added = missingOptional(lock);
  const { '': root, ...rest } = { ...lock.packages, ...added };
  lock.packages = {
    ...(root ? { '': root } : {}),
    ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${Object.keys(added).length} packages of other platforms added`);
}
