import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { renderDiagnostic } from '../../config/diagnostic.ts';
import { parse } from '../../config/parse.ts';
import { readStackFile } from '../../config/stack-file.ts';
import { lock } from './support.ts';

const root = join(import.meta.dirname, '..', '..');
const nameOf = (file: string): string | undefined => /^Pulumi\.(.+)\.yaml\.example$/.exec(file)?.[1];
const examples = readdirSync(root).flatMap((file) => nameOf(file) ?? []);
const textOf = (stack: string): string => readFileSync(join(root, `Pulumi.${stack}.yaml.example`), 'utf8');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hardway-example-'));
  copyFileSync(join(root, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What comes of a stack file of this text, read as `make up` reads it. */
function parsedFile(stack: string, text: string) {
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), text);
  return parse(readStackFile(stack, folder), { stack, lock });
}

describe('the example stack files', () => {
  it('are found', () => {
    expect(examples).toContain('ha');
  });

  it.each(examples)('%s has no fault, and sets something', (stack) => {
    const { config, faults } = parsedFile(stack, textOf(stack));
    expect(faults.map(renderDiagnostic)).toEqual([]);
    expect(config).not.toEqual(parsedFile('other', 'config:\n').config);
  });

  it.each(examples)('%s says of every key, or of the one right above it, what it is for', (stack) => {
    const lines = textOf(stack).split('\n');
    const explained = (at: number): boolean => {
      const above = lines[at - 1] ?? '';
      if (/\S\s+# \S/.test(lines[at] ?? '') || /^\s*# /.test(above)) return true;
      return /^ {2}#?hardway:/.test(above) && explained(at - 1);
    };
    const bare = lines.filter((line, at) => /^ {2}#?hardway:/.test(line) && !explained(at));
    expect(bare).toEqual([]);
  });
});

describe('the example ha', () => {
  const text = textOf('ha');

  it('goes on when any one machine dies', () => {
    const { config, warnings } = parsedFile('ha', text);
    expect(warnings).toEqual([]);
    const { derived } = config ?? {};
    expect(derived?.loadBalancerMachines).toHaveLength(2);
    expect(derived?.etcdMachines).toHaveLength(3);
    expect(derived?.workerMachines).toHaveLength(3);
    expect(derived?.controlPlaneEndpoint).toBe(config?.loadBalancerAddress);
  });

  it('has the same shape with its lines for machines that exist', () => {
    const replaced = /^ {2}hardway:(labName|labSubnet|loadBalancers|loadBalancerAddress|controllers|workers):.*\n/gm;
    const hosts = text.replace(replaced, '').replace(/^ {2}#(?=hardway:| {2}- )/gm, '  ');
    const { config, faults } = parsedFile('ha', hosts);
    expect(faults.map(renderDiagnostic)).toEqual([]);
    const lab = parsedFile('lab', text).config;
    const shape = ({ name, roles }: { name: string; roles: readonly string[] }) => `${name} ${roles}`;
    expect(config?.machines).toBe('hosts');
    expect(config?.machinesList.map(shape)).toEqual(lab?.machinesList.map(shape));
  });
});
