import { access, constants, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, delimiter, join, relative, sep } from 'node:path';
import { execa } from 'execa';
import { repoDir } from '../../toolchain/cache/paths.ts';
import { environmentBehind } from '../publisher/environment.ts';
import type { StandIn } from '../publisher/stand-in.ts';
import type { Print } from '../trial.ts';

/** A person's computer in a folder: a checkout, an empty cache, an empty home, and neither Go nor Pulumi nor kubectl. */
export interface Computer {
  /** The checkout. */
  readonly checkout: string;
  readonly cache: string;
  /** Runs a program of the checkout by its bootstrap. @returns what it said @throws Error when it fails */
  run(args: readonly string[], print: Print): Promise<string>;
}

/** Programs that the computer does not have. */
const absent = /^(go|gofmt|crane|kubectl|pulumi(-.*)?)$/;

/** What a clean clone does not have, by path from its root. */
const notCloned = /^(node_modules|\.git|\.hardway|coverage|kubeconfig[^/]*|Pulumi\.(e2e|tmp)[^/]*\.yaml)$/;

async function linkPrograms(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Go is looked for in its own folder too, whatever PATH says: this one stands in its way, and does not work.
  await writeFile(join(folder, 'go'), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  await symlink(process.execPath, join(folder, 'node'));
  for (const from of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']) {
    for (const name of await readdir(from).catch(() => [])) {
      const executable = await access(join(from, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      // The first on PATH wins, as for a shell.
      if (executable && !absent.test(name)) await symlink(join(from, name), join(folder, name)).catch(() => undefined);
    }
  }
}

async function cloneInto(checkout: string): Promise<void> {
  const root = repoDir();
  await mkdir(checkout, { recursive: true });
  for (const name of await readdir(root)) {
    // With their times: packages that are older than their lock would be installed again.
    if (!notCloned.test(name))
      await cp(join(root, name), join(checkout, name), { recursive: true, preserveTimestamps: true });
  }
  // Files of its own names, never a link to the folder: npm would empty this checkout's packages through it.
  await execa('cp', ['-al', join(root, 'node_modules'), join(checkout, 'node_modules')]);
}

/** Hosts of npm's registry and of Debian's archives, as this computer is set up: they are not what is tried here. */
async function packageHosts(): Promise<string[]> {
  const registry = await execa('npm', ['config', 'get', 'registry'], { reject: false });
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(await readdir(folder).catch(() => [])).map((name) => join(folder, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const urls = [registry.stdout ?? '', ...texts].flatMap((text) => text.match(/https?:\/\/[^\s\]]+/g) ?? []);
  return [...new Set(urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).hostname))];
}

/**
 * Makes the computer below `folder`, behind the stand-in's proxy.
 *
 * @param lock - the lock for what the stand-in serves
 * @param signal - ends what runs on it, and lets nothing else begin
 */
export async function makeComputer(
  folder: string,
  standIn: StandIn,
  lock: string,
  signal: AbortSignal,
): Promise<Computer> {
  const bin = join(folder, 'bin');
  const checkout = join(folder, 'checkout');
  const cache = join(folder, 'cache');
  const workspace = join(folder, 'home');
  await Promise.all([linkPrograms(bin), cloneInto(checkout), mkdir(workspace, { recursive: true })]);
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(PULUMI_.*|HARDWAY_.*|XDG_.*|KUBECONFIG|STACK|TOPOLOGY|KEEP|KILL|CONFIRM|HOST|MAKE.*)$/.test(name),
  );
  const env = {
    ...environmentBehind(standIn, Object.fromEntries(own), await packageHosts()),
    PATH: bin,
    HOME: workspace,
    HARDWAY_CACHE: cache,
    HARDWAY_LOCK: lock,
  };
  const run: Computer['run'] = async (args, print) => {
    if (signal.aborted) throw new Error(`${args.join(' ')} was not begun: the run was interrupted`);
    const running = execa('sh', [join('toolchain', 'bootstrap.sh'), ...args], {
      cwd: checkout,
      env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      all: true,
      cancelSignal: signal,
    });
    const lines: string[] = [];
    for await (const line of running.iterable({ from: 'all' })) {
      lines.push(line);
      print(line);
    }
    const { exitCode, signal: death } = await running;
    if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${exitCode ?? death ?? 'no status'}, see above`);
    return lines.join('\n');
  };
  return { checkout, cache, run };
}

/** Files below a folder, by path from it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, basename(entry.name))).replaceAll(sep, '/'));
}
