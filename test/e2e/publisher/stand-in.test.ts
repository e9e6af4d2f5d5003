import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { startProxy } from '../../../e2e/publisher/proxy.ts';
import { type Answer, ask, useStandIn } from './support.ts';

const standIn = useStandIn({ apiRequests: 2 });
const get = (address: string, headers: Record<string, string> = {}) => ask(standIn(), address, { headers });
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');
const location = ({ headers }: Answer) => headers.location ?? '';

describe('github.com', () => {
  const release = 'https://github.com/opencontainers/runc/releases/download/v1.5.2';

  it('leads each asset to another host, where its name is no longer in the path', async () => {
    const answer = await get(`${release}/runc.amd64`);
    expect(answer.status).toBe(302);
    const asset = new URL(location(answer));
    expect(asset.host).toBe('release-assets.githubusercontent.com');
    expect(asset.pathname).not.toContain('runc');
    expect((await get(asset.href)).body).toContain('runc 1.5.2 linux/amd64');
    expect((await get(`https://${asset.host}${asset.pathname}`)).status).toBe(404);
  });

  it('sends the rest of an asset', async () => {
    const asset = location(await get(`${release}/runc.amd64`));
    const whole = await get(asset);
    const rest = await get(asset, { range: 'bytes=10-' });
    expect(rest.status).toBe(206);
    expect(rest.body).toBe(whole.body.slice(10));
    expect((await get(asset, { range: `bytes=${whole.body.length}-` })).status).toBe(416);
  });

  it('signs the list of runc in the clear', async () => {
    const list = await get(location(await get(`${release}/runc.sha256sum`)));
    const file = await get(location(await get(`${release}/runc.amd64`)));
    expect(list.body).toMatch(/^-----BEGIN PGP SIGNED MESSAGE-----\nHash: /);
    expect(list.body).toContain(`\n${sha256(file.body)}  runc.amd64\n`);
  });

  it('has the list of a bridged plugin as SHA-1, with ./ before the names', async () => {
    const base = 'https://github.com/pulumi/pulumi-tls/releases/download/v5.6.1';
    const list = await get(location(await get(`${base}/pulumi-tls_5.6.1_checksums.txt`)));
    expect(list.body).toMatch(/^[0-9a-f]{40} {2}\.\/pulumi-resource-tls-v5\.6\.1-linux-amd64\.tar\.gz$/m);
    expect(list.body).not.toMatch(/[0-9a-f]{64}/);
  });

  it('does not have what it never published', async () => {
    expect((await get('https://github.com/opencontainers/runc/releases/download/v1.5.2/runc.sparc')).status).toBe(404);
    expect((await get('https://github.com/rajch/weave/releases/download/v2.9.0/weave')).status).toBe(404);
  });

  it('tells the sums of assets by its API, until the hour is used up', async () => {
    const address = 'https://api.github.com/repos/opencontainers/runc/releases/tags/v1.5.2';
    const answer = await get(address);
    const assets = (JSON.parse(answer.body) as { assets: { name: string; digest: string }[] }).assets;
    const file = await get(location(await get(`${release}/runc.arm64`)));
    expect(assets.find(({ name }) => name === 'runc.arm64')?.digest).toBe(`sha256:${sha256(file.body)}`);
    expect(answer.headers['x-ratelimit-remaining']).toBe('1');
    expect((await get(address)).headers['x-ratelimit-remaining']).toBe('0');
    const refused = await get(address);
    expect(refused.status).toBe(403);
    expect(refused.headers['x-ratelimit-remaining']).toBe('0');
    expect(refused.body).toContain('API rate limit exceeded');
  });
});

describe('get.pulumi.com', () => {
  it('has what the releases have, and says 403 of anything else', async () => {
    const base = 'https://get.pulumi.com/releases';
    const list = await get(`${base}/sdk/pulumi-3.250.0-checksums.txt`);
    expect(list.body).toMatch(/^[0-9a-f]{64} {2}pulumi-v3\.250\.0-linux-x64\.tar\.gz$/m);
    expect((await get(`${base}/plugins/pulumi-resource-tls-v5.6.1-darwin-arm64.tar.gz`)).status).toBe(200);
    expect((await get(`${base}/sdk/pulumi-v3.250.0-linux-amd64.tar.gz`)).status).toBe(403);
  });
});

