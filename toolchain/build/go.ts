import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { UserError } from '../../lib/user-error.ts';
import { cacheDir } from '../cache/paths.ts';
import { type Arch, hostArch, type Os } from '../host.ts';
import type { BuildContext } from '../plan/package.ts';
import { isAtLeast } from '../plan/semver.ts';
import { fetchedGoBin, fetchGo, whyNoGoToFetch } from './go-toolchain.ts';

/** Oldest Go release that compiles every part. */
export const minimumGo = '1.26';

/** One `go build`: modules pinned in a go.mod of its own, packages, and flags. Plain data, so that it can be hashed. */
export interface GoBuild {
  /** Module path to version; what they require in turn is decided by these and verified by the checksum database. */
  require: Record<string, string>;
  /** Module path to `path version`. */
  replace?: Record<string, string>;
  /** Output name to package. */
  packages: Record<string, string>;
  tags?: string[];
  ldflags?: string[];
  /** Compile without optimisation: for programs that are waited for once and run for a moment. */
  unoptimised?: boolean;
  /** Link against C libraries; default false. */
  cgo?: boolean;
}

/** What stands for the version where there is no Go. */
export const noGo = 'none';

/**
 * PATH with the Go that was fetched, where there is one, and at the end the folder where Go's own archive is unpacked,
 * which not every shell has on it.
 */
const goPath = () => [fetchedGoBin(), process.env.PATH, '/usr/local/go/bin'].filter(Boolean).join(':');

let version: Promise<string> | undefined;

/** The machine's Go version, `noGo` without Go. Asked once a run. */
export function goVersion(): Promise<string> {
  version ??= execa('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local', PATH: goPath() } }).then(
    (result) => result.stdout.trim(),
    () => noGo,
  );
  return version;
}

async function whyNoGo(): Promise<string | undefined> {
  const have = await goVersion();
  if (isAtLeast(have, minimumGo)) return undefined;
  const found = have === noGo ? 'there is no go on PATH' : `this machine has ${have}`;
  return `building from source takes Go ${minimumGo} or newer, and ${found}`;
}

/**
 * Why nothing can be built from source here; undefined where this machine has a Go that is new enough, or a module proxy
 * has one for it.
 */
export async function whyNoBuild(): Promise<string | undefined> {
  const why = await whyNoGo();
  if (why === undefined) return undefined;
  const unreachable = await whyNoGoToFetch();
  return unreachable && `${why}; nor can it be fetched: ${unreachable}`;
}

/**
 * Fetches Go where this machine has none that is new enough.
 *
 * @throws UserError where it cannot be had
 */
export async function provideGo(say: (line: string) => void): Promise<void> {
  if ((await whyNoGo()) === undefined) return;
  await fetchGo(say);
  version = undefined;
}

/** Throws where this machine has no Go that is new enough. */
export async function requireGo(): Promise<void> {
  const why = await whyNoGo();
  if (why === undefined) return;
  throw new UserError(why, {
    fix: `install Go ${minimumGo} or newer and put it on PATH, or let the publishers be reached and set HARDWAY_SOURCE=download`,
  });
}

/**
 * The environment of every Go command: caches of our own, this machine's Go, the checksum database on.
 *
 * @param os - what the result runs on: Linux for what machines install, this computer's for its own tools
 */
export function goEnv(arch: Arch, cgo = false, os: Os = 'linux'): Record<string, string | undefined> {
  const go = join(cacheDir(), 'go');
  return {
    PATH: goPath(),
    GOMODCACHE: join(go, 'mod'),
    GOCACHE: join(go, 'build'),
    GOFLAGS: '-mod=mod -trimpath -buildvcs=false -modcacherw',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
    GOOS: os,
    GOARCH: arch,
    CGO_ENABLED: cgo ? '1' : '0',
    ...(process.env.GOSUMDB === 'off' ? { GOSUMDB: undefined } : {}),
    GONOSUMDB: undefined,
    GONOSUMCHECK: undefined,
  };
}

/** The go.mod of a build. */
function renderGoMod(build: GoBuild): string {
  const lines = ['module hardway.local/build', '', `go ${minimumGo}`, '', 'require ('];
  for (const [path, pin] of Object.entries(build.require)) lines.push(`\t${path} ${pin}`);
  lines.push(')');
  if (build.replace) {
    lines.push('', 'replace (');
    for (const [path, target] of Object.entries(build.replace)) lines.push(`\t${path} => ${target}`);
    lines.push(')');
  }
  return `${lines.join('\n')}\n`;
}

/** The flags of `go build` without packages and output. */
export function goBuildFlags(build: Omit<GoBuild, 'require' | 'packages'>): string[] {
  // Debugging information costs a third of the compile time and is stripped by the linker anyway.
  const gcflags = build.unoptimised ? 'all=-N -l -dwarf=false' : 'all=-dwarf=false';
  const flags = [`-gcflags=${gcflags}`, `-ldflags=${['-s', '-w', ...(build.ldflags ?? [])].join(' ')}`];
  if (build.tags?.length) flags.push(`-tags=${build.tags.join(',')}`);
  return flags;
}

async function writeModule(context: BuildContext, build: GoBuild): Promise<string> {
  const dir = join(context.workDir, 'module');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'go.mod'), renderGoMod(build));
  await rm(join(dir, 'go.sum'), { force: true });
  return dir;
}

/**
 * Builds every package of `build` into `outDir` under its output name.
 *
 * @param os - what the result runs on
 */
export async function goBuild(
  context: BuildContext,
  build: GoBuild,
  arch: Arch,
  outDir: string,
  os: Os = 'linux',
): Promise<void> {
  await requireGo();
  const cwd = await writeModule(context, build);
  const env = goEnv(arch, build.cgo, os);
  const same = Object.entries(build.packages).filter(([name, path]) => path.split('/').at(-1) === name);
  const other = Object.entries(build.packages).filter(([name, path]) => path.split('/').at(-1) !== name);
  if (same.length > 0) {
    const packages = same.map(([, path]) => path);
    await context.run('go', ['build', ...goBuildFlags(build), '-o', `${outDir}/`, ...packages], { cwd, env });
  }
  for (const [name, path] of other) {
    await context.run('go', ['build', ...goBuildFlags(build), '-o', join(outDir, name), path], { cwd, env });
  }
}

/** Downloads what `build` will compile, so that the compiler does not wait for the network later. */
export async function goPrefetch(context: BuildContext, build: GoBuild, arch: Arch): Promise<void> {
  const cwd = await writeModule(context, build);
  const packages = Object.values(build.packages);
  const tags = build.tags?.length ? [`-tags=${build.tags.join(',')}`] : [];
  await context.run('go', ['list', '-deps', ...tags, ...packages], { cwd, env: goEnv(arch, build.cgo) });
}

/** Folder of a module in the cache, downloaded and verified where it is not there. */
export async function goModuleDir(context: BuildContext, module: string, pin: string): Promise<string> {
  await requireGo();
  const cwd = join(context.workDir, 'module-dir');
  await mkdir(cwd, { recursive: true });
  await writeFile(join(cwd, 'go.mod'), renderGoMod({ require: {}, packages: {} }));
  const env = goEnv(hostArch());
  const answer = await context.run('go', ['mod', 'download', '-json', `${module}@${pin}`], { cwd, env });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}
