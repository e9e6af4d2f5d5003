/** The publishers' hosts that serve files. */
import { createHash } from 'node:crypto';
import { type Located, locate } from './locate.ts';
import { findRelease } from './releases.ts';
import { type Asked, type Host, jsonReply, type Reply, redirect, textReply } from './reply.ts';
import type { Published, Store } from './store.ts';

/** Requests an hour that api.github.com answers without a token. */
const hourlyLimit = 60;

const fileReply = ({ file, size }: Published, headers: Readonly<Record<string, string>> = {}): Reply => ({
  file,
  size,
  headers,
});

/**
 * GitHub: assets of releases, which lie at another host under addresses that are made for one download and do not end in
 * the file's name, and the API that tells their sums.
 *
 * @param apiRequests - how many requests the API answers before its hourly limit is reached
 */
export function githubHosts(store: Store, apiRequests = hourlyLimit): Readonly<Record<string, Host>> {
  const issued = new Map<string, Published>();
  let remaining = apiRequests;

  async function github({ url }: Asked): Promise<Reply> {
    const located = locate('github.com', url.pathname);
    if (!located) return textReply(404, 'Not Found');
    const file = await store.publish(located);
    const { name } = file;
    const id = createHash('sha256').update(`${located.place}/${name}`).digest('hex');
    const path = `/github-production-release-asset/${Number.parseInt(id.slice(0, 7), 16)}/${id.slice(8, 44)}`;
    issued.set(path, file);
    const query = `sp=r&sv=2018-11-09&sr=b&rscd=attachment%3B+filename%3D${name}&rsct=application%2Foctet-stream&sig=${id.slice(0, 20)}`;
    return redirect(302, `https://release-assets.githubusercontent.com${path}?${query}`);
  }

  function assets({ url }: Asked): Reply {
    const file = issued.get(url.pathname);
    if (!file || !url.searchParams.get('sig')) return textReply(404, 'The specified resource does not exist.');
    return fileReply(file, { 'content-disposition': `attachment; filename=${file.name}` });
  }

  async function api({ url, headers }: Asked): Promise<Reply> {
    if (!headers['user-agent']) return textReply(403, 'Request forbidden by administrative rules.');
    const limits = {
      'x-ratelimit-limit': String(hourlyLimit),
      'x-ratelimit-remaining': String(Math.max(0, remaining - 1)),
      'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 1800),
      'x-ratelimit-resource': 'core',
    };
    if (remaining <= 0) {
      const message =
        "API rate limit exceeded for 203.0.113.9. (But here's the good news: Authenticated requests get a higher rate limit.)";
      return jsonReply(403, { message, documentation_url: 'https://docs.github.com/rest/using-the-rest-api' }, limits);
    }
    remaining -= 1;
    const [, repository = '', tag = ''] = /^\/repos\/([^/]+\/[^/]+)\/releases\/tags\/([^/]+)$/.exec(url.pathname) ?? [];
    const release = findRelease(repository, tag);
    if (!release) return jsonReply(404, { message: 'Not Found', status: '404' }, limits);
    const listed = await Promise.all(
      release.assets.map((asset) =>
        store.publish({ place: `${repository}@${tag}`, version: release.version, asset, among: release.assets }),
      ),
    );
    return jsonReply(
      200,
      {
        tag_name: tag,
        name: tag,
        draft: false,
        assets: listed.map(({ name, size, sha256 }) => ({
          name,
          size,
          state: 'uploaded',
          digest: `sha256:${sha256}`,
          browser_download_url: `https://github.com/${repository}/releases/download/${tag}/${name}`,
        })),
      },
      limits,
    );
  }

  return { 'github.com': github, 'release-assets.githubusercontent.com': assets, 'api.github.com': api };
}

/** get.pulumi.com: a bucket behind a CDN, which says 403 of what it does not have. */
export function pulumiHost(store: Store): Host {
  return async ({ url }) => {
    const located = locate('get.pulumi.com', url.pathname);
    if (located) return fileReply(await store.publish(located));
    const body = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>';
    return { status: 403, headers: { 'content-type': 'application/xml' }, body };
  };
}

/** dl.k8s.io, which redirects every release to its CDN. */
export function kubernetesHosts(store: Store): Readonly<Record<string, Host>> {
  return {
    'dl.k8s.io': ({ url }) =>
      url.pathname.startsWith('/release/')
        ? redirect(302, `https://cdn.dl.k8s.io${url.pathname}`)
        : textReply(404, 'Not Found'),
    'cdn.dl.k8s.io': async ({ url }) => {
      const located: Located | undefined = locate('cdn.dl.k8s.io', url.pathname);
      return located ? fileReply(await store.publish(located)) : textReply(404, 'Not Found');
    },
  };
}