describe('dl.k8s.io', () => {
  const base = 'https://dl.k8s.io/release/v1.36.4/bin';

  it('leads to its CDN, where a list is the sum alone', async () => {
    const answer = await get(`${base}/linux/arm64/kubelet`);
    expect(location(answer)).toBe('https://cdn.dl.k8s.io/release/v1.36.4/bin/linux/arm64/kubelet');
    const file = await get(location(answer));
    expect((await get(`${location(answer)}.sha256`)).body).toBe(sha256(file.body));
  });

  it('has kubectl alone for macOS', async () => {
    const cdn = async (path: string) => (await get(location(await get(`${base}/${path}`)))).status;
    expect(await cdn('darwin/arm64/kubectl')).toBe(200);
    expect(await cdn('darwin/arm64/kubelet')).toBe(404);
  });
});

interface Index {
  manifests: { digest: string; platform: { architecture: string } }[];
}
interface Manifest {
  layers: { digest: string; size: number }[];
}

describe('registry.k8s.io', () => {
  it('answers at /v2/, has its manifests elsewhere and its blobs elsewhere again', async () => {
    const base = 'https://registry.k8s.io/v2';
    expect((await ask(standIn(), `${base}/`, { method: 'HEAD' })).status).toBe(200);
    const leads = location(await get(`${base}/pause/manifests/3.10.1`));
    const index = await get(leads);
    expect(`sha256:${sha256(index.body)}`).toBe(index.headers['docker-content-digest']);
    const { digest } = (JSON.parse(index.body) as Index).manifests[1] ?? { digest: '' };
    const manifest = await get(leads.replace('3.10.1', digest));
    const layer = (JSON.parse(manifest.body) as Manifest).layers[0];
    const blob = location(await get(`${base}/pause/blobs/${layer?.digest}`));
    expect(new URL(blob).host).toMatch(/\.amazonaws\.com$/);
    expect((await get(blob)).headers['content-length']).toBe(String(layer?.size));
    expect((await get(location(await get(`${base}/pause/manifests/none`)))).status).toBe(404);
  });
});

describe('Docker Hub', () => {
  const path = 'v2/rajchaudhuri/weave-npc/manifests/2.9.0';

  it('wants a token for the very repository', async () => {
    const refused = await get(`https://registry-1.docker.io/${path}`);
    expect(refused.status).toBe(401);
    const challenge = refused.headers['www-authenticate'] ?? '';
    const [, realm, service, scope] = /realm="(.+)",service="(.+)",scope="(.+)"/.exec(challenge) ?? [];
    const { token } = JSON.parse((await get(`${realm}?service=${service}&scope=${scope}`)).body) as { token: string };
    const authorization = `Bearer ${token}`;
    expect((await get(`https://registry-1.docker.io/${path}`, { authorization })).status).toBe(200);
    const other = path.replace('npc', 'kube');
    expect((await get(`https://registry-1.docker.io/${other}`, { authorization })).status).toBe(401);
  });

  it('says of what does not exist that it is not for everybody', async () => {
    expect((await get('https://index.docker.io/v2/rajch/weave-npc/manifests/2.9.0')).status).toBe(401);
  });
});

/** What the proxy says to `CONNECT`. */
async function tunnel(port: number, target: string, credentials?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const header = credentials ? `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n` : '';
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${header}\r\n`);
  const first = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.destroy();
  return first.split('\r\n')[0] ?? '';
}

describe('the proxy', () => {
  it('lets the publishers through and nothing else, and keeps a record', async () => {
    const { proxy } = standIn();
    expect(await tunnel(proxy.port, 'github.com:443')).toContain(' 200 ');
    expect(await tunnel(proxy.port, '10.88.0.20:6443')).toContain(' 403 ');
    expect(proxy.entries).toEqual([
      { method: 'CONNECT', host: 'github.com', port: 443, status: 200 },
      { method: 'CONNECT', host: '10.88.0.20', port: 6443, status: 403 },
    ]);
  });

  it('wants credentials where it has some', async () => {
    const rules = { route: () => ({ host: '127.0.0.1', port: standIn().server.tlsPort }), credentials: 'ann:secret' };
    const proxy = await startProxy(rules);
    expect(await tunnel(proxy.port, 'github.com:443')).toContain(' 407 ');
    expect(await tunnel(proxy.port, 'github.com:443', 'ann:secret')).toContain(' 200 ');
    await proxy.close();
  });

  it('forwards what comes without TLS', async () => {
    const { proxy } = standIn();
    const body = await new Promise<string>((resolve, reject) => {
      const path = 'http://dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet';
      const sent = request({ port: proxy.port, path, headers: { host: 'dl.k8s.io' } }, (answer) => {
        text(answer).then(() => resolve(`${answer.statusCode}`), reject);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(body).toBe('302');
    expect(standIn().server.entries.at(-1)).toMatchObject({ host: 'dl.k8s.io', tls: false });
  });
});
