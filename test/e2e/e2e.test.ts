import { describe, expect, it } from '@jest/globals';
import { type Topology, topologies } from '../../cli/args.ts';
import { options } from '../../config/options/index.ts';
import { longestOutage } from '../../e2e/api-probe.ts';
import { computers } from '../../e2e/computers.ts';
import { stackFileText, survivesDeaths, type TestCluster, testCluster } from '../../e2e/config.ts';
import { outsideConfig, outsideLab, outsideNet } from '../../e2e/outside.ts';
import { findNeedles, keyMarks, needles, secretTexts } from '../../e2e/secrets.ts';
import { differences } from '../../e2e/traces.ts';
import { changedUnits, parseUnitStarts } from '../../e2e/units.ts';

/** Every shape's cluster; the hosts' one is made by hand. */
const clusterOf = (topology: Topology): TestCluster =>
  topology === 'hosts'
    ? { stack: 'e2e-hosts', config: outsideConfig('/keys', ({ hostname }) => `ssh-ed25519 ${hostname}`) }
    : testCluster(topology);

describe('testCluster', () => {
  it.each(topologies)('sets nothing to its default in the shape %s', (topology) => {
    for (const [key, value] of Object.entries(clusterOf(topology).config)) {
      expect(options).toHaveProperty(key);
      expect(value).not.toEqual(options[key as keyof typeof options].default);
    }
  });

  it('gives every shape a stack, a lab and a subnet of its own', () => {
    const all = topologies.map(clusterOf);
    const lab = { labName: outsideLab, labSubnet: `${outsideNet}.0/24` };
    for (const pick of ['labName', 'labSubnet', 'clusterName']) {
      expect(new Set(all.map(({ config }) => ({ ...lab, ...config })[pick])).size).toBe(topologies.length);
    }
    expect(new Set(all.map(({ stack }) => stack)).size).toBe(topologies.length);
  });

  it('is left alone by death but in the shape that is made for it', () => {
    expect(topologies.filter((topology) => survivesDeaths(clusterOf(topology)))).toEqual(['ha']);
  });

  it('is written as a stack file', () => {
    const text = stackFileText(testCluster('minimal'));
    expect(text).toContain('\nconfig:\n');
    expect(text).toContain('  hardway:controllers: ["cp1"]\n');
    expect(text).toContain('  hardway:loadBalancers: []\n');
  });
});

describe('the longest run of failed requests', () => {
  const samples = (text: string) => [...text].map((sign, at) => ({ begin: at * 100, ok: sign === '.' }));

  it.each([
    ['', 0],
    ['.....', 0],
    ['..x..', 100],
    ['..xxx..', 300],
    ['x.xx.xxxx.x', 400],
    ['..xxx', 200],
    ['xx', 100],
  ])('%s', (text, expected) => {
    expect(longestOutage(samples(text))).toBe(expected);
    expect(longestOutage(samples(text).reverse())).toBe(expected);
  });
});

describe('traces', () => {
  it('tells what is left and what is gone, by machine, and nothing of what stayed', () => {
    expect(differences('w1', 'link eth0\nfile /etc/a\n', 'link eth0\nlink weave\n')).toEqual([
      'w1: left: link weave',
      'w1: gone: file /etc/a',
    ]);
    expect(differences('w1', 'link eth0', 'link eth0\n')).toEqual([]);
  });
});

describe('the test of hosts', () => {
  const { hosts } = outsideConfig('/keys', ({ hostname }) => `ssh-ed25519 ${hostname}`) as {
    hosts: { user?: string; hostKey?: string; port?: number; bastion?: object }[];
  };

  it('has one of each way in: root and sudo, pinned and first sight, another port, a bastion', () => {
    expect(hosts.filter(({ user }) => user === 'root')).toHaveLength(1);
    expect(hosts.filter(({ hostKey }) => hostKey === undefined).length).toBeGreaterThan(0);
    expect(hosts.filter(({ hostKey }) => hostKey !== undefined).length).toBeGreaterThan(0);
    expect(hosts.filter(({ port }) => port !== undefined)).toHaveLength(1);
    expect(hosts.filter(({ bastion }) => bastion !== undefined)).toHaveLength(1);
  });
});

describe('units', () => {
  const block = (id: string, invocation: string) =>
    `Id=${id}\nInvocationID=${invocation}\nActiveEnterTimestampMonotonic=7`;

  it('reads one entry for each unit that is not of a login', () => {
    const text = [block('etcd.service', 'a1'), block('user@0.service', 'b2'), block('kubelet.service', 'c3')].join(
      '\n\n',
    );
    expect(parseUnitStarts('m1', text)).toEqual([
      ['m1/etcd.service', 'a1 at 7'],
      ['m1/kubelet.service', 'c3 at 7'],
    ]);
  });

  it('tells restarts, losses and newcomers', () => {
    const before = new Map([
      ['m/a', '1'],
      ['m/b', '2'],
      ['m/c', '3'],
    ]);
    const after = new Map([
      ['m/a', '1'],
      ['m/b', '9'],
      ['m/d', '4'],
    ]);
    expect(changedUnits(before, before)).toEqual([]);
    expect(changedUnits(before, after)).toEqual([
      'm/b was started again (2, now 9)',
      'm/c runs no more',
      'm/d runs now and did not before',
    ]);
  });
});

describe('the search for secrets', () => {
  const line = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAbCdEfGhIjKlMnOp';
  const pem = `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`;
  const key = Buffer.alloc(32, 7).toString('base64');
  const secret = (value: unknown) => ({ '4dabf18193072939515e22adb298388d': '1b47', plaintext: JSON.stringify(value) });

  it('takes secrets out of an exported state, however deep', () => {
    const state = {
      deployment: { resources: [{ outputs: { a: secret(pem), b: [secret({ c: key, d: 4 })], e: 'open' } }] },
    };
    expect(secretTexts(state)).toEqual([pem, key]);
  });

  it('looks for keys, and not for what is public', () => {
    expect(needles([pem, key, '10.0.0.1', '-----BEGIN CERTIFICATE-----\nMIIB\n'])).toEqual([
      { name: 'a line of a private key', text: line },
      { name: 'an encryption key', text: key },
    ]);
  });

  it('finds a private key, plain or in base64 wherever it begins, and does not repeat it', () => {
    for (const text of [pem, ...['', 'x', 'xy'].map((before) => Buffer.from(before + pem).toString('base64'))]) {
      const found = findNeedles('the log', `before ${text} after`, keyMarks);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/^the log: a private key/);
    }
    expect(findNeedles('the log', `cut in two: ${line}`, needles([pem]))).toEqual(['the log: a line of a private key']);
    expect(findNeedles('the log', 'nothing here', [...keyMarks, ...needles([pem, key])])).toEqual([]);
  });
});

describe('the imitations of other computers', () => {
  it('are a newer Debian, one without its keys and sources, and one without apt', () => {
    expect(computers.map(({ name }) => name)).toEqual(['debian13', 'ubuntu', 'fedora']);
    for (const { name, release, lacks } of computers) {
      expect(/^ID=(.*)$/m.exec(release ?? 'ID=debian')?.[1]).toBe(name.replace(/\d+$/, ''));
      expect(lacks.includes('usr/share/keyrings')).toBe(name !== 'debian13');
      expect(lacks.includes('usr/bin/apt-get')).toBe(name === 'fedora');
    }
  });
});
