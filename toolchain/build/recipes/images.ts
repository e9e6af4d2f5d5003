import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Artifact, mirrorPath } from '../../artifacts.ts';
import type { TarEntry } from '../../download/archive.ts';
import { ToolchainError } from '../../error.ts';
import { findOnPath, hostArch } from '../../host.ts';
import type { Build, BuildContext } from '../../plan/package.ts';
import { type GoBuild, goBuild, goModuleDir, goPrefetch } from '../go.ts';
import { writeImage } from '../image.ts';
import { ensureCompiler } from '../native.ts';

/** The Kubernetes release whose module the pause program is taken from. */
const pauseModule = { module: 'k8s.io/kubernetes', pin: 'v1.36.4' };

/** Programs of busybox that the smoke test's pods use. */
const applets = (
  'awk base64 cat chmod cp cut date dd df echo env false find grep head hexdump hostname httpd id ip kill ln ls mkdir mktemp mv nc netstat nslookup ping ping6 printf ps ' +
  'pwd rm route sed sh sleep sort stat tail tee test timeout touch tr traceroute true uname vi wc wget xargs yes'
).split(' ');

function output(context: BuildContext, artifact: Artifact): string {
  return join(context.outDir, basename(mirrorPath(artifact)));
}

/** The sandbox container of every pod. */
export function pauseBuild(artifact: Artifact): Build {
  const { version, arch } = artifact;
  return {
    recipe: { ...pauseModule, version, arch, entrypoint: '/pause' },
    expectedSeconds: 10,
    produce: async (context) => {
      const compiler = await ensureCompiler(context, `pause ${version}`, arch);
      const dir = await goModuleDir(context, pauseModule.module, pauseModule.pin);
      const binary = join(context.workDir, 'pause');
      const source = join(dir, 'build', 'pause', 'linux', 'pause.c');
      const flags = ['-Os', '-Wall', '-static', `-DVERSION=v${version}`, '-o', binary, source];
      await context.run(compiler, [...flags, '-s']);
      await writeImage(output(context, artifact), context.workDir, {
        reference: artifact.url,
        arch,
        entries: [{ name: 'pause', file: binary }],
        entrypoint: ['/pause'],
        user: '65535:65535',
      });
    },
  };
}

/** CoreDNS with its default set of plugins. */
export function corednsBuild(artifact: Artifact): Build {
  const { version, arch } = artifact;
  const build: GoBuild = {
    require: { 'github.com/coredns/coredns': `v${version}` },
    packages: { coredns: 'github.com/coredns/coredns' },
    ldflags: [`-X github.com/coredns/coredns/coremain.GitCommit=v${version}`],
    // Halves the minutes it takes; a lab's few names do not notice.
    unoptimised: true,
  };
  return {
    recipe: { build, arch, image: 1 },
    expectedSeconds: 130,
    produce: async (context) => {
      await goBuild(context, build, arch, context.workDir);
      await writeImage(output(context, artifact), context.workDir, {
        reference: artifact.url,
        arch,
        entries: [{ name: 'coredns', file: join(context.workDir, 'coredns') }],
        entrypoint: ['/coredns'],
        user: '65532:65532',
      });
    },
    prefetch: (context) => goPrefetch(context, build, arch),
  };
}

/**
 * Debian's packages of the smoke image. The dynamic busybox with its libraries, not the static one: a static glibc
 * cannot resolve names without those libraries anyway, and its wget dies of it.
 */
const smokePackages = ['busybox', 'libc6'];

/** Where Debian has the libraries and the loader of an architecture, as they are named in its packages and at run time. */
const libraries: Readonly<Record<string, { folder: string; loader: string; loaderLink: string }>> = {
  amd64: { folder: 'lib/x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2', loaderLink: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { folder: 'lib/aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1', loaderLink: 'lib/ld-linux-aarch64.so.1' },
};

async function unpackPackages(context: BuildContext, arch: string): Promise<string> {
  if (!(await findOnPath('apt-get'))) {
    throw new ToolchainError(
      "the smoke image is made of Debian's busybox, and there is no apt-get",
      'run hardway on Debian',
    );
  }
  const names = smokePackages.map((name) => (arch === hostArch() ? name : `${name}:${arch}`));
  const download = ['-o', 'APT::Sandbox::User=root', 'download', ...names];
  await context.run('apt-get', download, { cwd: context.workDir }).catch(async () => {
    await context.run('apt-get', ['update']);
    await context.run('apt-get', download, { cwd: context.workDir });
  });
  const archives = (await readdir(context.workDir)).filter((file) => file.endsWith('.deb'));
  if (archives.length !== smokePackages.length) throw new Error(`apt-get download left ${archives.length} packages`);
  const root = join(context.workDir, 'root');
  for (const archive of archives) await context.run('dpkg-deb', ['-x', join(context.workDir, archive), root]);
  return root;
}

function libraryEntries(root: string, arch: string): TarEntry[] {
  const known = libraries[arch];
  if (!known) throw new Error(`the smoke image knows no libraries of ${arch}`);
  const { folder, loader, loaderLink } = known;
  const folders = [...new Set(['lib', folder, loaderLink.slice(0, loaderLink.lastIndexOf('/'))])];
  return [
    ...folders.map((name): TarEntry => ({ name, folder: true })),
    ...[loader, 'libc.so.6', 'libresolv.so.2'].map(
      (name): TarEntry => ({ name: `${folder}/${name}`, file: join(root, folder, name) }),
    ),
    { name: loaderLink, link: `/${folder}/${loader}` },
  ];
}

/** The smoke test's image: busybox with its libraries, and links to it. */
export function smokeBuild(artifact: Artifact): Build {
  const { version, arch } = artifact;
  return {
    recipe: { packages: smokePackages, libraries: libraries[arch], version, arch, applets },
    expectedSeconds: 5,
    produce: async (context) => {
      const root = await unpackPackages(context, arch);
      const links: TarEntry[] = applets.map((name) => ({ name: `bin/${name}`, link: 'busybox' }));
      await writeImage(output(context, artifact), context.workDir, {
        reference: artifact.url,
        arch,
        entries: [
          { name: 'bin', folder: true },
          { name: 'bin/busybox', file: join(root, 'bin/busybox') },
          ...links,
          ...libraryEntries(root, arch),
          { name: 'etc', folder: true },
          { name: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' },
          { name: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
          { name: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
          { name: 'root', folder: true, mode: 0o700 },
          { name: 'tmp', folder: true, mode: 0o1777 },
          { name: 'www', folder: true },
          { name: 'www/index.html', content: 'hardway\n' },
        ],
        entrypoint: [],
        cmd: ['/bin/sh'],
      });
    },
  };
}
