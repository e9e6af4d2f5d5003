import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from '../../config/parse.ts';
import { digraph, draw, edge, fills, frame, node } from '../../docs/tools/drawing.ts';
import { between, lineage, readGraph, reduced } from '../../docs/tools/graph.ts';
import { machinesPicture } from '../../docs/tools/machines-picture.ts';
import { root } from '../../docs/tools/page.ts';
import { resourcesPicture, rollPicture } from '../../docs/tools/resources-picture.ts';
import { lock } from '../config/support.ts';

const urn = (types: string, name: string) => `urn:pulumi:dev::hardway::${types}::${name}`;
const etcd = 'hardway:etcd:Etcd';
const role = `${etcd}$hardway:remote:Role`;
const command = `${role}$command:remote:Command`;

/** As the engine writes it: two members that roll, a gate, and an object that waits for the provider. */
const resources: readonly (readonly [string, string, parent?: number, ...before: number[]])[] = [
  ['pulumi:pulumi:Stack', 'hardway-dev'],
  [etcd, 'etcd', 0],
  [role, 'etcd-ctl01', 1],
  [command, 'etcd-ctl01', 2],
  [role, 'etcd-ctl02', 1],
  [command, 'etcd-ctl02', 4, 3],
  [`${etcd}$hardway:remote:Gate`, 'etcd-verified', 1, 3, 5],
  ['hardway:pki:Pki$tls:index/privateKey:PrivateKey', 'pki-a', 9],
  ['hardway:pki:Pki$tls:index/privateKey:PrivateKey', 'pki-b', 9],
  ['hardway:pki:Pki', 'pki', 0],
  ['hardway:addons:Addons', 'addons', 0],
  ['hardway:addons:Addons$pulumi:providers:kubernetes', 'addons', 10, 6],
  ['hardway:addons:Addons$kubernetes:core/v1:Service', 'addons-coredns', 10],
];
const dot = [
  'strict digraph {',
  ...resources.map(([types, name], at) => `    Resource${at} [label="${urn(types, name)}"];`),
  ...resources.flatMap(([, , parent, ...before], at) => [
    ...(parent === undefined ? [] : [`    Resource${at} -> Resource${parent} [color = "#AA6639"];`]),
    ...before.map((one) => `    Resource${one} -> Resource${at} [color = "#246C60", label = "x"];`),
  ]),
  '}',
].join('\n');
const graph = readGraph(dot);
const one = (types: string, name: string) => {
  const found = graph.get(urn(types, name));
  if (!found) throw new Error(name);
  return found;
};

describe("the engine's graph", () => {
  it('is read with parents and dependencies', () => {
    expect(graph.size).toBe(resources.length);
    expect(lineage(graph, one(command, 'etcd-ctl02').urn).map(({ name }) => name)).toEqual([
      'etcd-ctl02',
      'etcd-ctl02',
      'etcd',
    ]);
    expect(one(command, 'etcd-ctl02').dependencies).toEqual(new Set([urn(command, 'etcd-ctl01')]));
    expect(() => readGraph('strict digraph {\n}')).toThrow('without resources');
  });

  it('has objects of the API wait for their provider', () => {
    const [service] = [...graph.values()].filter(({ type }) => type.startsWith('kubernetes:'));
    expect([...(service?.dependencies ?? [])]).toEqual([
      urn('hardway:addons:Addons$pulumi:providers:kubernetes', 'addons'),
    ]);
  });

  it('gives dependencies between groups, through what is in none', () => {
    const edges = between(graph, ({ name, type }) =>
      type.includes('Command') || type.startsWith('kubernetes:') ? name : undefined,
    );
    expect([...(edges.get('etcd-ctl02') ?? [])]).toEqual(['etcd-ctl01']);
    expect([...(edges.get('addons-coredns') ?? [])].sort()).toEqual(['etcd-ctl01', 'etcd-ctl02']);
  });

  it('loses edges that follow from others', () => {
    const all = new Map([
      ['c', new Set(['a', 'b'])],
      ['b', new Set(['a'])],
      ['a', new Set<string>()],
    ]);
    expect(reduced(all).get('c')).toEqual(new Set(['b']));
  });
});

describe('the pictures', () => {
  it('show a roll one after the other', () => {
    const picture = rollPicture(graph);
    expect(picture).toContain('"etcd-ctl01" -> "etcd-ctl02"');
    expect(picture).toContain('"etcd-ctl02" -> "etcd-verified"');
    expect(picture).not.toContain('"etcd-ctl01" -> "etcd-verified"');
  });

  it('count what is many', () => {
    expect(resourcesPicture(graph)).toContain('2 × tls PrivateKey');
    expect(resourcesPicture(graph)).toContain('label="Service"');
  });

  it('name ports of the configuration and certificates of the stack alone', () => {
    const { config } = parse({ 'hardway:cni': 'weave' }, { stack: 'dev', lock });
    if (config === undefined) throw new Error('the defaults have errors');
    const certificates = ['admin', 'kubelet-client-wrk01', 'kube-proxy', 'kube-controller-manager', 'kube-scheduler'];
    const all = [...certificates, 'kube-apiserver-etcd-client', 'kube-apiserver-kubelet-client'];
    expect(machinesPicture(config, all)).toContain('kubelet\\n10250');
    expect(() => machinesPicture(config, certificates)).toThrow('no certificate kube-apiserver-etcd-client');
  });

  it('are drawn for light and dark, without what is of the day', async () => {
    const lines = [
      frame('f', 'a "title"', [node('a', { label: 'A\nB', fillcolor: fills.gate })]),
      edge('a', 'b', { label: 'e' }),
    ];
    const svg = await draw(digraph(lines), 'A picture');
    expect(svg).toContain('<title>A picture</title>');
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toMatch(/class="ink".*a &quot;title&quot;/);
    expect(svg).not.toMatch(/#01010|#02020|#03030|<!--/);
    expect(await draw(digraph(lines), 'A picture')).toBe(svg);
  });

  it.each(['resources', 'roll', 'machines'])('%s is there, of the dev stack', (name) => {
    const path = join(root, 'docs', 'pictures', `${name}.svg`);
    expect(existsSync(path)).toBe(true);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('ctl01');
    expect(text).not.toMatch(/10\.96\.|docs/);
  });
});
