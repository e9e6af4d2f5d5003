import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { virtualRouterId } from '../../../components/load-balancer/keepalived.ts';
import { planLoadBalancer } from '../../../components/load-balancer/plan.ts';
import { expectGoldens, planTexts } from '../../lib/format/golden.ts';
import { loadBalancerArgs } from '../../lib/format/samples.ts';

const shared = { vip: '10.89.0.9', address: '10.89.0.11', members: ['10.89.0.10', '10.89.0.11', '10.89.0.12'] };
const sharedArgs = { ...loadBalancerArgs, shared };

describe('planLoadBalancer', () => {
  it('renders what test/golden/load-balancer shows', () => {
    expectGoldens('load-balancer', planTexts(planLoadBalancer(loadBalancerArgs)));
  });

  it('renders what test/golden/load-balancer.floating shows', () => {
    expectGoldens('load-balancer.floating', planTexts(planLoadBalancer(sharedArgs)));
  });

  it('passes connections to every controller, by address', () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    const controllers = addresses.map((address) => ({ address }));
    const { files } = planLoadBalancer({ ...loadBalancerArgs, controllers });
    const servers = files['/etc/nginx/nginx.conf']?.content.match(/^\s+server \S+/gm)?.map((line) => line.trim());
    expect(servers).toEqual(['server 192.0.2.1:6443', 'server 192.0.2.2:6443', 'server 192.0.2.3:6443', 'server {']);
  });

  it('reloads for another controller, so that connections through it live on', () => {
    const [nginx] = planLoadBalancer(loadBalancerArgs).services;
    expect(nginx?.reloadOn).toContain('/etc/nginx/nginx.conf');
    expect(nginx?.restartOn).not.toContain('/etc/nginx/nginx.conf');
  });

  it('refuses to stand before nobody', () => {
    expect(() => planLoadBalancer({ ...loadBalancerArgs, controllers: [] })).toThrow('at least one controller');
  });
});

describe('an address that moves', () => {
  const configurationOf = (address: string): string =>
    planLoadBalancer({ ...sharedArgs, shared: { ...shared, address } }).files['/etc/keepalived/keepalived.conf']
      ?.content ?? '';

  it('changes nothing where there is one load balancer', () => {
    const alone = planLoadBalancer(loadBalancerArgs);
    const together = planLoadBalancer(sharedArgs);
    expect(alone.services.map(({ unit }) => unit)).toEqual(['nginx.service']);
    expect(together.services.map(({ unit }) => unit)).toEqual(['nginx.service', 'keepalived.service']);
    expect(Object.keys(alone.files).filter((path) => /keepalived|floating/.test(path))).toEqual([]);
  });

  it('is told to every other machine, and to none of itself', () => {
    for (const own of shared.members) {
      const [, peers = ''] = /unicast_peer {([^}]*)}/.exec(configurationOf(own)) ?? [];
      expect(peers.trim().split(/\s+/)).toEqual(shared.members.filter((other) => other !== own));
      expect(configurationOf(own)).toContain(`unicast_src_ip ${own}\n`);
    }
  });

  it('finds each machine with a priority of its own, so that two never take it at once', () => {
    const priorities = shared.members.map((own) => Number(/ priority (\d+)/.exec(configurationOf(own))?.[1]));
    expect(new Set(priorities).size).toBe(3);
    expect([...priorities].sort((one, other) => other - one)).toEqual(priorities);
  });

  it('is watched for where nginx answers', () => {
    const { files } = planLoadBalancer(sharedArgs);
    const port = /listen 127\.0\.0\.1:(\d+);\s+return ok;/.exec(files['/etc/nginx/nginx.conf']?.content ?? '')?.[1];
    expect(port).toBeDefined();
    expect(files['/usr/local/sbin/hardway-nginx-answers']?.content).toContain(`/dev/tcp/127.0.0.1/${port}\n`);
  });

  it.each([
    ['as soon as it was started', 1004, 1000, false],
    ['after a few seconds', 1005, 1000, true],
    ['for hours', 9000, 1000, true],
    ['in a container with an uptime of its own', 20, 1000, true],
  ])('is waited for in a rolling change: keepalived that runs %s', async (_, uptime, since, healthy) => {
    const { health } = planLoadBalancer(sharedArgs);
    const own = health.slice(health.indexOf('systemctl is-active'));
    const input = `systemctl() { [ "$1" = show ] && echo ${since}000000 || [ "$1" = is-active ]; }\n${own.replace(
      '/proc/uptime',
      '"$UPTIME"',
    )}`;
    const folder = mkdtempSync(join(tmpdir(), 'hardway-uptime-'));
    writeFileSync(join(folder, 'uptime'), `${uptime}.42 7.00\n`);
    const run = await execa('sh', ['-eu'], { input, reject: false, env: { UPTIME: join(folder, 'uptime') } });
    rmSync(folder, { recursive: true });
    expect(run.exitCode === 0).toBe(healthy);
    if (!healthy) expect(run.stderr).toContain('cannot take the address yet');
  });

  it('is not shared with oneself, nor by a stranger', () => {
    const refused = (members: string[]) => () => planLoadBalancer({ ...sharedArgs, shared: { ...shared, members } });
    expect(refused(['10.89.0.11'])).toThrow('one of two or more load balancers');
    expect(refused(['10.89.0.10', '10.89.0.12'])).toThrow('10.89.0.11 must be one of');
  });

  it.each([
    ['10.89.0.9 dev eth0 src 10.89.0.11 uid 0', undefined],
    ['local 10.89.0.9 dev lo src 10.89.0.9 uid 0', undefined],
    ['10.89.0.9 via 192.0.2.1 dev eth0 src 192.0.2.11 uid 0', 'is not in a network of this machine'],
    ['RTNETLINK answers: Network is unreachable', 'is not in a network of this machine'],
  ])('is accepted or refused by the way to it: %s', async (way, complaint) => {
    const { require = [] } = planLoadBalancer(sharedArgs);
    const input = [`ip() { echo '${way}'; }`, ...require].join('\n');
    const { exitCode, stderr } = await execa('sh', ['-eu'], { input, reject: false });
    expect(exitCode).toBe(complaint ? 1 : 0);
    if (complaint) expect(stderr).toContain(complaint);
  });

  it.each([
    ['10.89.0.9', 9],
    ['10.0.1.0', 255],
    ['192.0.2.254', 254],
  ])('%s has the router id %i', (address, id) => {
    expect(virtualRouterId(address)).toBe(id);
  });
});
