import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { certificateFiles } from '../../../lib/format/certificates.ts';
import { hostQuirks, labHost, standardHost } from '../../../lib/format/host.ts';
import { kubeconfig } from '../../../lib/format/kubeconfig.ts';
import { nginx, nginxBlock, nginxWord, renderNginx } from '../../../lib/format/nginx.ts';
import { renderSysctls } from '../../../lib/format/sysctl.ts';
import { renderToml } from '../../../lib/format/toml.ts';
import { toYaml } from '../../../lib/format/yaml.ts';
import { pair, pem } from './samples.ts';

describe('toYaml', () => {
  it('reads back the same by the rules of YAML 1.1 and of 1.2', () => {
    const leaf = fc.oneof(fc.string({ unit: 'grapheme' }), fc.boolean(), fc.integer(), fc.constant(null));
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('node')), fc.dictionary(fc.string(), tie('node'))),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        const text = toYaml(value);
        // JSON first, because fast-check makes dictionaries without a prototype.
        const plain = JSON.parse(JSON.stringify(value));
        expect(parse(text, { version: '1.2' })).toEqual(plain);
        expect(parse(text, { schema: 'yaml-1.1' })).toEqual(plain);
      }),
    );
  });

  it.each(['yes', 'no', 'on', 'off', 'y', 'n', '~', 'null', '0o17', '017', '1e3', '1:20', '1_000', '.5', '2026-11-21'])(
    'quotes the string %s',
    (text) => {
      expect(toYaml({ value: text })).toMatch(/^value: ["'].*["']\n$/);
    },
  );

  it('takes the merge key of YAML 1.1 for a key like any other', () => {
    expect(parse(toYaml({ '<<': { a: 1 } }), { schema: 'yaml-1.1' })).toEqual({ '<<': { a: 1 } });
  });

  it('writes what stands twice out twice, keeps the order of keys, and drops what is undefined', () => {
    const shared = { c: 1 };
    expect(toYaml({ z: shared, a: shared, gone: undefined })).toBe('z:\n  c: 1\na:\n  c: 1\n');
  });

  it('never folds a long line', () => {
    const long = 'word '.repeat(100).trim();
    expect(toYaml({ long })).toBe(`long: ${long}\n`);
  });
});

describe('kubeconfig', () => {
  const args = {
    clusterName: 'hardway',
    server: 'https://10.89.0.10:6443',
    caCertificatePem: pem('CERTIFICATE', 'ca'),
    user: 'system:node:wrk01',
    client: pair('wrk01'),
  };

  it('holds everything it needs, each in its place', () => {
    const config = parse(kubeconfig(args));
    const decoded = (text: string) => Buffer.from(text, 'base64').toString();
    expect(decoded(config.clusters[0].cluster['certificate-authority-data'])).toBe(args.caCertificatePem);
    expect(decoded(config.users[0].user['client-certificate-data'])).toBe(args.client.certificatePem);
    expect(decoded(config.users[0].user['client-key-data'])).toBe(args.client.privateKeyPem);
    expect(config['current-context']).toBe('system:node:wrk01@hardway');
    expect(config.contexts[0].context).toEqual({ cluster: 'hardway', user: 'system:node:wrk01' });
  });
});

describe('certificateFiles', () => {
  it('keeps the key for root alone and ends each file with one line break', () => {
    const files = certificateFiles('/pki/a', { certificatePem: 'C', privateKeyPem: 'K\n' });
    expect(files).toEqual({
      '/pki/a.crt': { content: 'C\n', mode: 0o644 },
      '/pki/a.key': { content: 'K\n', mode: 0o600 },
    });
  });

  it('is tested with placeholders that no one takes for certificates', () => {
    expect(() => new X509Certificate(pair('x').certificatePem)).toThrow();
  });
});

describe('renderNginx', () => {
  it('indents blocks and ends directives', () => {
    const directives = [
      nginx('user', 'www-data'),
      nginxBlock(['http'], [nginxBlock(['server'], [nginx('listen', 80)])]),
    ];
    expect(renderNginx(directives)).toBe('user www-data;\nhttp {\n    server {\n        listen 80;\n    }\n}\n');
  });

  it('lets no parameter end its directive', () => {
    expect(nginxWord('a; b')).toBe('"a; b"');
    expect(nginxWord('say "hi"')).toBe('"say \\"hi\\""');
    expect(nginxWord('')).toBe('""');
    expect(() => nginxWord('a\nb')).toThrow('must be one line');
  });
});

describe('renderToml', () => {
  it('writes tables, quotes what is no bare key, and drops what is undefined', () => {
    const text = renderToml([
      { header: [], values: { version: 3 } },
      { header: ['plugins', 'io.x.v1'], values: { a: 'b"c', on: true, list: ['x', 'y'], gone: undefined } },
    ]);
    expect(text).toBe('version = 3\n\n[plugins."io.x.v1"]\na = "b\\"c"\non = true\nlist = ["x", "y"]\n');
  });
});

describe('renderSysctls', () => {
  it('marks the optional ones', () => {
    const settings = [
      { name: 'net.ipv4.ip_forward', value: 1 },
      { name: 'net.bridge.x', value: 1, optional: true },
    ];
    expect(renderSysctls(settings)).toBe('net.ipv4.ip_forward = 1\n-net.bridge.x = 1\n');
  });
});

describe('hostQuirks', () => {
  const facts = { cgroupVersion: 2, sysResource: true, container: false } as const;

  it('is a standard machine where nothing is odd', () => {
    expect(hostQuirks(facts)).toEqual(standardHost);
  });

  it('follows the control groups and the capability that were seen', () => {
    expect(hostQuirks({ ...facts, cgroupVersion: 1, sysResource: false })).toEqual({
      ...standardHost,
      ...{ cgroupVersion: 1, cgroupDriver: 'cgroupfs', canLowerOomScore: false },
    });
  });

  it('shares kernel and disk in a container', () => {
    expect(hostQuirks({ ...facts, container: true })).toEqual(
      labHost({ cgroupVersion: 2, cgroupDriver: 'systemd', sysResource: true }),
    );
  });
});

describe('labHost', () => {
  it('passes on what was detected, and never owns kernel or disk', () => {
    const v1 = labHost({ sysResource: false, cgroupVersion: 1, cgroupDriver: 'cgroupfs' });
    const v2 = labHost({ sysResource: true, cgroupVersion: 2, cgroupDriver: 'systemd' });
    expect([v1.canLowerOomScore, v1.cgroupVersion, v1.cgroupDriver]).toEqual([false, 1, 'cgroupfs']);
    expect([v2.canLowerOomScore, v2.cgroupVersion, v2.cgroupDriver]).toEqual([true, 2, 'systemd']);
    expect([v1.ownsKernel, v1.ownsDisk, v2.ownsKernel, v2.ownsDisk]).toEqual([false, false, false, false]);
    expect([standardHost.ownsKernel, standardHost.ownsDisk]).toEqual([true, true]);
  });
});
