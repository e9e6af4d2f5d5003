import { parseArgs } from 'node:util';
import { lockedVersions } from '../artifacts/publishers.ts';
import { readLock } from './artifacts.ts';
import { ensureDocker } from './docker.ts';
import { ensureAll, ensureArtifacts, ensureTools } from './ensure.ts';
import { ToolchainError } from './error.ts';
import { hostArch } from './host.ts';

const usage = `usage: node toolchain/main.ts <command>
  tools                     the Pulumi engine, its plugins, kubectl and crane, in the cache's bin
  artifacts [--ids a,b]     what machines install, in the cache's mirror and images (default: the default versions)
  all [--ids a,b]           both, counted as one
  list                      the ids in artifacts/artifacts.lock.json
  docker                    a Docker engine that answers
make lock fills in the checksums that the lock does not pin
environment: HARDWAY_CACHE, HARDWAY_SOURCE=download|build, HARDWAY_DOWNLOAD_BASE=URL, HARDWAY_KEEP_CACHES=1`;

async function defaultIds(): Promise<string[]> {
  const arch = hostArch();
  const lock = await readLock();
  return lock
    .filter((artifact) => artifact.arch === arch && artifact.version === lockedVersions[artifact.group]?.[0])
    .map((artifact) => artifact.id);
}

async function main(argv: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { ids: { type: 'string', multiple: true } },
  });
  const ids = values.ids?.flatMap((text) => text.split(',')).filter(Boolean);
  switch (positionals[0]) {
    case 'tools':
      return await ensureTools();
    case 'artifacts':
      return await ensureArtifacts(ids ?? (await defaultIds()));
    case 'all':
      return await ensureAll({ tools: true, artifacts: ids ?? (await defaultIds()) });
    case 'list':
      for (const { id, sha256 } of await readLock()) console.log(`${id}${sha256 ? '' : ' (no pinned checksum)'}`);
      return;
    case 'docker':
      return await ensureDocker();
    default:
      console.error(usage);
      process.exitCode = 2;
  }
}

export { ensureDocker } from './docker.ts';
export { type EnsureOptions, ensureAll, ensureArtifacts, ensureTools } from './ensure.ts';
export { ToolchainError } from './error.ts';

if (process.argv[1] === import.meta.filename) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof ToolchainError ? error.message : error);
    process.exitCode = 1;
  }
}
