import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findOnPath } from '../host.ts';
import { isAtLeast, isWithinSkew } from './semver.ts';

/** Oldest engine that the program was written for. */
export const minimumPulumi = '3.200.0';

async function versionOf(path: string, args: string[]): Promise<string> {
  const result = await execa(path, args, { reject: false, timeout: 10_000, env: { PULUMI_SKIP_UPDATE_CHECK: 'true' } });
  return result.exitCode === 0 ? result.stdout : '';
}

/** An engine on PATH that is new enough and has its Node.js language host, with their paths. */
export async function installedPulumi(): Promise<string[] | undefined> {
  const [engine, host] = await Promise.all([findOnPath('pulumi'), findOnPath('pulumi-language-nodejs')]);
  if (!engine || !host) return undefined;
  return isAtLeast(await versionOf(engine, ['version']), minimumPulumi) ? [engine, host] : undefined;
}

/** A plugin of that version among Pulumi's own, or of any version on PATH, as the engine would find it. */
export async function installedPlugin(name: string, version: string): Promise<string | undefined> {
  const home = process.env.PULUMI_HOME || join(homedir(), '.pulumi');
  const program = join(home, 'plugins', `resource-${name}-v${version}`, `pulumi-resource-${name}`);
  const own = await access(program).then(
    () => program,
    () => undefined,
  );
  return own ?? (await findOnPath(`pulumi-resource-${name}`));
}

/** A kubectl on PATH within one minor version of the cluster. */
export async function installedKubectl(clusterVersion: string): Promise<string | undefined> {
  const path = await findOnPath('kubectl');
  if (!path) return undefined;
  const text = await versionOf(path, ['version', '--client']);
  return isWithinSkew(/Client Version: (\S+)/.exec(text)?.[1] ?? '', clusterVersion) ? path : undefined;
}
