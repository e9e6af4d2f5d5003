import { afterEach, describe, expect, it } from '@jest/globals';
import type { HostRecord } from '../../config/host-record.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { renderHostDiagnostic } from '../../preflight/diagnostic.ts';
import { type PreflightResult, preflight } from '../../preflight/index.ts';
import { fingerprint } from '../../ssh/host-key.ts';
import { lock, resolved } from '../config/support.ts';
import { deafPort, type ServerSpec, startServer, type TestServer } from '../ssh/sshd.ts';
import { keyPair } from '../support/ssh-keys.ts';

const [user, stranger, bastionHost] = [keyPair(), keyPair(), keyPair()];
const hostKeys = [keyPair(), keyPair(), keyPair()];
const pub = (pair: { public: string }): string => pair.public.trim().split(' ').slice(0, 2).join(' ');

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** What the probe says on a host with nothing wrong, its clock included: to be asked for when it is said. */
function healthy(name: string, address: string, more: readonly string[] = []): string {
  return [
    `clock=${Date.now() / 1000}`,
    'uid=0',
    'os=debian 12',
    'machine=x86_64',
    'kernel=6.1.0-18-amd64',
    'init=systemd',
    'apt=yes',
    `machineId=${Buffer.from(name.padEnd(16, '-')).toString('hex')}`,
    `boot=${name}`,
    'capabilities=000001ffffffffff',
    'cgroup=2',
    'modules=yes',
    ...['overlay', 'br_netfilter', 'nf_conntrack', 'nf_tables'].map((each) => `feature.${each}=yes`),
    'memory=8000000',
    'cpus=4',
    'disk=/var/lib/containerd 90000000 80000000 /',
    `address=${address}/24`,
    'route=yes',
    'identity=',
    ...more,
    'end=1',
    '',
  ].join('\n');
}

async function server(spec: ServerSpec): Promise<TestServer> {
  const started = await startServer({ allowed: user.public, ...spec });
  open.push(started);
  return started;
}

interface Host {
  readonly port: number;
  readonly more?: object;
}

/** A cluster whose first host is the controller and the others workers. */
function cluster(hosts: readonly Host[], more: object = {}): ClusterConfig {
  return resolved({
    machines: 'hosts',
    hostKeyPolicy: 'accept-first',
    sshPrivateKey: user.private,
    hosts: hosts.map(({ port, more: own }, index) => ({
      name: `h${index}`,
      roles: index === 0 ? ['controller'] : ['worker'],
      address: `10.0.0.${index + 1}`,
      sshAddress: '127.0.0.1',
      port,
      ...own,
    })),
    ...more,
  });
}

/** Servers for so many hosts that have nothing wrong, but for what is said of single ones. */
async function servers(count: number, more: Partial<ServerSpec>[] = []): Promise<TestServer[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      server({
        hostKeys: [hostKeys[index]?.private ?? ''],
        answer: () => ({ code: 0, stdout: healthy(`h${index}`, `10.0.0.${index + 1}`) }),
        ...more[index],
      }),
    ),
  );
}

const run = (config: ClusterConfig, record?: HostRecord): Promise<PreflightResult> =>
  preflight({ config, lock, record });
const said = ({ errors }: PreflightResult): string[] => errors.map(renderHostDiagnostic);

