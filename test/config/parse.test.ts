import { describe, expect, it } from '@jest/globals';
import { readLock } from '../../artifacts/lock.ts';
import { servedByLab } from '../../artifacts/required.ts';
import { editDistance, nearest, renderDiagnostics } from '../../config/diagnostic.ts';
import { optionNames, options } from '../../config/options/index.ts';
import { defaultLabName, parse, parsePartially } from '../../config/parse.ts';
import { type ClusterConfig, machineNamed } from '../../config/schema.ts';
import { asPulumi, lock, parsed, resolved } from './support.ts';

describe('the defaults', () => {
  it('make the classic shape', () => {
    const { machinesList, derived } = resolved({}, 'dev');
    expect(machinesList).toEqual([
      {
        name: 'kubelb',
        roles: ['loadBalancer'],
        address: '10.89.0.10',
        architecture: 'amd64',
        isNode: false,
        tainted: false,
      },
      {
        name: 'ctl01',
        roles: ['etcd', 'controller'],
        address: '10.89.0.20',
        architecture: 'amd64',
        isNode: false,
        tainted: false,
      },
      {
        name: 'ctl02',
        roles: ['etcd', 'controller'],
        address: '10.89.0.21',
        architecture: 'amd64',
        isNode: false,
        tainted: false,
      },
      {
        name: 'wrk01',
        roles: ['worker'],
        address: '10.89.0.100',
        architecture: 'amd64',
        isNode: true,
        podCidr: '10.200.0.0/24',
        tainted: false,
      },
      {
        name: 'wrk02',
        roles: ['worker'],
        address: '10.89.0.101',
        architecture: 'amd64',
        isNode: true,
        podCidr: '10.200.1.0/24',
        tainted: false,
      },
    ]);
    expect(derived).toEqual({
      firstServiceAddress: '10.32.0.1',
      dnsServiceAddress: '10.32.0.10',
      controlPlaneEndpoint: '10.89.0.10',
      gateway: '10.89.0.1',
      mirrorAddress: '10.89.0.254',
      etcdMachines: ['ctl01', 'ctl02'],
      controllerMachines: ['ctl01', 'ctl02'],
      workerMachines: ['wrk01', 'wrk02'],
      loadBalancerMachines: ['kubelb'],
      nodeMachines: ['wrk01', 'wrk02'],
    });
  });

  it('are the same said aloud, or handed over by Pulumi', () => {
    const raw = Object.fromEntries(optionNames.map((name) => [`hardway:${name}`, options[name].default]));
    const silent = parse({}, { stack: 'dev', lock });
    expect(parse(raw, { stack: 'dev', lock })).toEqual(silent);
    expect(parse(asPulumi(raw), { stack: 'dev', lock })).toEqual(silent);
    const empty = Object.fromEntries(optionNames.map((name) => [`hardway:${name}`, null]));
    expect(parse(empty, { stack: 'dev', lock })).toEqual(silent);
  });

  it('are all in the committed lock', () => {
    const { faults } = parse({}, { stack: 'dev', lock: readLock(undefined, '') });
    expect(renderDiagnostics(faults)).toBe('');
  });

  it('do not leak from one cluster into the next', () => {
    const first = resolved({});
    (first.controllers as { name: string }[]).push({ name: 'ctl99' });
    first.certificateSubject.country = 'DE';
    expect(resolved({}).controllers).toHaveLength(2);
    expect(resolved({}).certificateSubject.country).toBe('US');
  });
});

