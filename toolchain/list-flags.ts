/**
 * Writes down which flags the programs of a version know, and which fields their configurations have, into
 * `artifacts/flags/`: what `hardway:*ExtraArgs` and `*ExtraConfig` are validated against. Run it for a new version, after
 * `make tools` and an update that brought its artifacts:
 *
 *     node toolchain/list-flags.ts
 *
 * Flags are read from what the binaries of this machine's architecture print for `--help`, fields from the Go modules
 * that define the configurations. Versions whose artifacts are not in the cache are left as they are.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { FlagInfo, ProgramFlags } from '../artifacts/flags.ts';
import { flagsFile } from '../artifacts/flags.ts';
import { readLock } from '../artifacts/lock.ts';
import { mirrorDir } from './cache/paths.ts';
import { hostArch } from './host.ts';

/** The programs, by the lock's name of their artifact. */
const programs: Readonly<Record<string, readonly string[]>> = {
  kubernetes: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'],
  etcd: ['etcd'],
  containerd: ['containerd'],
};

/** Where the fields of configurations are defined: module, file, Go type. */
const configurations = {
  KubeletConfiguration: ['k8s.io/kubelet', 'config/v1beta1/types.go'],
  KubeProxyConfiguration: ['k8s.io/kube-proxy', 'config/v1alpha1/types.go'],
} as const;

/**
 * The flags in what a program prints for `--help`: by pflag (Kubernetes), etcd's own page, or urfave/cli (containerd).
 * A line that begins with a flag may go on in the next ones.
 */
export function parseHelp(help: string): ProgramFlags {
  const flags: Record<string, FlagInfo> = {};
  const line = /^ +(?:-\w, )?--([a-z][a-z0-9-]*)(?:[ =](.*))?$/;
  let name: string | undefined;
  for (const text of help.split('\n')) {
    const match = line.exec(text);
    if (match) {
      name = match[1] as string;
      const rest = match[2] ?? '';
      flags[name] = { type: typeOf(rest) };
    }
    if (name === undefined) continue;
    // What follows a flag belongs to it until the next one.
    if (/\bDEPRECATED\b/.test(text)) flags[name] = { ...(flags[name] as FlagInfo), deprecated: true };
    if (/ignored if a config file is specified/.test(text))
      flags[name] = { ...(flags[name] as FlagInfo), ignored: true };
  }
  const wanted = Object.entries(flags).filter(([flag]) => !['help', 'version', 'config-file'].includes(flag));
  return Object.fromEntries(wanted.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The kind of a flag's value from what stands behind its name: pflag's word for it, or etcd's default. */
function typeOf(rest: string): string {
  const word = /^(\S+)(?:\s{2,}|$)/.exec(rest)?.[1] ?? '';
  const known = ['int', 'int32', 'int64', 'uint', 'uint32', 'uint64', 'duration', 'float', 'float32', 'float64'];
  if (known.includes(word)) return word.replace(/\d+$/, '').replace(/^u/, '');
  if (/^'(true|false)'$/.test(rest)) return 'bool';
  // pflag writes no word for a boolean, and the help in its column.
  return rest === '' || /^\s{2,}/.test(rest) ? 'bool' : 'string';
}

/** The top-level fields of a Go type that is a configuration, by their names in YAML. */
export function parseFields(source: string, type: string): string[] {
  const body = new RegExp(`^type ${type} struct \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(source)?.[1] ?? '';
  const fields = [...body.matchAll(/`json:"([A-Za-z0-9]+)[,"]/g)].map(([, name = '']) => name);
  if (fields.length === 0) throw new Error(`${type} has no fields where it is looked for`);
  return fields.sort();
}

async function fieldsOf(kubernetesVersion: string): Promise<Record<string, string[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'hardway-fields-'));
  try {
    const entries = Object.entries(configurations).map(async ([type, [module, file]]) => {
      const pin = `${module}@v${kubernetesVersion.replace(/^1\./, '0.')}`;
      const { stdout } = await execa('go', ['mod', 'download', '-json', pin], { cwd: folder });
      const { Dir } = JSON.parse(stdout) as { Dir: string };
      return [type, parseFields(readFileSync(join(Dir, file), 'utf8'), type)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a program prints for `--help`, out of the mirror of this machine; `undefined` where its artifact is not there. */
async function helpOf(url: string, member: string | undefined): Promise<string | undefined> {
  const file = join(mirrorDir(), url.replace('https://', ''));
  if (!existsSync(file)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hardway-flags-'));
  try {
    if (member !== undefined) await execa('tar', ['-xf', file, '-C', folder, member]);
    const binary = member === undefined ? file : join(folder, member);
    const { all } = await execa(binary, ['--help'], { all: true, reject: false });
    return all;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const artifacts = readLock().artifacts.filter(({ arch }) => arch === hostArch());
  for (const [group, names] of Object.entries(programs)) {
    for (const version of new Set(artifacts.filter((one) => one.group === group).map((one) => one.version))) {
      const found: Record<string, ProgramFlags> = {};
      for (const name of names) {
        const artifact = artifacts.find((one) => one.group === group && one.name === name && one.version === version);
        const help = artifact && (await helpOf(artifact.url, artifact.members?.[name]));
        if (help) found[name] = parseHelp(help);
      }
      if (Object.keys(found).length < names.length) continue;
      const fields = group === 'kubernetes' ? await fieldsOf(version) : {};
      const file = flagsFile(group, version);
      writeFileSync(file, `${JSON.stringify({ programs: found, configurations: fields }, null, 1)}\n`);
      console.log(file);
    }
  }
}
