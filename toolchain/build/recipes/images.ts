import { basename, join } from 'node:path';
import { type Artifact, mirrorPath } from '../../artifacts.ts';
import { suite } from '../../debian/apt.ts';
import type { TarEntry } from '../../download/archive.ts';
import type { Arch } from '../../host.ts';
import type { Build, BuildContext } from '../../plan/package.ts';
import { unpackDebian } from '../debian.ts';
import { type GoBuild, goBuild, goModuleDir, goPrefetch } from '../go.ts';
import { writeImage } from '../image.ts';
import { ensureCompiler, gnuNames } from '../native.ts';

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
    recipe: { ...pauseModule, version, arch, suite, entrypoint: '/pause' },
    expectedSeconds: 10,
    produce: async (context) => {
      const { command, flags: environment } = await ensureCompiler(context, `pause ${version}`, arch);
      const dir = await goModuleDir(context, pauseModule.module, pauseModule.pin);
      const binary = join(context.workDir, 'pause');
      const source = join(dir, 'build', 'pause', 'linux', 'pause.c');
      const flags = ['-Os', '-Wall', '-static', `-DVERSION=v${version}`, '-o', binary, source];
      await context.run(command, [...environment, ...flags, '-s']);
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
 * cannot resolve names without those libraries anyway. Neither was built with wget's timeout: `wget -T` crashes.
 */
const smokePackages = ['busybox', 'libc6'];

/** The C library's files that busybox needs, and the path at which the kernel looks for the loader. */
const loaders: Readonly<Record<Arch, { loader: string; path: string }>> = {
  amd64: { loader: 'ld-linux-x86-64.so.2', path: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { loader: 'ld-linux-aarch64.so.1', path: 'lib/ld-linux-aarch64.so.1' },
};

/** @param root - where the packages are unpacked: below `usr`, or with links there; both resolve */
function libraryEntries(root: string, arch: Arch): TarEntry[] {
  const folder = `lib/${gnuNames[arch]}`;
  const { loader, path } = loaders[arch];
  const folders = [...new Set(['lib', folder, path.slice(0, path.lastIndexOf('/'))])];
  return [
    ...folders.map((name): TarEntry => ({ name, folder: true })),
    ...[loader, 'libc.so.6', 'libresolv.so.2'].map(
      (name): TarEntry => ({ name: `${folder}/${name}`, file: join(root, folder, name) }),
    ),
    { name: path, link: `/${folder}/${loader}` },
  ];
}

/** The smoke test's image: busybox with its libraries, and links to it. */
export function smokeBuild(artifact: Artifact): Build {
  const { version, arch } = artifact;
  return {
    recipe: { packages: smokePackages, suite, loader: loaders[arch], version, arch, applets },
    expectedSeconds: 5,
    withoutGo: true,
    produce: async (context) => {
      const root = await unpackDebian(context, smokePackages, arch, 'the smoke image');
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
