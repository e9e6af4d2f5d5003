import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Artifact, mirrorPath } from '../../artifacts.ts';
import { suite } from '../../debian/apt.ts';
import type { TarEntry } from '../../download/archive.ts';
import type { Build, BuildContext } from '../../plan/package.ts';
import { treeEntries, unpackDebian } from '../debian.ts';
import { goBuildFlags, goEnv, goModuleDir, requireGo } from '../go.ts';
import { type ImageRecipe, writeImage } from '../image.ts';
import { ensureCompiler, gnuNames } from '../native.ts';
import { copySource, goSource } from './source.ts';

/** The release that is in the module registry. */
const weave = { module: 'github.com/weaveworks/weave', version: '2.6.5', pin: 'v2.6.5+incompatible' };

/** A change to the source: one place in one file. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What it is for, as the image's label says it. */
  readonly why: string;
}

/**
 * Weave sets its bridge's MTU with a temporary link of type dummy, which not every kernel has; a veth does the same and
 * every kernel that runs containers has it.
 */
const bridgePatch: Patch = {
  file: 'net/bridge.go',
  why: 'the temporary link "vethwedu" is a veth, not a dummy, which not every kernel has',
  from: '\tdummy := &netlink.Dummy{LinkAttrs: netlink.NewLinkAttrs()}\n\tdummy.LinkAttrs.Name = "vethwedu"\n',
  to: '\tdummy := &netlink.Veth{LinkAttrs: netlink.NewLinkAttrs(), PeerName: "vethwedup"}\n\tdummy.LinkAttrs.Name = "vethwedu"\n',
};

/**
 * The netlink library that still compiles gives an address without a remote end no peer, where the one Weave was written
 * for repeated the address itself.
 */
const peerPatch: Patch = {
  file: 'prog/kube-utils/main.go',
  why: 'an address is compared by itself, not by its peer, which it need not have',
  from: '\t\tif addr.Peer.IP.String() == ip {\n',
  to: '\t\tif addr.IP.String() == ip {\n',
};

/** Every change to the source. */
export const weavePatches: readonly Patch[] = [bridgePatch, peerPatch];

/** Applies a patch. @throws Error when the source is not the one that the patch was made for. */
export function applyPatch(source: string, { file, from, to }: Patch): string {
  const pieces = source.split(from);
  if (pieces.length !== 2) {
    throw new Error(`${weave.module} ${weave.pin}: ${file} has ${pieces.length - 1} places to patch, not one`);
  }
  return pieces.join(to);
}

interface Kind {
  /** Commands below `prog/` of the module. */
  programs: string[];
  /** Debian's packages; their dependencies come with them. */
  packages: string[];
  expectedSeconds: number;
}

const shell = ['dash', 'coreutils', 'grep', 'sed', 'kmod', 'iptables', 'ipset'];

/** The two images by their names in the lock. */
const kinds: Record<string, Kind> = {
  'weave-kube': {
    programs: ['weaver', 'weaveutil', 'kube-utils'],
    packages: [...shell, 'curl', 'ethtool', 'iproute2', 'util-linux', 'conntrack', 'hostname', 'libpcap0.8'],
    expectedSeconds: 90,
  },
  'weave-npc': { programs: ['weave-npc'], packages: [...shell, 'ulogd2', 'ulogd2-pcap'], expectedSeconds: 25 },
};

/** What the packages' scripts would have made: a default among alternatives. The launchers switch it to nft. */
const iptablesLinks: TarEntry[] = ['iptables', 'iptables-save', 'iptables-restore'].map((name) => ({
  name: `usr/sbin/${name}`,
  link: name.replace('iptables', 'iptables-legacy'),
}));

