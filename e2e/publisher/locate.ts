import { type Asset, findPulumiRelease, findRelease, kubernetesRelease, type Release } from './releases.ts';

/** A file at a publisher's address, with the release that it is of. */
export interface Located {
  /** What tells the release from others: `<owner>/<repository>@<tag>`, or a folder's path. */
  readonly place: string;
  readonly version: string;
  readonly asset: Asset;
  readonly among: readonly Asset[];
}

function inRelease(release: Release | undefined, name: string): Located | undefined {
  const asset = release?.assets.find((each) => each.name === name);
  if (!release || !asset) return undefined;
  return { place: `${release.repository}@${release.tag}`, version: release.version, asset, among: release.assets };
}

/** What lies at an address of github.com, get.pulumi.com, dl.k8s.io or its CDN; undefined where nothing does. */
export function locate(host: string, pathname: string): Located | undefined {
  if (host === 'github.com') {
    const [, repository = '', tag = '', name = ''] =
      /^\/([^/]+\/[^/]+)\/releases\/download\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
    return inRelease(findRelease(repository, tag), name);
  }
  if (host === 'get.pulumi.com') {
    const [, area = '', name = ''] = /^\/releases\/(sdk|plugins)\/([^/]+)$/.exec(pathname) ?? [];
    return inRelease(findPulumiRelease(area, name), name);
  }
  if (host === 'dl.k8s.io' || host === 'cdn.dl.k8s.io') {
    const [, version = '', os = '', arch = '', name = ''] =
      /^\/release\/v([^/]+)\/bin\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
    const among = kubernetesRelease(version, os, arch);
    const asset = among.find((each) => each.name === name);
    return asset && { place: `v${version}/${os}/${arch}`, version, asset, among };
  }
  return undefined;
}
