/** The registries' hosts: registry.k8s.io, and Docker Hub with its tokens. Blobs always come from other hosts. */
import { stat } from 'node:fs/promises';
import { hasRepository, type Images } from './images.ts';
import { type Asked, type Host, jsonReply, type Reply, redirect, textReply } from './reply.ts';

const apiVersion = { 'docker-distribution-api-version': 'registry/2.0' };

interface Wanted {
  readonly repository: string;
  readonly kind: 'manifests' | 'blobs';
  readonly reference: string;
}

function parse(pathname: string, prefix = '/v2/'): Wanted | undefined {
  if (!pathname.startsWith(prefix)) return undefined;
  const [, repository, kind, reference] =
    /^(.+)\/(manifests|blobs)\/([^/]+)$/.exec(pathname.slice(prefix.length)) ?? [];
  return repository && reference ? { repository, kind: kind as Wanted['kind'], reference } : undefined;
}

const registryError = (status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) =>
  jsonReply(status, { errors: [{ code, message }] }, { ...apiVersion, ...headers });

async function manifestReply(images: Images, registry: string, { repository, reference }: Wanted): Promise<Reply> {
  const manifest = await images.manifest(registry, repository, reference);
  if (!manifest) return registryError(404, 'MANIFEST_UNKNOWN', `Failed to fetch "${reference}"`);
  const headers = { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest, ...apiVersion };
  return { status: 200, headers, body: manifest.text };
}

async function blobReply(images: Images, digest: string): Promise<Reply> {
  const file = images.blob(digest);
  if (file === undefined) return textReply(404, 'NoSuchKey');
  return { file, size: (await stat(file)).size };
}

/**
 * registry.k8s.io (archeio): manifests are another registry's, blobs lie in a bucket.
 *
 * @param challenge - whether `/v2/` asks for a token, as archeio's sources do since mid 2026, or answers 200
 */
export function kubernetesRegistry(images: Images, challenge = false): Readonly<Record<string, Host>> {
  const bucket = 'prod-registry-k8s-io-us-east-1.s3.dualstack.us-east-1.amazonaws.com';
  const upstream = 'us-central1-docker.pkg.dev';
  const prefix = '/v2/k8s-artifacts-prod/images/';

  function archeio({ url, headers }: Asked): Reply {
    if (url.pathname === '/token') return jsonReply(200, { token: '0123456789abcdef'.repeat(2), expires_in: 3600 });
    if (url.pathname === '/v2/' || url.pathname === '/v2') {
      if (!challenge || headers.authorization?.startsWith('Bearer ')) return textReply(200, '', apiVersion);
      const realm = 'Bearer realm="https://registry.k8s.io/token",service="registry.k8s.io"';
      return textReply(401, 'authentication required', { ...apiVersion, 'www-authenticate': realm });
    }
    const wanted = parse(url.pathname);
    if (!wanted) return textReply(404, 'Not Found');
    if (wanted.kind === 'blobs') return redirect(307, `https://${bucket}/containers/images/${wanted.reference}`);
    return redirect(307, `https://${upstream}${prefix}${url.pathname.slice('/v2/'.length)}`);
  }

  return {
    'registry.k8s.io': archeio,
    [upstream]: async ({ url }) => {
      const wanted = parse(url.pathname, prefix);
      if (!wanted) return registryError(404, 'NAME_UNKNOWN', 'Not Found');
      return wanted.kind === 'manifests'
        ? await manifestReply(images, 'registry.k8s.io', wanted)
        : await blobReply(images, wanted.reference);
    },
    [bucket]: async ({ url }) => await blobReply(images, url.pathname.replace('/containers/images/', '')),
  };
}

/** Docker Hub: nothing without a token, which is given to anybody for a public repository. */
export function dockerHub(images: Images): Readonly<Record<string, Host>> {
  const cdn = 'production.cloudflare.docker.com';
  const tokens = new Map<string, string>();

  const challenge = (scope?: string) => {
    const realm = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"';
    const header = scope === undefined ? realm : `${realm},scope="${scope}"`;
    return registryError(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': header });
  };

  async function registry({ url, headers }: Asked): Promise<Reply> {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const scope = token === undefined ? undefined : tokens.get(token);
    if (url.pathname === '/v2/') return scope === undefined ? challenge() : jsonReply(200, {}, apiVersion);
    const wanted = parse(url.pathname);
    if (!wanted) return textReply(404, '404 page not found');
    const needed = `repository:${wanted.repository}:pull`;
    // A repository that does not exist looks like one that is not for everybody.
    if (scope !== needed || !hasRepository('docker.io', wanted.repository)) return challenge(needed);
    if (wanted.kind === 'manifests') return await manifestReply(images, 'docker.io', wanted);
    const path = `/registry-v2/docker/registry/v2/blobs/sha256/${wanted.reference.replace('sha256:', '')}/data`;
    return redirect(307, `https://${cdn}${path}?expires=1800000000&signature=c3RhbmQtaW4`);
  }

  function auth({ url }: Asked): Reply {
    const scope = url.searchParams.get('scope');
    if (url.pathname !== '/token' || url.searchParams.get('service') !== 'registry.docker.io') {
      return jsonReply(400, { details: 'invalid service' });
    }
    const token = `token-${tokens.size + 1}`;
    tokens.set(token, scope ?? '');
    return jsonReply(200, { token, access_token: token, expires_in: 300, issued_at: new Date().toISOString() });
  }

  return {
    'registry-1.docker.io': registry,
    // What go-containerregistry, and so crane, takes docker.io for.
    'index.docker.io': registry,
    'auth.docker.io': auth,
    [cdn]: async ({ url }) => {
      const sum = /\/sha256\/([0-9a-f]{64})\/data$/.exec(url.pathname)?.[1];
      return url.searchParams.has('signature') && sum
        ? await blobReply(images, `sha256:${sum}`)
        : textReply(403, 'Forbidden');
    },
  };
}