const accounts: TarEntry[] = [
  { name: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' },
  { name: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
  { name: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
];

/** The module's copy to build in, patched, with the file that makes it a module of that name. */
async function patchedModule(context: BuildContext): Promise<string> {
  const source = await goModuleDir(context, weave.module, weave.pin);
  const copy = join(context.workDir, 'patched');
  await cp(source, copy, { recursive: true });
  for (const patch of weavePatches) {
    const file = join(copy, patch.file);
    await writeFile(file, applyPatch(await readFile(file, 'utf8'), patch));
  }
  await writeFile(join(copy, 'go.mod'), `module ${weave.module}\n`);
  return copy;
}

async function compile(context: BuildContext, programs: readonly string[], artifact: Artifact, out: string) {
  const { arch, version } = artifact;
  await requireGo();
  const headers = programs.includes('weaver') ? ['libpcap-dev'] : [];
  const { env: native } = await ensureCompiler(context, `Weave Net ${version}`, arch, headers);
  const cwd = await copySource(context, 'weave');
  const goMod = join(cwd, 'go.mod');
  await writeFile(goMod, `${await readFile(goMod, 'utf8')}\nreplace ${weave.module} => ../patched\n`);
  const flags = goBuildFlags({ tags: ['osusergo', 'netgo'], ldflags: [`-X main.version=${version}`], cgo: true });
  const env = { ...goEnv(arch, true), ...native };
  await mkdir(out, { recursive: true });
  const packages = programs.map((name) => `${weave.module}/prog/${name}`);
  await context.run('go', ['build', ...flags, '-o', `${out}/`, ...packages], { cwd, env });
}

function kubeEntries(bin: string, module: string): TarEntry[] {
  return [
    { name: 'tmp', folder: true, mode: 0o1777 },
    { name: 'home/weave', folder: true },
    ...['weaver', 'kube-utils'].map((name): TarEntry => ({ name: `home/weave/${name}`, file: join(bin, name) })),
    { name: 'home/weave/weave', file: join(module, 'weave'), mode: 0o755 },
    { name: 'home/weave/launch.sh', file: join(module, 'prog/weave-kube/launch.sh'), mode: 0o755 },
    { name: 'usr/bin/weaveutil', file: join(bin, 'weaveutil') },
    { name: 'weavedb', folder: true },
    { name: 'weavedb/weavedata.db', content: '' },
  ];
}

/** The module's configuration with Debian's places of the plugins in place of Alpine's. */
export function ulogdConfiguration(text: string, library: string): string {
  const moved = text.replaceAll('"/usr/lib/ulogd/', `"${library}/ulogd/`);
  if (moved === text) throw new Error(`${weave.module} ${weave.pin}: ulogd.conf names no plugins where they were`);
  return moved;
}

async function npcEntries(bin: string, module: string, library: string): Promise<TarEntry[]> {
  const configuration = await readFile(join(module, 'prog/weave-npc/ulogd.conf'), 'utf8');
  return [
    { name: 'usr/bin/weave-npc', file: join(bin, 'weave-npc') },
    { name: 'usr/bin/launch.sh', file: join(module, 'prog/weave-npc/launch.sh'), mode: 0o755 },
    { name: 'etc/ulogd.conf', content: ulogdConfiguration(configuration, library) },
    { name: 'var/log/ulogd.pcap', fifo: true },
  ];
}

/** Entries by name, later ones in the place of earlier ones. */
function overlaid(...lists: TarEntry[][]): TarEntry[] {
  return [...new Map(lists.flat().map((entry) => [entry.name, entry])).values()];
}

/** The image `weave-kube` or `weave-npc`, compiled from the module with {@link weavePatches}; nothing else for other versions. */
async function weaveImage(context: BuildContext, artifact: Artifact): Promise<void> {
  const { name, version, arch, url } = artifact;
  const kind = kinds[name];
  if (!kind) throw new Error(`no recipe for ${name}`);
  const why = `the image ${name} ${version}`;
  const root = await unpackDebian(context, kind.packages, arch, why);
  const module = await patchedModule(context);
  const bin = join(context.workDir, 'bin');
  await compile(context, kind.programs, artifact, bin);
  const isKube = name === 'weave-kube';
  const own = isKube ? kubeEntries(bin, module) : await npcEntries(bin, module, `/usr/lib/${gnuNames[arch]}`);
  const image: ImageRecipe = {
    reference: url,
    arch,
    entries: overlaid(await treeEntries(root), iptablesLinks, accounts, own),
    entrypoint: [isKube ? '/home/weave/launch.sh' : '/usr/bin/launch.sh'],
    env: isKube ? { WEAVE_VERSION: version } : {},
    labels: {
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.source': 'https://github.com/weaveworks/weave',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'local.hardway.built': 'by hardway, not by the publisher',
      'local.hardway.patches': weavePatches.map(({ file, why }) => `${file}: ${why}`).join('; '),
    },
  };
  await writeImage(join(context.outDir, basename(mirrorPath(artifact))), context.workDir, image);
}

/** A hash over the versions of what is compiled in. */
function pinsHash(): string {
  return createHash('sha256')
    .update(readFileSync(join(goSource('weave'), 'go.mod')))
    .digest('hex');
}

/** How an image of Weave Net is built, where its version is the one that can be. */
export function weaveBuild(artifact: Artifact): Build | undefined {
  const kind = kinds[artifact.name];
  if (!kind || artifact.version !== weave.version) return undefined;
  const { version, arch, name } = artifact;
  return {
    recipe: { ...weave, patches: weavePatches, name, version, arch, kind, suite, format: 2, goMod: pinsHash() },
    expectedSeconds: kind.expectedSeconds,
    note: 'from the module, with two lines changed: see docs/decisions',
    produce: (context) => weaveImage(context, artifact),
    prefetch: async (context) => {
      const cwd = await copySource(context, 'weave');
      const packages = kind.programs.map((program) => `${weave.module}/prog/${program}`);
      await context.run('go', ['list', '-deps', ...packages], { cwd, env: goEnv(arch, true) });
    },
  };
}