describe('a configuration', () => {
  it('reads numbers, truth and structures from text', () => {
    const config = resolved({
      caValidityHours: '50000',
      controllersAsNodes: 'true',
      workers: '["wrk01", {"name": "wrk07", "architecture": "arm64", "podCidr": "10.200.77.0/24"}]',
      certificateSubject: '{"country": "DE"}',
      upstreamNameservers: '["192.0.2.53"]',
    });
    expect(config.caValidityHours).toBe(50_000);
    expect(config.controllersAsNodes).toBe(true);
    expect(config.workers).toEqual([
      { name: 'wrk01' },
      { name: 'wrk07', architecture: 'arm64', podCidr: '10.200.77.0/24' },
    ]);
    expect(machineNamed(config, 'wrk07')).toMatchObject({
      architecture: 'arm64',
      podCidr: '10.200.77.0/24',
      address: '10.89.0.106',
    });
    expect(config.certificateSubject).toEqual({ country: 'DE' });
    expect(config.upstreamNameservers).toEqual(['192.0.2.53']);
    expect(() => machineNamed(config, 'wrk08')).toThrow('no machine named wrk08');
  });

  it('puts etcd where its members are named', () => {
    const { machinesList, derived } = resolved({
      controllers: ['ctl01', 'ctl02'],
      etcdMembers: ['ctl02', 'etcd01', 'etcd02'],
    });
    expect(machinesList.map(({ name, roles }) => [name, ...roles])).toEqual([
      ['kubelb', 'loadBalancer'],
      ['etcd01', 'etcd'],
      ['etcd02', 'etcd'],
      ['ctl01', 'controller'],
      ['ctl02', 'etcd', 'controller'],
      ['wrk01', 'worker'],
      ['wrk02', 'worker'],
    ]);
    expect(derived.etcdMachines).toEqual(['etcd01', 'etcd02', 'ctl02']);
  });

  it('registers controllers as tainted nodes when told to', () => {
    const config = resolved({ controllersAsNodes: true });
    expect(config.machinesList.filter(({ tainted }) => tainted).map(({ name }) => name)).toEqual(['ctl01', 'ctl02']);
    expect(config.derived.nodeMachines).toEqual(['ctl01', 'ctl02', 'wrk01', 'wrk02']);
    expect(machineNamed(config, 'ctl01').roles).toEqual(['etcd', 'controller']);
  });

  it('answers at the first controller when there is no load balancer', () => {
    const { derived, machinesList } = resolved({
      loadBalancers: [],
      controllers: ['b', { name: 'a', address: '10.89.0.77' }],
    });
    expect(derived.controlPlaneEndpoint).toBe(machineNamed({ machinesList } as never, 'b').address);
    const other = resolved({ loadBalancers: [], controllers: [{ name: 'a', address: '10.89.0.77' }] });
    expect(other.derived.controlPlaneEndpoint).toBe('10.89.0.77');
  });

  it('gives no pod ranges without the bridge', () => {
    const { machinesList } = resolved({ cni: 'none', podCidr: '10.200.0.0/24' });
    expect(machinesList.some((machine) => 'podCidr' in machine)).toBe(false);
  });

  it('takes a DNS address of its own, in a range without a tenth', () => {
    const config = resolved({ serviceCidr: '10.32.0.0/29', dnsServiceAddress: '10.32.0.5' });
    expect([config.dnsServiceAddress, config.derived.dnsServiceAddress]).toEqual(['10.32.0.5', '10.32.0.5']);
  });

  it('is the same in another subnet, with other ranges and names', () => {
    const config = resolved({
      labSubnet: '192.168.50.0/26',
      serviceCidr: '172.20.0.0/16',
      controllers: ['alpha'],
      workers: ['beta'],
    });
    expect(config.derived).toMatchObject({
      firstServiceAddress: '172.20.0.1',
      dnsServiceAddress: '172.20.0.10',
      gateway: '192.168.50.1',
      mirrorAddress: '192.168.50.62',
    });
  });

  it('may have certificates that are valid as long as their authority', () => {
    expect(parsed({ certificateValidityHours: 9000, caValidityHours: 9000 }).faults).toEqual([]);
  });

  it('needs every binary of a version in the lock', () => {
    const partial = {
      artifacts: lock.artifacts.filter(({ name, version }) => name !== 'kubelet' || version !== '1.36.3'),
    };
    const { faults } = parse({ 'hardway:kubernetesVersion': '1.36.3' }, { stack: 'test', lock: partial });
    expect(faults.map(({ path, rule }) => [path, rule])).toEqual([
      ['hardway:kubernetesVersion', 'is not in the artifact lock, which has 1.36.4, 1.37.1'],
    ]);
  });

  it('passes over the keys of others', () => {
    const raw = {
      'pulumi:tags': '{}',
      'pulumi:disable-default-providers': '["*"]',
      'kubernetes:context': 'x',
      'aws:region': 'y',
    };
    expect(parse(raw, { stack: 'dev', lock }).faults).toEqual([]);
  });
});

