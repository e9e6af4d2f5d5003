import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The repository's root folder. */
export function repoDir(): string {
  return resolve(import.meta.dirname, '..', '..');
}

/** Root of everything that outlives a cluster: `$HARDWAY_CACHE`, else `$XDG_CACHE_HOME/hardway`, else `~/.cache/hardway`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HARDWAY_CACHE) return resolve(env.HARDWAY_CACHE);
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hardway');
}

/**
 * What this checkout runs: links to node, pulumi, its plugins, kubectl and crane; put first on PATH. In the checkout and
 * not in the cache, because another checkout with the same cache may run other versions. Tests set `HARDWAY_BIN`.
 */
export function binDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.HARDWAY_BIN ? resolve(env.HARDWAY_BIN) : join(stateDir(), 'bin');
}

/** Which parts each checkout uses, a file per checkout: what another one needs is not removed. */
export function checkoutsDir(): string {
  return join(cacheDir(), 'checkouts');
}

/** File artifacts as `<publisher host>/<publisher path>`. */
export function mirrorDir(): string {
  return join(cacheDir(), 'mirror');
}

/** Image tarballs as `<registry>/<repository>_<tag>.tar`. */
export function imagesDir(): string {
  return join(cacheDir(), 'images');
}

/** Finished parts as `<part id>/<recipe key>/`. */
export function packagesDir(): string {
  return join(cacheDir(), 'parts');
}

/** One log per part: `<part id>.log`. */
export function logsDir(): string {
  return join(cacheDir(), 'logs');
}

/** What belongs to this checkout: Pulumi's file backend, passphrase, records, logs. */
export function stateDir(): string {
  return join(repoDir(), '.hardway');
}

/** Folders of runs for files with secrets; see `lib/private-folder.ts`. */
export function privateDir(): string {
  return join(stateDir(), 'tmp');
}

/** The committed list of artifacts; tests against a stand-in for the publishers name another one with `$HARDWAY_LOCK`. */
export function lockPath(env: NodeJS.ProcessEnv = process.env): string {
  if (env.HARDWAY_LOCK) return resolve(env.HARDWAY_LOCK);
  return join(repoDir(), 'artifacts', 'artifacts.lock.json');
}

/** What was really provided, by lock id. */
export function resolvedPath(): string {
  return join(stateDir(), 'artifacts.json');
}
