import { createHash } from 'node:crypto';
import type { RemoteFile } from '../download/sums.ts';

/** What a build gets: folders, a log, and a way to run programs whose output goes to that log. */
export interface BuildContext {
  /** Empty folder for the finished files; becomes the part's folder in one rename. */
  outDir: string;
  /** Empty folder for everything else; removed afterwards. */
  workDir: string;
  log(line: string): void;
  /** Runs a program, its output in the log; resolves to its standard output, throws when it fails. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

/** Where and with what environment a program runs. */
export interface RunOptions {
  cwd?: string;
  /** Set beside this process's own environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
}

/** How a part is made on this machine. */
export interface Build {
  /** Everything that decides the result, as plain data: its hash is part of the key. */
  recipe: unknown;
  /** Seconds on two cores with empty caches; only shown, never a limit. */
  expectedSeconds: number;
  /** Whether it is made without Go. Default false. */
  withoutGo?: boolean;
  /** Why it is made here, where there is nothing to download. Default: it is ours. */
  why?: string;
  /** What a person should know about the result where it differs from the publisher's. */
  note?: string;
  produce(context: BuildContext): Promise<void>;
  /** Fills the module cache ahead of time, while another part is compiled. Best effort. */
  prefetch?(context: BuildContext): Promise<void>;
}

/** How a part is had from its publisher. */
export type Download =
  | {
      kind: 'file';
      file: RemoteFile;
      /** Name of the file in the part's folder. */
      as: string;
      /** For an archive that is only wanted for what is in it: file name in the part's folder to path inside. */
      members?: Record<string, string>;
    }
  | { kind: 'image'; reference: string; digest: string | null; arch: string; as: string };

/** A path outside the part's folder that must name one of its files. */
export interface PackageLink {
  path: string;
  /** File in the part's folder. */
  output: string;
  /** Hard links survive where only the link's own folder is shared; symbolic ones show where a tool comes from. */
  kind: 'hard' | 'symbolic';
}

/** One thing the toolchain provides: a tool, a plugin, or an artifact for the machines. */
export interface Package {
  /** Unique, usable as a folder name. */
  id: string;
  /** Name and version, as shown. */
  title: string;
  /** What must be in the part's folder. */
  outputs: string[];
  links: PackageLink[];
  /** Where the machine already has it, new enough: one path per program. */
  installed?(): Promise<string[] | undefined>;
  download?: Download;
  build?: Build;
  /** What to do where its publisher cannot be reached, for what cannot be built. */
  onlyDownloaded?: string;
}

/** Titles in one line, a version once where several have the same: `kubelet, kubectl 1.36.4; etcd 3.7.3`. */
export function listTitles(titles: readonly string[]): string {
  const byVersion = new Map<string, string[]>();
  for (const title of titles) {
    const [, name = title, version = ''] = /^(.*?)((?: v?\d[\w.+-]*)(?: image)?)?$/.exec(title) ?? [];
    byVersion.set(version, [...(byVersion.get(version) ?? []), name]);
  }
  return [...byVersion].map(([version, names]) => `${names.join(', ')}${version}`).join('; ');
}

/** What decides which bytes a download brings. Sums are not in it: a sum that is pinned later must not fetch anew. */
function downloadIdentity(download: Download | undefined): unknown {
  if (download?.kind !== 'file') return download;
  return { kind: download.kind, url: download.file.url, as: download.as, members: download.members };
}

/** The folder name for one way of having a part: changes with version, recipe and (when built) the Go version. */
export function packageKey(pkg: Package, source: 'download' | 'build', goVersion: string): string {
  const basis = source === 'download' ? downloadIdentity(pkg.download) : pkg.build?.recipe;
  const hash = createHash('sha256')
    .update(JSON.stringify(basis ?? null))
    .digest('hex')
    .slice(0, 12);
  return source === 'download' ? `download-${hash}` : `build-${hash}-${goVersion}`;
}