describe('the name of a lab', () => {
  it('follows from the stack', () => {
    expect(resolved({}, 'dev').labName).toBe('hardway-dev');
    expect(resolved({ labName: 'other' }, 'dev').labName).toBe('other');
    expect(defaultLabName('Team.Prod_eu')).toBe('hardway-team-prod-eu');
    expect(defaultLabName('x'.repeat(80))).toHaveLength(40);
  });

  it('is known even when other keys are faulty', () => {
    expect(parsed({ labName: 'other', controllers: [] })).toMatchObject({ labName: 'other' });
    expect(parsed({ controllers: 3 }, 'dev')).toMatchObject({ labName: 'hardway-dev' });
  });
});

describe('the nearest word', () => {
  it.each([
    ['worker', 'workers'],
    ['clusterNmae', 'clusterName'],
    ['podcidr', 'podCidr'],
    ['kubernetesVerson', 'kubernetesVersion'],
  ])('%s: %s', (word, known) => {
    expect(nearest(word, optionNames)).toBe(known);
  });

  it('is none for what is like nothing', () => {
    expect(nearest('bananas', optionNames)).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });

  it('counts letters put in, left out, replaced and swapped', () => {
    const pairs = [
      ['', ''],
      ['a', ''],
      ['abc', 'abd'],
      ['abc', 'acb'],
      ['workers', 'worker'],
      ['kitten', 'sitting'],
    ] as const;
    expect(pairs.map(([one, other]) => editDistance(one, other))).toEqual([0, 1, 1, 1, 1, 3]);
  });
});

describe('the architecture of machines that name none', () => {
  const on = (computer: string | undefined, settings: Record<string, unknown>) =>
    parse(Object.fromEntries(Object.entries(settings).map(([key, value]) => [`hardway:${key}`, value])), {
      stack: 'dev',
      lock,
      computer,
    });
  const architectures = (result: ReturnType<typeof on>) => [
    ...new Set(result.config?.machinesList.map(({ architecture }) => architecture)),
  ];

  it.each(['amd64', 'arm64'])("is this computer's in a lab: %s", (computer) => {
    expect(architectures(on(computer, {}))).toEqual([computer]);
    expect(on(computer, {}).config?.architecture).toBe(computer);
    const everyId = servedByLab(on(computer, {}).config as ClusterConfig, readLock(undefined, '')).map(
      ({ arch }) => arch,
    );
    expect([...new Set(everyId)]).toEqual([computer]);
  });

  it('is amd64 elsewhere, whatever this computer is', () => {
    const { draft } = parsePartially({ 'hardway:machines': 'aws' }, { stack: 'dev', lock, computer: 'arm64' });
    expect(draft.settings.architecture).toBe('amd64');
  });

  it("is refused in a lab when it is not this computer's, for every machine at once", () => {
    const workers = ['wrk01', { name: 'wrk02', architecture: 'arm64' }, { name: 'wrk03', architecture: 'arm64' }];
    const rule = "is not this computer's, which is amd64, and a lab's machines are containers on it.";
    expect(
      renderDiagnostics(on('amd64', { workers }).faults)
        .split('\n')
        .filter((line) => line.includes(rule)),
    ).toHaveLength(2);
    expect(renderDiagnostics(on('arm64', { architecture: 'amd64' }).faults)).toContain(
      `hardway:architecture = "amd64" is not this computer's, which is arm64`,
    );
  });
});
