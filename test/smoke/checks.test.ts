import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { unreadyLines } from '../../smoke/checks/components.ts';
import { firstAddress, networkChecks } from '../../smoke/checks/network.ts';
import { conditionFaults } from '../../smoke/checks/nodes.ts';
import { readyPods } from '../../smoke/checks/workload.ts';
import { type Context, podsApart } from '../../smoke/context.ts';
import { parseOutputs } from '../../smoke/outputs.ts';
import { workload } from '../../smoke/workload.ts';
import { clusterOutputs } from './cluster.ts';

describe('conditionFaults', () => {
  const node = (conditions: { type: string; status: string; message?: string }[]) => ({
    metadata: { name: 'w1' },
    status: { conditions, nodeInfo: { kubeletVersion: 'v1' } },
  });

  it('wants Ready and no pressure', () => {
    const ready = { type: 'Ready', status: 'True' };
    expect(conditionFaults(node([ready, { type: 'DiskPressure', status: 'False' }]))).toEqual([]);
    expect(conditionFaults(node([ready, { type: 'DiskPressure', status: 'True' }]))).toEqual(['w1 DiskPressure=True']);
    expect(conditionFaults(node([ready, { type: 'MemoryPressure', status: 'Unknown' }]))).toEqual([
      'w1 MemoryPressure=Unknown',
    ]);
    expect(conditionFaults(node([{ type: 'Ready', status: 'False', message: 'no CNI' }]))).toEqual([
      'w1 not Ready: no CNI',
    ]);
    expect(conditionFaults(node([]))).toEqual(['w1 not Ready: no word']);
  });
});

describe('networkChecks', () => {
  const skipped = (kubeProxyMode: string): string[] => {
    const kubectl = { fix: (_endpoint: string, fix: string) => fix };
    const context = { outputs: { ...clusterOutputs, kubeProxyMode }, pods: [], kubectl } as unknown as Context;
    return networkChecks(context).flatMap(({ name, skip }) => (skip?.includes('kube-proxy') ? [name] : []));
  };

  it('leave out what needs the addresses of services where the cluster has no kube-proxy', () => {
    expect(skipped('nftables')).toEqual([]);
    expect(skipped('none')).toEqual([
      'a pod fetches the Service by name and is answered by every pod',
      'the node port answers on w1',
      'a pod resolves "kubernetes", short and in full',
    ]);
  });
});

describe('readyPods', () => {
  const pod = (name: string, ready: string, more = {}) => ({
    metadata: { name, ...more },
    spec: { nodeName: 'w1' },
    status: { podIP: '10.200.0.4', conditions: [{ type: 'Ready', status: ready }] },
  });

  it('takes neither those that are not ready nor those that go', () => {
    const pods = [pod('a', 'True'), pod('b', 'False'), pod('c', 'True', { deletionTimestamp: 'now' })];
    expect(readyPods(pods)).toEqual([{ name: 'a', node: 'w1', address: '10.200.0.4' }]);
  });
});

it('finds two pods on different nodes, where there are any', () => {
  const pod = (name: string, node: string) => ({ name, node, address: '' });
  expect(podsApart([pod('a', 'w1'), pod('b', 'w1'), pod('c', 'w2')])?.map(({ name }) => name)).toEqual(['a', 'c']);
  expect(podsApart([pod('a', 'w1'), pod('b', 'w1')])).toBeUndefined();
  expect(podsApart([])).toBeUndefined();
});

it('finds the parts of the API server that are not ready', () => {
  expect(unreadyLines('[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed')).toEqual([
    '[-]etcd failed: reason withheld',
  ]);
});

it.each([
  ['10.32.0.0/24', '10.32.0.1'],
  ['10.42.255.0/24', '10.42.255.1'],
  ['200.0.0.0/12', '200.0.0.1'],
])('knows the first address of %s', (cidr, address) => {
  expect(firstAddress(cidr)).toBe(address);
});

describe('parseOutputs', () => {
  it('takes what the program gives', () => {
    expect(parseOutputs(clusterOutputs)).toEqual(clusterOutputs);
  });

  it('names what is missing and shows no value', () => {
    const { endpoint: _, ...rest } = clusterOutputs;
    expect(() => parseOutputs(rest)).toThrow(/endpoint: /);
    expect(() => parseOutputs(rest)).not.toThrow(/a private key/);
    expect(() => parseOutputs({})).toThrow('did "make up" finish?');
  });
});

describe('the workload', () => {
  const list = JSON.parse(workload('ns', 'e2e.local', 'tok')) as { items: { kind: string; spec: never }[] };

  it('is a namespace with a Secret, a Deployment and both kinds of Service', () => {
    expect(list.items.map(({ kind }) => kind)).toEqual(['Namespace', 'Secret', 'Deployment', 'Service', 'Service']);
  });

  it('runs a script that a shell understands and that writes what the checks read', () => {
    const deployment = list.items[2] as unknown as {
      spec: { template: { spec: { containers: { command: string[] }[] } } };
    };
    const script = (deployment.spec.template.spec.containers[0]?.command[2] ?? '').replaceAll('/tmp/www', '"$D"/www');
    const look = `cat "$D/www/index.html"; REMOTE_ADDR=10.1.2.3 "$D/www/cgi-bin/from"`;
    const printed = execFileSync(
      '/bin/sh',
      [
        '-eu',
        '-c',
        `D=$(mktemp -d); trap 'rm -r "$D"' EXIT; httpd() { :; }; ${script.replace('exec httpd', 'httpd')}\n${look}`,
      ],
      { env: { POD: 'web-1', PATH: '/usr/bin:/bin' }, encoding: 'utf8' },
    );
    expect(printed).toBe('serving as web-1\nweb-1\nContent-Type: text/plain\r\n\r\n10.1.2.3\n');
  });
});
