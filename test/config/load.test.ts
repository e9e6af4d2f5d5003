import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import type { HostRecord } from '../../config/host-record.ts';
import { loadConfig } from '../../config/load.ts';
import { keyPair } from '../support/ssh-keys.ts';
import { asPulumi, lock } from './support.ts';

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: ({ inputs }) => inputs },
    'hardway',
    'dev',
  );
});
afterEach(() => {
  jest.restoreAllMocks();
});

function load(raw: Record<string, unknown>, record?: HostRecord) {
  pulumi.runtime.setAllConfig(asPulumi(raw));
  return loadConfig(lock, record);
}

describe('the configuration of a running stack', () => {
  it('is parsed, and its warnings are logged', () => {
    const warn = jest.spyOn(pulumi.log, 'warn').mockResolvedValue();
    const config = load({ 'hardway:workers': ['wrk01', { name: 'wrk09' }], 'hardway:corednsReplicas': 3 });
    expect(config.stack).toBe('dev');
    expect(config.labName).toBe('hardway-dev');
    expect(config.corednsReplicas).toBe(3);
    expect(config.derived.workerMachines).toEqual(['wrk01', 'wrk09']);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([expect.stringContaining('makes 2 etcd members')]);
  });

  it('stops the run with every fault in one error, without a stack trace', () => {
    const attempt = () => load({ 'hardway:controllers': [], 'hardway:podCidr': '10.1.0.0' });
    expect(attempt).toThrow(pulumi.RunError);
    expect(attempt).toThrow(
      [
        'the configuration of stack dev has 2 errors; nothing was changed:',
        'hardway:podCidr = "10.1.0.0" is not an IPv4 range: an address, a slash, and a prefix length from 0 to 32. Fix: Write it like 10.89.0.0/24.',
        'hardway:controllers = [] must name at least one controller. Fix: Name one, like [ctl01].',
      ].join('\n'),
    );
  });
});

describe('the configuration of a stack of hosts', () => {
  const hosts = ['ctl01', 'wrk01', 'wrk02'].map((name, index) => ({
    name,
    roles: index === 0 ? ['controller'] : ['worker'],
    address: `10.0.0.${index + 1}`,
  }));
  const raw = {
    'hardway:machines': 'hosts',
    'hardway:hostKeyPolicy': 'accept-first',
    'hardway:sshPrivateKey': keyPair().private,
    'hardway:hosts': hosts,
  };
  const recordOf = (names: readonly string[], architecture = 'arm64'): HostRecord => ({
    cluster: 'c'.repeat(32),
    hosts: Object.fromEntries(
      hosts
        .filter(({ name }) => names.includes(name))
        .map(({ name, address }) => [
          name,
          {
            dialled: `${address}:22`,
            hostKey: 'ssh-ed25519 AAAA',
            os: 'debian 12',
            architecture,
            cgroupVersion: 2,
            sysResource: true,
            container: false,
          },
        ]),
    ),
    bastions: {},
  });
  const all = hosts.map(({ name }) => name);

  it('has the architectures that the pre-flight found, where the entries name none', () => {
    const [ctl01, ...others] = hosts;
    const mixed = { ...raw, 'hardway:hosts': [{ ...ctl01, architecture: 'amd64' }, ...others] };
    const { machinesList } = load(mixed, recordOf(all));
    expect(machinesList.map(({ name, architecture }) => `${name} ${architecture}`)).toEqual([
      'ctl01 amd64',
      'wrk01 arm64',
      'wrk02 arm64',
    ]);
  });

  it('says which artifacts the lock lacks for what was found', () => {
    const attempt = () =>
      load({ ...raw, 'hardway:kubernetesVersion': '1.37.1' }, recordOf(['ctl01', 'wrk01', 'wrk02']));
    expect(attempt).toThrow(/hardway:hosts\[1\]\.architecture = "arm64" has no .* in the artifact lock/);
  });

  it('stops at hosts without a pre-flight record, with all their names', () => {
    expect(() => load(raw, recordOf(['ctl01']))).toThrow(pulumi.RunError);
    expect(() => load(raw, recordOf(['ctl01']))).toThrow(
      'no pre-flight record for hosts wrk01, wrk02; nothing was changed.\n  Fix: run "make preflight STACK=dev" first',
    );
    expect(() => load(raw)).toThrow('ctl01, wrk01, wrk02');
    const moved = { ...raw, 'hardway:sshPort': 2222 };
    expect(() => load(moved, recordOf(all))).toThrow('ctl01, wrk01, wrk02');
  });

  it('stops at keys that cannot be used', () => {
    const attempt = () => load({ ...raw, 'hardway:sshPrivateKey': 'hello' }, recordOf(all));
    expect(attempt).toThrow('hardway:sshPrivateKey is not a private key.');
  });
});
