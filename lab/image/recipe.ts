import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from '../../toolchain/debian/apt.ts';

/** What is on every machine beside Debian's minimal base. */
export const packages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'openssh-server', 'procps', 'kmod', 'less'],
  ...['iproute2', 'iputils-ping', 'iptables', 'ipset', 'conntrack', 'socat', 'curl', 'ca-certificates'],
  ...['nginx-light', 'libnginx-mod-stream', 'keepalived', 'sudo'],
  // The mirror's; one image for both is one build.
  'docker-registry',
] as const;

/** Files of this folder that end in the image or decide what does. */
const ingredients = [
  ...['boot.sh', 'customize.sh', 'journald.conf', 'mirror.conf', 'mirror.sh', 'registry.yml', 'sshd.conf'],
  'system.conf',
];

/** mmdebstrap's arguments, without where it reads from and writes to. */
export function recipeArguments(folder: string): string[] {
  return [
    '--variant=minbase',
    '--format=tar',
    `--include=${packages.join(',')}`,
    // Nobody reads manuals on a lab machine, and they are a fifth of the image.
    ...['man', 'doc', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    `--customize-hook=sh '${join(folder, 'customize.sh').replaceAll("'", `'\\''`)}' "$1"`,
  ];
}

/** Key of the image: the hash of everything that decides what is in it but the packages' versions. */
export function recipeKey(read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')): string {
  const hash = createHash('sha256').update(JSON.stringify([suite, process.arch, recipeArguments('')]));
  for (const name of ingredients) hash.update(`\0${name}\0${read(name)}`);
  return hash.digest('hex').slice(0, 12);
}
