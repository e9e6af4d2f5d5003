import { access, constants, readFile, statfs } from 'node:fs/promises';
import { freemem, totalmem, userInfo } from 'node:os';
import { execa } from 'execa';
import { goVersion, noGo } from '../../toolchain/build/go.ts';
import { binDir, cacheDir } from '../../toolchain/cache/paths.ts';
import { nearestFolder } from '../../toolchain/cache/writable.ts';
import { type DockerReport, examineDocker } from '../../toolchain/docker.ts';
import { isRoot } from '../../toolchain/host.ts';
import { setProxies } from '../pulumi/no-proxy.ts';

/** What a computer has. Versions are absent where there is no such program. */
export interface Computer {
  /** As Node names it: `linux`, `darwin`. */
  readonly platform: string;
  /** `ID` and `VERSION_ID` of /etc/os-release, or `macos` with its version. */
  readonly system: { readonly id: string; readonly version: string; readonly name: string };
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  readonly user: string;
  readonly root: boolean;
  readonly versions: Readonly<Record<'node' | 'npm' | 'go' | 'pulumi' | 'kubectl', string | undefined>>;
  readonly docker: DockerReport;
  /** Bytes. */
  readonly disk: { readonly folder: string; readonly free: number; readonly writable: boolean };
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  /** Names of the proxy variables that are set: their values may hold a password. */
  readonly proxies: readonly string[];
  readonly certificates: { readonly system: boolean; readonly extra?: string; readonly extraReadable: boolean };
  /** Whether a passphrase of the user's own is in the environment. */
  readonly passphraseSet: boolean;
}

/** The output of a program that only tells; undefined where it is not installed or fails. */
async function tell(command: string, ...args: string[]): Promise<string | undefined> {
  const env = { PATH: `${binDir()}:${process.env.PATH}`, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const result = await execa(command, args, { reject: false, timeout: 10_000, env });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** `ID`, `VERSION_ID` and `PRETTY_NAME` of the text of /etc/os-release. */
export function parseOsRelease(text: string): Computer['system'] {
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: value('ID'), version: value('VERSION_ID'), name: value('PRETTY_NAME') || value('NAME') || 'Linux' };
}

async function systemOf(platform: string): Promise<Computer['system']> {
  if (platform !== 'darwin') return parseOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  const version = (await tell('sw_vers', '-productVersion')) ?? '';
  return { id: 'macos', version, name: `macOS ${version}`.trim() };
}

async function mayAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function diskOf(): Promise<Computer['disk']> {
  const folder = await nearestFolder(cacheDir());
  const { bavail, bsize } = await statfs(folder);
  return { folder: cacheDir(), free: bavail * bsize, writable: await mayAccess(folder, constants.W_OK) };
}

async function certificatesOf(env: NodeJS.ProcessEnv): Promise<Computer['certificates']> {
  const extra = env.NODE_EXTRA_CA_CERTS;
  return {
    system: env.NODE_USE_SYSTEM_CA === '1',
    ...(extra ? { extra } : {}),
    extraReadable: !extra || (await mayAccess(extra, constants.R_OK)),
  };
}

const firstVersion = (text: string | undefined): string | undefined => /v?(\d+\.\d+\S*)/.exec(text ?? '')?.[1];

/** Examines this computer. Starts programs that only tell their version; changes nothing, downloads nothing. */
export async function readComputer(env: NodeJS.ProcessEnv = process.env): Promise<Computer> {
  const docker = process.platform === 'linux' ? examineDocker() : Promise.resolve({});
  const [system, npm, pulumi, kubectl, go, disk, certificates] = await Promise.all([
    systemOf(process.platform),
    tell('npm', '--version'),
    tell('pulumi', 'version'),
    tell('kubectl', 'version', '--client'),
    goVersion(),
    diskOf(),
    certificatesOf(env),
  ]);
  const versions = {
    node: process.versions.node,
    npm: firstVersion(npm),
    go: go === noGo ? undefined : go.replace(/^go/, ''),
    pulumi: firstVersion(pulumi),
    kubectl: firstVersion(/Client Version: (\S+)/.exec(kubectl ?? '')?.[1]),
  };
  return {
    ...{ platform: process.platform, system, architecture: process.arch },
    ...{ user: userInfo().username, root: isRoot(), versions, docker: await docker, disk, certificates },
    memory: { total: totalmem(), free: freemem() },
    proxies: setProxies(env),
    passphraseSet: env.PULUMI_CONFIG_PASSPHRASE !== undefined,
  };
}
