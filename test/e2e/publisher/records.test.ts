import { describe, expect, it } from '@jest/globals';
import { askedByEngine, fetchedAgain, filesAskedFor, strangers } from '../../../e2e/download/records.ts';
import type { Entry } from '../../../e2e/publisher/server.ts';

const entry = (text: string, status = 200, agent = 'hardway'): Entry => {
  const [method = '', host = '', path = ''] = /^(\S+) ([^/]+)(\/.*)$/.exec(text)?.slice(1) ?? [];
  return { method, host, path, agent, tls: true, status };
};

describe('the record of a run', () => {
  const file = '/pulumi/pulumi-tls/releases/download/v5.6.1/pulumi-resource-tls-v5.6.1-linux-amd64.tar.gz';

  it('names the files that were asked for, without versions and lists', () => {
    const entries = [
      entry(`HEAD github.com${file}`, 302),
      entry(`GET github.com${file}`, 302),
      entry('GET github.com/pulumi/pulumi-tls/releases/download/v5.6.1/pulumi-tls_5.6.1_checksums.txt', 302),
      entry('GET github.com/opencontainers/runc/releases/download/v1.5.2/runc.amd64', 302),
      entry('GET github.com/opencontainers/runc/releases/download/v1.5.2/runc.sha256sum', 302),
      entry('GET cdn.dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet'),
      entry('GET cdn.dl.k8s.io/release/v1.36.4/bin/linux/amd64/kubelet.sha256'),
    ];
    expect(filesAskedFor(entries)).toEqual(['kubelet', 'pulumi-resource-tls-linux-amd64.tar.gz', 'runc.amd64']);
  });

  it('names what was fetched again, and no probe, redirect or token', () => {
    const entries = [
      entry(`GET github.com${file}`, 302),
      entry(`GET github.com${file}`, 302),
      entry('HEAD cdn.dl.k8s.io/kubelet'),
      entry('GET cdn.dl.k8s.io/kubelet'),
      entry('GET auth.docker.io/token'),
      entry('GET auth.docker.io/token'),
    ];
    expect(fetchedAgain(entries)).toEqual([]);
    expect(fetchedAgain([...entries, entry('GET cdn.dl.k8s.io/kubelet')])).toEqual(['cdn.dl.k8s.io/kubelet: 2 times']);
  });

  it('knows the engine by its name', () => {
    const entries = [
      entry('GET get.pulumi.com/a'),
      entry('GET get.pulumi.com/b', 200, 'pulumi-cli/1 (v3.250.0; linux)'),
    ];
    expect(askedByEngine(entries)).toEqual(['GET get.pulumi.com/b by pulumi-cli/1 (v3.250.0; linux)']);
  });

  it('names who has no business at the proxy', () => {
    const asked = (host: string, port: number) => ({ method: 'CONNECT', host, port, status: 403 });
    const entries = [asked('github.com', 443), asked('10.88.0.10', 6443), asked('10.88.0.10', 6443)];
    expect(strangers(entries, ['github.com'])).toEqual(['CONNECT 10.88.0.10:6443']);
  });
});
