import { describe, expect, it } from '@jest/globals';
import { keepalived, keepalivedBlock, renderKeepalived } from '../../../lib/format/keepalived.ts';

describe('renderKeepalived', () => {
  it('renders lines, and blocks within blocks', () => {
    const text = renderKeepalived([
      keepalived('include', '/run/x.conf'),
      keepalivedBlock(
        ['vrrp_instance', 'api'],
        [keepalived('advert_int', 0.4), keepalivedBlock(['unicast_peer'], [keepalived('192.0.2.1')])],
      ),
    ]);
    expect(text).toBe(
      'include /run/x.conf\nvrrp_instance api {\n    advert_int 0.4\n    unicast_peer {\n        192.0.2.1\n    }\n}\n',
    );
  });

  it.each(['', 'a b', 'a#b', 'a!b', '"a"', '$A', '@a', '}', 'a\nb', 'a\\b'])('refuses the word %j', (word) => {
    expect(() => renderKeepalived([keepalived(word)])).toThrow('cannot hold the word');
  });
});
