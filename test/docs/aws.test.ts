import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { awsOptions } from '../../config/options/aws.ts';
import { parse } from '../../config/parse.ts';
import { diskOf, instanceTypeOf, leadingRole } from '../../config/resolve/aws-instances.ts';
import { lock } from '../config/support.ts';

const root = join(import.meta.dirname, '..', '..');
const example = parseYaml(readFileSync(join(root, 'Pulumi.aws.yaml.example'), 'utf8')).config;
const page = readFileSync(join(root, 'docs', 'guides', 'aws.md'), 'utf8');
const result = parse(example, { stack: 'aws', lock });

describe('the example of a stack on AWS', () => {
  it('is a configuration without faults or warnings', () => {
    expect([result.errors, result.warnings]).toEqual([[], []]);
  });

  it('has every key of AWS', () => {
    for (const key of Object.keys(awsOptions)) expect(Object.keys(example)).toContain(`hardway:${key}`);
  });

  it('opens nothing to the world', () => {
    expect(JSON.stringify(example)).not.toContain('0.0.0.0');
  });

  it('costs the quantities that the page names', () => {
    const { config } = result;
    if (config === undefined) throw new Error('the example has faults');
    const roles = [
      ...config.machinesList.map((one) => [leadingRole(one.roles), one.architecture] as const),
      ['bastion', config.architecture] as const,
    ];
    const types = roles.map(([role, architecture]) => instanceTypeOf(config, role, architecture));
    const counted = [...new Set(types)]
      .sort()
      .map((type) => `${types.filter((each) => each === type).length} × ${type}`);
    expect(page).toContain(`| instances | ${counted.join(', ')} |`);
    const disks = roles.reduce((sum, [role]) => sum + diskOf(config, role), 0);
    expect(page).toContain(`| disks, gp3 | ${disks} GiB |`);
    expect(page).toContain(`| public IPv4 addresses | ${roles.length}: `);
  });
});
