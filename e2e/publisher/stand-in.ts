import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, makeAuthority } from './certificates.ts';
import { githubHosts, kubernetesHosts, pulumiHost } from './hosts.ts';
import { Images } from './images.ts';
import { locate } from './locate.ts';
import { lockFor } from './lock.ts';
import { cachedPrograms, sampleProgram } from './programs.ts';
import { type ForwardProxy, startProxy } from './proxy.ts';
import { dockerHub, kubernetesRegistry } from './registries.ts';
import type { Arch } from './releases.ts';
import { type PublisherServer, serve } from './server.ts';
import { type Mistake, Store } from './store.ts';

/** What a stand-in is made of. */
export interface StandInOptions {
  /** A folder of its own, removed by {@link StandIn.close}. */
  readonly work: string;
  /** The architecture of this computer, whose programs are the cache's. */
  readonly arch: Arch;
  /** A toolchain's cache whose programs and images are packed; without it all are samples. Only read. */
  readonly cache?: string;
  readonly mistakes?: readonly Mistake[];
  /** Requests that api.github.com answers; default 60. */
  readonly apiRequests?: number;
  /** Whether registry.k8s.io asks for a token at `/v2/`; default false. */
  readonly registryChallenge?: boolean;
  /** `user:password` that the proxy asks for; default none. */
  readonly credentials?: string;
  /** Hosts that the proxy does not let through, though they are served. */
  readonly blocked?: readonly string[];
}

/** Every publisher, behind a proxy that lets nothing else through. */
export interface StandIn {
  readonly server: PublisherServer;
  readonly proxy: ForwardProxy;
  /** A file with the authorities that this computer trusts and the stand-in's: what a company's store would have. */
  readonly trustFile: string;
  /** A file with the stand-in's authority alone. */
  readonly authorityFile: string;
  /** The proxy's address, with the credentials that it asks for. */
  readonly proxyUrl: string;
  /** The SHA-256 of what is served at a publisher's address, or of an image's manifest. */
  checksum(url: string, arch?: string): Promise<string | undefined>;
  /** Writes the lock for what is served: see {@link lockFor}. @returns its path */
  writeLock(from: string): Promise<string>;
  close(): Promise<void>;
}

async function trusted(authority: Authority): Promise<string> {
  const system = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];
  for (const path of [process.env.SSL_CERT_FILE, process.env.NODE_EXTRA_CA_CERTS, ...system]) {
    const text = path && (await readFile(path, 'utf8').catch(() => undefined));
    if (text) return `${text}\n${authority.certificate}`;
  }
  return authority.certificate;
}

/** Starts the publishers and the proxy. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const { work, arch, cache, blocked = [] } = options;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const programs = cache === undefined ? sampleProgram : await cachedPrograms(cache, work, arch);
  const store = new Store(join(work, 'files'), programs, options.mistakes);
  const images = new Images(join(work, 'blobs'), arch, cache && join(cache, 'images'));
  const authority = await makeAuthority();
  const server = await serve(
    {
      ...githubHosts(store, options.apiRequests),
      'get.pulumi.com': pulumiHost(store),
      ...kubernetesHosts(store),
      ...kubernetesRegistry(images, options.registryChallenge),
      ...dockerHub(images),
    },
    authority,
  );
  const proxy = await startProxy({
    route: (host, _port, tls) =>
      server.hosts.includes(host) && !blocked.includes(host)
        ? { host: '127.0.0.1', port: tls ? server.tlsPort : server.plainPort }
        : undefined,
    ...(options.credentials ? { credentials: options.credentials } : {}),
  });
  const trustFile = join(work, 'trusted.pem');
  const authorityFile = join(work, 'authority.pem');
  await writeFile(trustFile, await trusted(authority));
  await writeFile(authorityFile, authority.certificate);

  const checksum: StandIn['checksum'] = async (url, forArch) => {
    if (!url.startsWith('https://')) {
      const [, registry = '', repository = '', tag = ''] = /^([^/]+)\/(.+):([^:/]+)$/.exec(url) ?? [];
      const image = await images.find(registry, repository, tag);
      return image && (image.manifests[forArch as Arch] ?? image.index).digest.replace('sha256:', '');
    }
    const { hostname, pathname } = new URL(url);
    const located = locate(hostname, pathname);
    return located && (await store.publish(located)).sha256;
  };

  return {
    server,
    proxy,
    trustFile,
    authorityFile,
    proxyUrl: `http://${options.credentials ? `${options.credentials}@` : ''}127.0.0.1:${proxy.port}`,
    checksum,
    writeLock: async (from) => {
      const path = join(work, 'artifacts.lock.json');
      await writeFile(path, await lockFor(await readFile(from, 'utf8'), checksum));
      return path;
    },
    close: async () => {
      await proxy.close();
      await server.close();
      await rm(work, { recursive: true, force: true });
    },
  };
}
