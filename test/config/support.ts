/** What the tests of the configuration share. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { type Lock, parseLock } from '../../artifacts/lock.ts';
import { renderDiagnostics } from '../../config/diagnostic.ts';
import { type ParseResult, parse } from '../../config/parse.ts';
import type { ClusterConfig } from '../../config/schema.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');

/**
 * A small lock: the real one's names with made-up sums. For arm64 it lacks the node binaries of Kubernetes 1.37.1.
 */
export const lock: Lock = parseLock(JSON.parse(readFileSync(join(fixtures, 'lock.json'), 'utf8')));

/** A configuration that breaks a rule or deserves a warning, and what is said about it. */
export interface Fixture {
  readonly name: string;
  readonly config: Record<string, unknown>;
  /** This computer's architecture, where a rule is about it. */
  readonly computer?: string;
  readonly faults?: string[];
  readonly warnings?: string[];
}

/** Every fixture under `test/fixtures/config/`. */
export function configFixtures(): Fixture[] {
  const folder = join(fixtures, 'config');
  return readdirSync(folder)
    .sort()
    .map((file) => ({ name: file.replace(/\.yaml$/, ''), ...parseYaml(readFileSync(join(folder, file), 'utf8')) }));
}

/** Raw values in the form Pulumi hands them over: scalars as text, structures as JSON text. */
export function asPulumi(raw: Readonly<Record<string, unknown>>): Record<string, string> {
  const text = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, text(value)]));
}

/** Parses keys without their namespace, against the small lock. */
export function parsed(settings: Readonly<Record<string, unknown>>, stack = 'test'): ParseResult {
  const raw = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`hardway:${key}`, value]));
  return parse(raw, { stack, lock });
}

/** The configuration out of keys without their namespace. Throws the faults when there are any. */
export function resolved(settings: Readonly<Record<string, unknown>>, stack = 'test'): ClusterConfig {
  const { config, faults } = parsed(settings, stack);
  if (config === undefined) throw new Error(renderDiagnostics(faults));
  return config;
}
