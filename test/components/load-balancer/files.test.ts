import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { loadBalancerFiles } from '../../../components/load-balancer/files.ts';
import { virtualRouterId } from '../../../components/load-balancer/floating.ts';
import { expectGoldens, planTexts } from '../../lib/format/golden.ts';
import { loadBalancerArgs } from '../../lib/format/samples.ts';

const floating = { address: '10.89.0.9', own: '10.89.0.11', all: ['10.89.0.10', '10.89.0.11', '10.89.0.12'] };
const floatingArgs = { ...loadBalancerArgs, floating };

describe('loadBalancerFiles', () => {
  it('renders what test/golden/load-balancer shows', () => {
    expectGoldens('load-balancer', planTexts(loadBalancerFiles(loadBalancerArgs)));
  });

  it('renders what test/golden/load-balancer.floating shows', () => {
    expectGoldens('load-balancer.floating', planTexts(loadBalancerFiles(floatingArgs)));
  });

  it('passes connections to every controller, by address', () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    const controllers = addresses.map((address, index) => ({ name: `ctl0${index}`, address }));
    const { files } = loadBalancerFiles({ ...loadBalancerArgs, controllers });
    const servers = files['/etc/nginx/nginx.conf']?.content.match(/^\s+server \S+/gm)?.map((line) => line.trim());
    expect(servers).toEqual(['server 192.0.2.1:6443', 'server 192.0.2.2:6443', 'server 192.0.2.3:6443', 'server {']);
  });

  it('reloads for another controller, so that connections through it live on', () => {
    const [nginx] = loadBalancerFiles(loadBalancerArgs).services;
    expect(nginx?.reloadOn).toContain('/etc/nginx/nginx.conf');
    expect(nginx?.restartOn).not.toContain('/etc/nginx/nginx.conf');
  });

  it('refuses to stand before nobody', () => {
    expect(() => loadBalancerFiles({ ...loadBalancerArgs, controllers: [] })).toThrow('at least one controller');
  });
});

describe('an address that moves', () => {
  const configurationOf = (own: string): string =>
    loadBalancerFiles({ ...floatingArgs, floating: { ...floating, own } }).files['/etc/keepalived/keepalived.conf']
      ?.content ?? '';

  it('changes nothing where there is one load balancer', () => {
    const alone = loadBalancerFiles(loadBalancerArgs);
    const together = loadBalancerFiles(floatingArgs);
    expect(alone.services.map(({ unit }) => unit)).toEqual(['nginx.service']);
    expect(together.services.map(({ unit }) => unit)).toEqual(['nginx.service', 'keepalived.service']);
    expect(Object.keys(alone.files).filter((path) => /keepalived|floating/.test(path))).toEqual([]);
  });

  it('is told to every other machine, and to none of itself', () => {
    for (const own of floating.all) {
      const [, peers = ''] = /unicast_peer {([^}]*)}/.exec(configurationOf(own)) ?? [];
      expect(peers.trim().split(/\s+/)).toEqual(floating.all.filter((other) => other !== own));
      expect(configurationOf(own)).toContain(`unicast_src_ip ${own}\n`);
    }
  });

  it('finds each machine with a priority of its own, so that two never take it at once', () => {
    const priorities = floating.all.map((own) => Number(/ priority (\d+)/.exec(configurationOf(own))?.[1]));
    expect(new Set(priorities).size).toBe(3);
    expect([...priorities].sort((one, other) => other - one)).toEqual(priorities);
  });

  it('is watched for where nginx answers', () => {
    const { files } = loadBalancerFiles(floatingArgs);
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
    const { health } = loadBalancerFiles(floatingArgs);
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
    const refused = (all: string[]) => () => loadBalancerFiles({ ...floatingArgs, floating: { ...floating, all } });
    expect(refused(['10.89.0.11'])).toThrow('one of two or more load balancers');
    expect(refused(['10.89.0.10', '10.89.0.12'])).toThrow('10.89.0.11 must be one of');
  });

  it.each([
    ['10.89.0.9 dev eth0 src 10.89.0.11 uid 0', undefined],
    ['local 10.89.0.9 dev lo src 10.89.0.9 uid 0', undefined],
    ['10.89.0.9 via 192.0.2.1 dev eth0 src 192.0.2.11 uid 0', 'is not in a network of this machine'],
    ['RTNETLINK answers: Network is unreachable', 'is not in a network of this machine'],
  ])('is accepted or refused by the way to it: %s', async (way, complaint) => {
    const { require = [] } = loadBalancerFiles(floatingArgs);
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
