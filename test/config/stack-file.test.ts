import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { renderDiagnostic } from '../../config/diagnostic.ts';
import { parse } from '../../config/parse.ts';
import { encryptedKeys, hasStrayedSalt, readStackFile } from '../../config/stack-file.ts';
import { lock } from './support.ts';

let folder = '';
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const project = (config = '') => write('Pulumi.yaml', `name: hardway\nruntime: nodejs\n${config}`);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-stack-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a stack on disk', () => {
  it('has its own values over the defaults of the project', () => {
    project(`config:
  pulumi:disable-default-providers: {value: [kubernetes]}
  hardway:cni: {type: string, default: bridge}
  hardway:workers: {default: [wrk01]}
  podCidr: 10.200.0.0/16
  hardway:controllersAsNodes: {type: boolean, default: false}
`);
    write(
      'Pulumi.dev.yaml',
      'encryptionsalt: v1:x\nconfig:\n  hardway:workers: [a, {name: b}]\n  hardway:config:cni: none\n',
    );
    expect(readStackFile('dev', folder)).toEqual({
      'pulumi:disable-default-providers': ['kubernetes'],
      'hardway:cni': 'none',
      'hardway:workers': ['a', { name: 'b' }],
      'hardway:podCidr': '10.200.0.0/16',
      'hardway:controllersAsNodes': false,
    });
  });

  it.each([
    ['has no file', undefined],
    ['is empty', ''],
    ['has an empty config', 'config:\n'],
  ])('%s: it has the defaults', (_, text) => {
    project('config:\n  hardway:cni: {default: bridge}\n');
    if (text !== undefined) write('Pulumi.dev.yaml', text);
    expect(readStackFile('dev', folder)).toEqual({ 'hardway:cni': 'bridge' });
  });

  it('leaves encrypted values to Pulumi', () => {
    project('config:\n  hardway:cni: {default: bridge}\n');
    write('Pulumi.dev.yaml', 'config:\n  hardway:cni: {secure: v1:abc}\n');
    expect(readStackFile('dev', folder)).toEqual({});
  });

  it('says which file is wrong, and where', () => {
    expect(() => readStackFile('dev', folder)).toThrow(`${join(folder, 'Pulumi.yaml')} does not exist`);
    project();
    write('Pulumi.dev.yaml', 'config:\n  hardway:workers: [a\n  hardway:cni: none\n');
    expect(() => readStackFile('dev', folder)).toThrow(/Pulumi\.dev\.yaml is not valid YAML: .*line 3/);
    write('Pulumi.dev.yaml', 'config: [a]\n');
    expect(() => readStackFile('dev', folder)).toThrow(/Pulumi\.dev\.yaml is not a stack file/);
  });
});

describe('the stacks of this repository', () => {
  it('dev is the classic shape on Weave Net, without a fault', () => {
    const { config, errors, warnings } = parse(readStackFile('dev'), { stack: 'dev', lock });
    expect(errors).toEqual([]);
    expect(warnings.map(renderDiagnostic)).toEqual([
      'hardway:controllers = ["ctl01","ctl02"] makes 2 etcd members, which stop when either is lost, no better than a single member. Fix: Use 3 to survive the loss of 1.',
    ]);
    expect(config).toEqual(parse({ 'hardway:cni': 'weave' }, { stack: 'dev', lock }).config);
  });
});

describe('encrypted values', () => {
  it('are known by their keys, wherever they lie within', () => {
    project();
    write(
      'Pulumi.dev.yaml',
      [
        'config:',
        '  hardway:sshPrivateKey: {secure: v1:abc}',
        '  hardway:config:hosts: [{name: a, privateKey: {secure: v1:abc}}]',
        '  hardway:bastion: {address: b.example.com}',
        '',
      ].join('\n'),
    );
    expect(encryptedKeys('dev', folder)).toEqual(['hardway:sshPrivateKey', 'hardway:hosts']);
    expect(encryptedKeys('none', folder)).toEqual([]);
  });
});

describe('the salt that plain pulumi writes', () => {
  it('has strayed into a file where no value is sealed with it', () => {
    write('Pulumi.dev.yaml', 'config:\n  hardway:cni: none\nencryptionsalt: v1:x\n');
    expect(hasStrayedSalt('dev', folder)).toBe(true);
    write('Pulumi.dev.yaml', 'config:\n  hardway:weavePassword:\n    secure: v1:x\nencryptionsalt: v1:x\n');
    expect(hasStrayedSalt('dev', folder)).toBe(false);
    write('Pulumi.dev.yaml', 'config:\n  hardway:cni: none\n');
    expect(hasStrayedSalt('dev', folder)).toBe(false);
    expect(hasStrayedSalt('none', folder)).toBe(false);
  });
});
