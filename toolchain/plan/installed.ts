import { access, constants, realpath } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { findOnPath } from '../host.ts';
import { isAtLeast, isWithinSkew } from './semver.ts';

/** Oldest engine that the program was written for. */
const minimumPulumi = '3.200.0';

async function outputOf(path: string, args: string[]): Promise<string> {
  const result = await execa(path, args, { reject: false, timeout: 10_000, env: { PULUMI_SKIP_UPDATE_CHECK: 'true' } });
  return result.exitCode === 0 ? result.stdout : '';
}

async function executable(path: string): Promise<string | undefined> {
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

/** The language host that an engine would start: on PATH, else beside the engine itself, where links are followed. */
async function languageHostOf(engine: string): Promise<string | undefined> {
  const name = 'pulumi-language-nodejs';
  const beside = async () => executable(join(dirname(await realpath(engine).catch(() => engine)), name));
  return (await findOnPath(name)) ?? (await beside());
}

/** An engine on PATH that is new enough and has its Node.js language host, with their paths. */
export async function installedPulumi(): Promise<string[] | undefined> {
  const engine = await findOnPath('pulumi');
  const host = engine && (await languageHostOf(engine));
  if (!engine || !host) return undefined;
  return isAtLeast(await outputOf(engine, ['version']), minimumPulumi) ? [engine, host] : undefined;
}

/**
 * The folder that Pulumi calls its home: PULUMI_HOME, else `.pulumi` in the home folder of the account. Pulumi does not
 * read HOME, which may be another folder (sudo, containers, build services).
 */
export function pulumiHome(env: NodeJS.ProcessEnv = process.env, account = accountHome): string {
  // A shell that has read .hardway/env names a checkout's, where no one installs anything.
  const own = /\/\.hardway\/pulumi\/?$/.test(env.PULUMI_HOME ?? '');
  return (!own && env.PULUMI_HOME) || join(account(), '.pulumi');
}

function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // A user id without an account: then Pulumi reads HOME after all.
    return homedir();
  }
}

/** Where `pulumi plugin install` put a plugin of that version. */
async function pluginInHome(name: string, version: string): Promise<string | undefined> {
  const home = pulumiHome();
  return executable(join(home, 'plugins', `resource-${name}-v${version}`, `pulumi-resource-${name}`));
}

/**
 * A plugin of exactly that version, among Pulumi's own or on PATH. One on PATH is asked for its version, since the
 * engine takes whatever is first on PATH in place of the version that is needed; one that does not tell is left aside.
 */
export async function installedPlugin(name: string, version: string): Promise<string | undefined> {
  const own = await pluginInHome(name, version);
  if (own) return own;
  const onPath = await findOnPath(`pulumi-resource-${name}`);
  if (!onPath) return undefined;
  const said = /v?(\d+\.\d+\.\d+\S*)/.exec(await outputOf(onPath, ['--version']))?.[1];
  return said === version ? onPath : undefined;
}

/** A kubectl on PATH within one minor version of the cluster. */
export async function installedKubectl(clusterVersion: string): Promise<string | undefined> {
  const path = await findOnPath('kubectl');
  if (!path) return undefined;
  const text = await outputOf(path, ['version', '--client']);
  return isWithinSkew(/Client Version: (\S+)/.exec(text)?.[1] ?? '', clusterVersion) ? path : undefined;
}