describe('the pre-flight', () => {
  it('looks at every host, says one line of each, and records what it learnt', async () => {
    const [one, two] = await servers(2);
    const result = await run(cluster([{ port: one?.port ?? 0 }, { port: two?.port ?? 0 }]));
    expect(said(result)).toEqual([]);
    expect(result.lines).toEqual([
      'h0  debian 12, amd64, cgroup v2, 4 CPUs, 7.6 GiB',
      'h1  debian 12, amd64, cgroup v2, 4 CPUs, 7.6 GiB',
    ]);
    expect(result.accepted).toEqual(
      hostKeys.slice(0, 2).map((pair, index) => `h${index}, ${fingerprint(pair.public)}`),
    );
    expect(Object.keys(result.record?.hosts ?? {})).toEqual(['h0', 'h1']);
    expect(result.record?.hosts.h0).toEqual({
      dialled: `127.0.0.1:${one?.port}`,
      hostKey: pub(hostKeys[0] ?? user),
      os: 'debian 12',
      architecture: 'amd64',
      cgroupVersion: 2,
      sysResource: true,
      container: false,
    });
  });

  it('takes no other key than the recorded one from then on', async () => {
    const [one] = await servers(1);
    const config = cluster([{ port: one?.port ?? 0 }]);
    const { record } = await run(config);
    expect((await run(config, record)).accepted).toEqual([]);
    const trusting = { ...record, hosts: { h0: { ...record?.hosts.h0, hostKey: pub(stranger) } } } as HostRecord;
    const result = await run(config, trusting);
    expect(said(result)).toEqual([
      `h0: host key mismatch at 127.0.0.1:${one?.port}: expected ${fingerprint(stranger.public)}, got ${fingerprint(hostKeys[0]?.public ?? '')}. No data was sent. Fix: Find out why: the machine was reinstalled, another machine has its address, or the connection is intercepted. If it was reinstalled, remove its entry from hosts.test.yaml.`,
    ]);
    expect(result.record).toEqual(trusting);
  });

  it('takes only pinned keys when the policy says so, recorded ones neither', async () => {
    const [one] = await servers(1);
    const config = cluster([{ port: one?.port ?? 0 }]);
    const { record } = await run(config);
    const pinned = { ...config, hostKeyPolicy: 'pinned' as const };
    expect(said(await run(pinned, record))).toEqual([
      `h0: no host key is configured for 127.0.0.1:${one?.port}, and hostKeyPolicy is "pinned". Fix: Set its hostKey in the configuration.`,
    ]);
  });

  it('says every fault of every host at once, and records the others', async () => {
    const closed = await deafPort('closed');
    const [one, two] = await servers(2, [{}, { allowed: stranger.public }]);
    const third = await server({
      hostKeys: [hostKeys[2]?.private ?? ''],
      answer: () => ({ code: 0, stdout: healthy('h3', '10.0.0.9', ['listen.tcp=00000000:280A', 'ss=']) }),
    });
    const config = cluster([one, two, closed, third].map((each) => ({ port: each?.port ?? 0 })));
    const result = await run(config);
    expect(said(result)).toEqual([
      expect.stringMatching(/^h1: 127\.0\.0\.1:\d+ refuses the login of root with the key of the config, SHA256:/),
      expect.stringMatching(/^h2: 127\.0\.0\.1:\d+ refuses the connection/),
      expect.stringMatching(/^h3: has no interface with the address 10\.0\.0\.4; it has 10\.0\.0\.9\./),
      expect.stringMatching(/^h3: port 10250\/tcp is in use, needed for: kubelet\./),
    ]);
    expect(Object.keys(result.record?.hosts ?? {})).toEqual(['h0']);
    expect(result.accepted).toHaveLength(1);
  });

  it.each([
    ['sudo: a password is required\n', 1, 'sudo asks admin for a password, or does not allow admin to run it'],
    ["env: 'sudo': No such file or directory\n", 127, 'has no sudo, which admin needs'],
    ['admin is not in the sudoers file.\n', 1, 'sudo does not allow admin to run anything'],
    ['sudo: sorry, you must have a tty to run sudo\n', 1, 'sudo requires a terminal'],
    ['one\ntwo\n', 7, 'the probe did not complete (status 7); its output: one / two'],
  ])('says what is wrong with sudo: %s', async (stderr, code, problem) => {
    const [one] = await servers(1, [{ answer: { code, stderr } }]);
    const result = await run(cluster([{ port: one?.port ?? 0 }], { sshUser: 'admin' }));
    expect(result.errors.map((each) => each.problem)).toEqual([problem]);
    expect(result.record).toBeUndefined();
  });

  it('runs as root, or by a sudo that never asks', async () => {
    const [one, two] = await servers(2);
    await run(cluster([{ port: one?.port ?? 0 }, { port: two?.port ?? 0, more: { user: 'admin' } }]));
    expect(one?.commands).toEqual([expect.stringMatching(/^env LC_ALL=C PATH=\S+ sh -c '.*; exec sh -s'$/)]);
    expect(two?.commands).toEqual([
      expect.stringMatching(/^env LC_ALL=C sudo -n env LC_ALL=C PATH=\S+ sh -c '.*; exec sh -s'$/),
    ]);
  });

  it('reads the facts of a host whose .bashrc prints, whatever that looks like', async () => {
    const greeting = 'Welcome!\nuid=7\nend=1\narchitecture=none';
    const [one, two] = await servers(2, [{ greeting }, { greeting, answer: undefined }]);
    const result = await run(cluster([{ port: one?.port ?? 0 }, { port: two?.port ?? 0 }]));
    expect(result.lines[0]).toBe('h0  debian 12, amd64, cgroup v2, 4 CPUs, 7.6 GiB');
    expect(result.errors.map(({ problem }) => problem)).not.toContainEqual(
      expect.stringMatching(/did not come to its end/),
    );
  });

  it('waits for a slow host as long as the config says, and says who hung up', async () => {
    const [one, two] = await servers(2, [{ answer: 'never' }]);
    const config = cluster([{ port: one?.port ?? 0 }, { port: two?.port ?? 0 }]);
    expect(config.sshTimeoutSeconds).toBe(60);
    expect(said(await run({ ...config, sshTimeoutSeconds: 4 }))).toEqual([
      expect.stringMatching(
        /^h0: no answer from 127\.0\.0\.1:\d+ within 4 s; hardway ended the connection\. Fix: If the machine is only slow, set hardway:sshTimeoutSeconds higher/,
      ),
    ]);
  });

  it('runs the real probe here, whatever this machine is', async () => {
    const [one] = await servers(1, [{ answer: undefined }]);
    const result = await run(cluster([{ port: one?.port ?? 0 }]));
    expect(result.lines).toHaveLength(1);
    expect(result.errors.map(({ problem }) => problem)).not.toContainEqual(
      expect.stringMatching(/did not come to its end/),
    );
  });

  it('goes through a bastion, once for all hosts behind it, and records its key', async () => {
    const [one, two] = await servers(2);
    const gate = await server({ hostKeys: [bastionHost.private], forwards: true });
    const bastion = { address: '127.0.0.1', port: gate.port };
    const config = cluster([{ port: one?.port ?? 0 }, { port: two?.port ?? 0 }], { bastion });
    const result = await run(config);
    expect(said(result)).toEqual([]);
    expect(gate.logins()).toBe(1);
    expect(result.record?.bastions).toEqual({ [`127.0.0.1:${gate.port}`]: pub(bastionHost) });
    expect(result.accepted[0]).toBe(`the bastion 127.0.0.1:${gate.port}, ${fingerprint(bastionHost.public)}`);
    const again = await run(config, result.record);
    expect(again.accepted).toEqual([]);
    expect(again.record).toEqual(result.record);
  });

  it("says a bastion's fault once, as the bastion's", async () => {
    const [one, two] = await servers(2);
    const closed = await deafPort('closed');
    const ports = [{ port: one?.port ?? 0 }, { port: two?.port ?? 0 }];
    expect(said(await run(cluster(ports, { bastion: { address: '127.0.0.1', port: closed.port } })))).toEqual([
      expect.stringMatching(/^the bastion of h0, h1: 127\.0\.0\.1:\d+ refuses the connection/),
    ]);
    const shut = await server({ hostKeys: [bastionHost.private], allowed: stranger.public });
    expect(said(await run(cluster(ports, { bastion: { address: '127.0.0.1', port: shut.port } })))).toEqual([
      expect.stringMatching(/^the bastion of h0, h1: 127\.0\.0\.1:\d+ refuses the login of root/),
    ]);
    const changed = { address: '127.0.0.1', port: shut.port, hostKey: pub(stranger) };
    expect(said(await run(cluster(ports, { bastion: changed })))).toEqual([
      expect.stringMatching(
        /^the bastion of h0, h1: host key mismatch at 127\.0\.0\.1:\d+: .* set hostKey in the configuration/,
      ),
    ]);
    expect([one?.users, two?.users]).toEqual([[], []]);
  });

  it('says of a host what its bastion says of it', async () => {
    const closed = await deafPort('closed');
    const gate = await server({ hostKeys: [bastionHost.private], forwards: true });
    const config = cluster([{ port: closed.port }], { bastion: { address: '127.0.0.1', port: gate.port } });
    expect(said(await run(config))).toEqual([
      expect.stringMatching(
        new RegExp(`^h0: the bastion 127\\.0\\.0\\.1:${gate.port} [a-z ]+ 127\\.0\\.0\\.1:${closed.port}[.:]`),
      ),
    ]);
  });
});

describe('hosts that do not answer', () => {
  it('are known to be silent where they were seen before, and only errors where they were not', async () => {
    const [first, second] = await servers(2);
    const config = cluster([{ port: first?.port ?? 0 }, { port: second?.port ?? 0 }], { sshTimeoutSeconds: 5 });
    const { record, silent, errors } = await preflight({ config, lock, record: undefined });
    expect({ silent, errors }).toEqual({ silent: [], errors: [] });
    await second?.close();
    const again = await preflight({ config, lock, record });
    expect(again.silent.map(({ hosts }) => hosts)).toEqual([['h1']]);
    expect(again.errors).toEqual(again.silent);
    // What is known of it stays known.
    expect(again.record?.hosts.h1).toEqual(record?.hosts.h1);
    const unseen = await preflight({ config, lock, record: undefined });
    expect([unseen.silent.length, unseen.errors.length]).toEqual([0, 1]);
  });
});
