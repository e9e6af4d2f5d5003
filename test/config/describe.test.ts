import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { renderProjectFile } from '../../config/describe.ts';
import { optionNames, options } from '../../config/options/index.ts';

const root = join(import.meta.dirname, '..', '..');
const projectText = readFileSync(join(root, 'Pulumi.yaml'), 'utf8');

describe('Pulumi.yaml', () => {
  it('is what the keys make: otherwise run `make docs`', () => {
    expect(projectText).toBe(renderProjectFile());
  });

  it('declares every key with its type, meaning and default', () => {
    const { name, runtime, config } = parseYaml(projectText);
    expect({ name, runtime }).toEqual({ name: 'hardway', runtime: { name: 'nodejs', options: { typescript: false } } });
    const ours = Object.keys(config).filter((key) => key.startsWith('hardway:'));
    expect(ours).toEqual(optionNames.map((key) => `hardway:${key}`));
    for (const key of optionNames) expect(config[`hardway:${key}`].default).toEqual(options[key].default);
    expect(config['hardway:podCidrPrefixLength'].type).toBe('integer');
    expect(config['hardway:controllersAsNodes'].type).toBe('boolean');
    expect(config['hardway:podCidr'].type).toBe('string');
    expect(config['hardway:certificateSubject'].type).toBe('object');
    expect(config['hardway:upstreamNameservers']).toMatchObject({ type: 'array', items: { type: 'string' } });
    expect(config['hardway:workers'].type).toBeUndefined();
  });
});

describe('the keys', () => {
  it.each(optionNames)('%s says what it means, in sentences', (key) => {
    const { description, source } = options[key];
    expect(description).toMatch(/^[A-Z].{20,}\.$/);
    expect(source.length).toBeGreaterThan(3);
  });

  it.each(optionNames)('%s has a default that its rule allows', (key) => {
    expect(options[key].schema.safeParse(options[key].default).success).toBe(true);
  });
});
