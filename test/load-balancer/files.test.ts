import { describe, expect, it } from '@jest/globals';
import { loadBalancerFiles } from '../../components/load-balancer/files.ts';
import { expectGoldens, planTexts } from '../render/golden.ts';
import { loadBalancerArgs } from '../render/samples.ts';

describe('loadBalancerFiles', () => {
  it('renders what test/golden/load-balancer shows', () => {
    expectGoldens('load-balancer', planTexts(loadBalancerFiles(loadBalancerArgs)));
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
