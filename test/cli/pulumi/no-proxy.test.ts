import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { readLock } from '../../../artifacts/lock.ts';
import { readConfig } from '../../../cli/prepare.ts';
import { directAddresses, extendedNoProxy, keepOffProxy, noProxyLines } from '../../../cli/pulumi/no-proxy.ts';
import { parse } from '../../../config/parse.ts';

function configOf(raw: Record<string, unknown>) {
  const { config, errors } = parse(raw, { stack: 'test', lock: readLock() });
  if (!config) throw new Error(JSON.stringify(errors));
  return config;
}

describe('what is never asked for through a proxy', () => {
  it("is a lab's machines, its mirror, its endpoint and its range", () => {
    const { config } = readConfig('dev');
    if (!config) throw new Error('no configuration');
    const found = directAddresses(config);
    expect(found).toEqual(expect.arrayContaining(['10.89.0.0/24', '10.89.0.254', config.derived.controlPlaneEndpoint]));
    for (const { address } of config.machinesList) expect(found).toContain(address);
  });

  it('is, of hosts, each address, what SSH dials, the VIP and the endpoint outside', () => {
    const found = directAddresses(
      configOf({
        'hardway:machines': 'hosts',
        'hardway:hostKeyPolicy': 'accept-first',
        'hardway:externalEndpoint': 'api.example.com',
        'hardway:controlPlaneVip': '192.0.2.9',
        'hardway:hosts': [
          { name: 'lb1', roles: ['loadBalancer'], address: '192.0.2.1', sshAddress: 'lb1.example.com' },
          { name: 'lb2', roles: ['loadBalancer'], address: '192.0.2.2' },
          { name: 'cp1', roles: ['controller'], address: '192.0.2.3' },
          { name: 'wk1', roles: ['worker'], address: '192.0.2.4' },
        ],
      }),
    );
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.9'];
    expect(found.sort()).toEqual([...addresses, 'api.example.com', 'lb1.example.com'].sort());
  });
});

describe('NO_PROXY', () => {
  it('keeps what the user said, in either case, and has no entry twice', () => {
    expect(extendedNoProxy({ NO_PROXY: 'a, b', no_proxy: 'b,c' }, ['10.0.0.1', 'a'])).toBe(
      'a,b,c,localhost,127.0.0.1,::1,10.0.0.1',
    );
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'])(
    'is set in both cases with %s, and not without a proxy',
    (name) => {
      const env: Record<string, string | undefined> = { [name]: 'http://proxy:1' };
      keepOffProxy(env, ['10.0.0.1']);
      expect(env.NO_PROXY).toContain('10.0.0.1');
      expect(env.no_proxy).toBe(env.NO_PROXY);
      const without: Record<string, string | undefined> = {};
      keepOffProxy(without, ['10.0.0.1']);
      expect(without).toEqual({});
    },
  );

  it('is the same in a shell that reads .hardway/env, once or twice', () => {
    const text = noProxyLines(['10.0.0.1', '10.0.0.0/24']).join('\n');
    const script = `${text}\n${text}\necho "\${NO_PROXY-unset} \${no_proxy-unset}"`;
    const read = (env: Record<string, string>) =>
      execFileSync('/bin/sh', ['-euc', script], { env, encoding: 'utf8' }).trim();
    const list = 'localhost,127.0.0.1,::1,10.0.0.1,10.0.0.0/24';
    expect(read({})).toBe('unset unset');
    expect(read({ https_proxy: 'x' })).toBe(`${list} ${list}`);
    expect(read({ HTTP_PROXY: 'x', no_proxy: 'mine' })).toBe(`mine,${list} mine,${list}`);
  });
});
