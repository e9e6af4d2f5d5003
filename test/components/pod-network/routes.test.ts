import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RoutesArgs, routesScript } from '../../../components/pod-network/routes.ts';

const args: RoutesArgs = {
  podCidr: '10.200.0.0/24',
  clusterPodCidr: '10.200.0.0/16',
  routes: [
    { name: 'wrk02', address: '10.89.0.22', podCidr: '10.200.1.0/24' },
    { name: 'wrk03', address: '10.89.0.23', podCidr: '10.200.2.7/32' },
  ],
};

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'routes-'));
});
afterEach(() => rmSync(home, { recursive: true }));

interface Kernel {
  /** What `ip route show proto 87` prints. */
  readonly routes?: readonly string[];
  /** Whether the jump into our chain is there. */
  readonly jump?: boolean;
  /** Whether our chain is there. */
  readonly chain?: boolean;
  /** What `iptables -S` prints of the table nat. */
  readonly rules?: readonly string[];
}

/** Runs the script with an `ip` and `iptables` that only write down what they are asked to change. */
function run(verb: string, kernel: Kernel = {}, plan: RoutesArgs = args, stubs: Readonly<Record<string, string>> = {}) {
  const log = join(home, 'log');
  const shown = (kernel.routes ?? []).map((line) => `echo '${line}'`).join('\n');
  const stub = (name: string, body: string) => {
    writeFileSync(join(home, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(home, name), 0o755);
  };
  writeFileSync(log, '');
  stub('ip', `case "$*" in *'show proto'*) ${shown || ':'} ;; *) echo "ip $*" >>${log} ;; esac`);
  // -C and -L ask; the jump is gone once it was deleted.
  stub(
    'iptables',
    `case "$*" in
  *' -C '*) [ ${kernel.jump ? 1 : 0} = 1 ] && ! grep -q ' -D ' ${log} ;;
  *' -L '*) [ ${kernel.chain ? 1 : 0} = 1 ] ;;
  *' -S') ${(kernel.rules ?? []).map((rule) => `echo '${rule}'`).join('; ') || ':'} ;;
  *) echo "iptables $*" >>${log} ;;
esac`,
  );
  stub('iptables-restore', `{ echo "iptables-restore $*"; cat; } >>${log}`);
  for (const [name, body] of Object.entries(stubs)) stub(name, body);
  const script = join(home, 'script');
  writeFileSync(script, routesScript(plan).replaceAll('/run/', `${home}/`), { mode: 0o755 });
  const { status, stderr } = spawnSync('sh', [script, verb], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${home}:${process.env.PATH}` },
  });
  return { status, stderr, did: readFileSync(log, 'utf8').split('\n').slice(0, -1) };
}

describe('hardway-routes up', () => {
  it('routes to each node, and translates what leaves the pod network', () => {
    const { status, did } = run('up');
    expect(status).toBe(0);
    expect(did).toEqual([
      'ip -4 route replace 10.200.1.0/24 via 10.89.0.22 proto 87',
      'ip -4 route replace 10.200.2.7/32 via 10.89.0.23 proto 87',
      'iptables-restore -w --noflush',
      '*nat',
      ':HARDWAY-EGRESS - [0:0]',
      '-A HARDWAY-EGRESS -d 10.200.0.0/16 -j RETURN',
      '-A HARDWAY-EGRESS -d 224.0.0.0/4 -j RETURN',
      '-A HARDWAY-EGRESS -s 10.200.0.0/24 -j MASQUERADE',
      'COMMIT',
      'iptables -w -t nat -A POSTROUTING -m comment --comment hardway: pods to the outside -j HARDWAY-EGRESS',
    ]);
  });

  it('takes away the routes of nodes that left when it is told to, and no others', () => {
    const routes = [
      '10.200.1.0/24 via 10.89.0.22 dev eth0 ',
      '10.200.2.7 via 10.89.0.23 dev eth0 ',
      '10.200.9.0/24 via 10.89.0.29 dev eth0 ',
      '0.200.1.0/24 via 10.89.0.29 dev eth0 ',
    ];
    const removed = run('prune', { routes }).did.filter((line) => line.includes('route del'));
    expect(removed).toEqual(['ip -4 route del 10.200.9.0/24 proto 87', 'ip -4 route del 0.200.1.0/24 proto 87']);
  });

  it('jumps into its chain once, however often it runs', () => {
    expect(run('up', { jump: true, chain: true }).did.filter((line) => line.includes('POSTROUTING'))).toEqual([]);
  });

  it('translates nothing on a machine without pods, and clears up what it once did', () => {
    const controller = { ...args, podCidr: undefined };
    expect(run('up', {}, controller).did.filter((line) => line.startsWith('iptables'))).toEqual([]);
    expect(
      run('up', { jump: true, chain: true }, controller).did.filter((line) => line.startsWith('iptables')),
    ).toEqual([
      'iptables -w -t nat -D POSTROUTING -m comment --comment hardway: pods to the outside -j HARDWAY-EGRESS',
      'iptables -w -t nat -F HARDWAY-EGRESS',
      'iptables -w -t nat -X HARDWAY-EGRESS',
    ]);
  });

  it('is content with a cluster of one node', () => {
    const { status, did } = run('up', {}, { ...args, routes: [] });
    expect([status, did.filter((line) => line.startsWith('ip '))]).toEqual([0, []]);
  });
});

describe('hardway-routes down', () => {
  it('leaves nothing of its own behind', () => {
    const { status, did } = run('down', {
      routes: ['10.200.1.0/24 via 10.89.0.22 dev eth0 '],
      jump: true,
      chain: true,
    });
    expect(status).toBe(0);
    expect(did[0]).toBe('ip -4 route del 10.200.1.0/24 proto 87');
    expect(did.at(-1)).toBe('iptables -w -t nat -X HARDWAY-EGRESS');
  });
});

const whole: Kernel = {
  routes: ['10.200.1.0/24 via 10.89.0.22 dev eth0 ', '10.200.2.7 via 10.89.0.23 dev eth0 '],
  rules: [
    '-P POSTROUTING ACCEPT',
    '-N HARDWAY-EGRESS',
    '-A POSTROUTING -m comment --comment "hardway: pods to the outside" -j HARDWAY-EGRESS',
    '-A HARDWAY-EGRESS -d 10.200.0.0/16 -j RETURN',
    '-A HARDWAY-EGRESS -d 224.0.0.0/4 -j RETURN',
    '-A HARDWAY-EGRESS -s 10.200.0.0/24 -j MASQUERADE',
  ],
};

describe('hardway-routes check', () => {
  it('changes nothing, and holds when routes and translation are there', () => {
    expect(run('check', whole)).toEqual({ status: 0, stderr: '', did: [] });
  });

  it.each([
    ['is gone', whole.routes?.slice(1)],
    ['leads elsewhere', ['10.200.1.0/24 via 10.89.0.99 dev eth0 ', ...(whole.routes?.slice(1) ?? [])]],
  ])('names the route that %s', (_, routes) => {
    const { status, stderr } = run('check', { ...whole, routes });
    expect([status, stderr]).toEqual([1, 'no route to 10.200.1.0/24 by way of 10.89.0.22\n']);
  });

  it.each([2, 3, 5])('does not hold without one of the rules, %d', (index) => {
    const { status, stderr } = run('check', { ...whole, rules: whole.rules?.filter((_, at) => at !== index) });
    expect([status, stderr]).toEqual([1, expect.stringContaining("in iptables' table nat")]);
  });

  it('asks for no rules on a machine without pods', () => {
    expect(run('check', { routes: whole.routes }, { ...args, podCidr: undefined }).status).toBe(0);
  });
});

describe('hardway-routes watch', () => {
  // The second look ends it.
  const sleep = `echo x >>"$0.times"; [ "$(wc -l <"$0.times")" -lt 2 ] || kill $PPID`;

  it('puts back what is gone', () => {
    const { did } = run('watch', { ...whole, routes: [] }, args, { sleep });
    expect(did[0]).toBe('ip -4 route replace 10.200.1.0/24 via 10.89.0.22 proto 87');
    expect(did).toContain('iptables-restore -w --noflush');
  });

  it('changes nothing while all is there', () => {
    expect(run('watch', whole, args, { sleep }).did).toEqual([]);
  });
});

describe('hardway-routes', () => {
  it('says how it is used', () => {
    const { status, stderr } = run('sideways');
    expect([status, stderr]).toEqual([2, expect.stringContaining('up | down | prune | check | watch')]);
  });
});
