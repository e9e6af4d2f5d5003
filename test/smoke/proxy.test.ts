import { describe, expect, it } from '@jest/globals';
import { proxyAdvice } from '../../smoke/proxy.ts';

const proxy = 'http://user:secret@proxy.example.com:3128';
const url = 'https://10.0.0.10:6443';

describe('proxyAdvice', () => {
  it('names the variable and the address where requests go through a proxy, and no password', () => {
    const advice = proxyAdvice({ HTTPS_PROXY: proxy }, url);
    expect(advice).toContain('HTTPS_PROXY is set, and NO_PROXY does not name 10.0.0.10');
    expect(advice).toContain('add 10.0.0.10 to NO_PROXY');
    expect(advice).not.toContain('secret');
    expect(proxyAdvice({ https_proxy: proxy }, url)).toContain('https_proxy is set');
  });

  it.each([
    ['10.0.0.10', url],
    ['other.example.com, 10.0.0.0/8', url],
    ['10.0.0.10:6443', url],
    ['*', url],
    ['.example.com', 'https://api.example.com:6443'],
    ['example.com', 'https://api.example.com:6443'],
    ['api.example.com', 'https://api.example.com:6443'],
  ])('is silent where NO_PROXY=%s takes %s out', (NO_PROXY, of) => {
    expect(proxyAdvice({ HTTPS_PROXY: proxy, NO_PROXY }, of)).toBeUndefined();
    expect(proxyAdvice({ HTTPS_PROXY: proxy, no_proxy: NO_PROXY }, of)).toBeUndefined();
  });

  it.each([
    ['10.0.1.0/24', url],
    ['10.0.0.1', url],
    ['10.0.0.10:443', url],
    ['example.com', 'https://notexample.com:6443'],
    ['', url],
  ])('speaks where NO_PROXY=%s does not take %s out', (NO_PROXY, of) => {
    expect(proxyAdvice({ HTTPS_PROXY: proxy, NO_PROXY }, of)).toBeDefined();
  });

  it('is silent without a proxy, and of this computer itself', () => {
    expect(proxyAdvice({ HTTP_PROXY: proxy }, url)).toBeUndefined();
    expect(proxyAdvice({ HTTPS_PROXY: proxy }, 'https://127.0.0.1:6443')).toBeUndefined();
  });
});
