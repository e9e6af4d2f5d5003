import { describe, expect, it } from '@jest/globals';
import { renderDiagnostic } from '../../../config/diagnostic.ts';
import { optionNames } from '../../../config/options/index.ts';
import { parse, parsePartially } from '../../../config/parse.ts';
import { rules, warningRules } from '../../../config/validate/index.ts';
import { asPulumi, configFixtures, lock } from '../support.ts';

const fixtures = configFixtures();
const faulty = fixtures.filter(({ faults }) => faults !== undefined);
const warned = fixtures.filter(({ warnings }) => warnings !== undefined);

describe('what is said about a faulty configuration', () => {
  it.each(faulty)('$name', ({ config, faults, computer }) => {
    const result = parse(config, { stack: 'test', lock, computer });
    expect(result.faults.map(renderDiagnostic)).toEqual(faults);
    expect(result.config).toBeUndefined();
  });

  it.each(faulty)('$name, handed over by Pulumi', ({ config, faults, computer }) => {
    expect(parse(asPulumi(config), { stack: 'test', lock, computer }).faults.map(renderDiagnostic)).toEqual(faults);
  });

  it.each(faulty)('$name, as path, value, rule and way out', ({ faults }) => {
    expect(faults?.length).toBeGreaterThan(0);
    for (const message of faults ?? []) {
      expect(message).toMatch(
        /^\S+( = .+)? (must|is|has|stands|shares|reaches|contains|describes|lacks) .+\. .+[.?]$/s,
      );
    }
  });
});

describe('what is said about a configuration that is allowed', () => {
  it.each(warned)('$name', ({ config, warnings, computer }) => {
    const result = parse(config, { stack: 'test', lock, computer });
    expect(result.faults).toEqual([]);
    expect(result.config).toBeDefined();
    for (const message of warnings ?? []) expect(result.warnings.map(renderDiagnostic)).toContain(message);
    expect(result.warnings).toHaveLength(warnings?.length ?? 0);
  });
});

describe('the fixtures', () => {
  const said = fixtures.flatMap(({ faults, warnings }) => [...(faults ?? []), ...(warnings ?? [])]);

  it.each(optionNames)('have a wrong value of %s', (key) => {
    const about = new RegExp(`^hardway:${key}[ .[]`);
    // These share their kind with a key that has its own fixture.
    const sameKind = /^(containerd|runc|cniPlugins|crictl|coredns|pause)Version$|^sshPrivateKey$/;
    expect(sameKind.test(key) || said.some((message) => about.test(message))).toBe(true);
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))('have a case that %s catches', (_, rule) => {
    const caught = fixtures.flatMap(({ config, computer }) =>
      rule(parsePartially(config, { stack: 'test', lock, computer }).draft).map(renderDiagnostic),
    );
    expect(caught.length).toBeGreaterThan(0);
  });

  it.each(warningRules.map((rule) => [rule.name, rule] as const))('have a case that %s warns of', (_, rule) => {
    const caught = fixtures.flatMap(({ config, computer }) =>
      rule(parsePartially(config, { stack: 'test', lock, computer }).draft).map(renderDiagnostic),
    );
    expect(caught.length).toBeGreaterThan(0);
  });
});
