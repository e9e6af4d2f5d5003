/** Which options differ from those of the last update that finished. Pure. */
import { showValue } from '../diagnostic.ts';
import { fullKey, optionNames, secretOptions } from '../options/index.ts';
import type { ClusterConfig } from '../schema.ts';

/** The value of every option that may be shown, by its name. */
export type ShownSettings = Readonly<Record<string, unknown>>;

/** A changed option. */
export interface ChangedSetting {
  /** With its namespace: `hardway:kubernetesVersion`. */
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** The options of a configuration without secrets, as plain JSON: what the stack keeps of the last finished update. */
export function shownSettings(config: ClusterConfig): ShownSettings {
  const shown = optionNames.filter((name) => !secretOptions.includes(name)).map((name) => [name, config[name]]);
  const text = JSON.stringify(Object.fromEntries(shown), (key, value) => (key === 'privateKey' ? undefined : value));
  return JSON.parse(text) as ShownSettings;
}

/**
 * The options that differ. One that the older record does not know is not compared: it came with a newer hardway.
 *
 * @param before - the stack's record; anything else has no difference
 */
export function changedSettings(before: unknown, now: ShownSettings): ChangedSetting[] {
  if (typeof before !== 'object' || before === null) return [];
  const recorded = before as ShownSettings;
  return Object.keys(now)
    .filter((name) => name in recorded && JSON.stringify(sorted(recorded[name])) !== JSON.stringify(sorted(now[name])))
    .map((name) => ({ key: fullKey(name), before: recorded[name], now: now[name] }));
}

/** `hardway:kubernetesVersion 1.36.4 -> 1.37.1`. */
export function changeText({ key, before, now }: ChangedSetting): string {
  return `${key} ${shortText(before)} -> ${shortText(now)}`;
}

/** Lists of machines as their names: what else an entry says is in the configuration. */
function shortText(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : value;
  const names = Array.isArray(value) ? value.map((entry: unknown) => nameOf(entry)) : [];
  const named = names.filter((name) => name !== undefined);
  return named.length > 0 && named.length === names.length ? `[${named.join(', ')}]` : showValue(value);
}

function nameOf(entry: unknown): string | undefined {
  const keys = typeof entry === 'object' && entry !== null ? Object.keys(entry) : [];
  return keys.join() === 'name' ? String((entry as { name: unknown }).name) : undefined;
}

/** A value whose mappings have their keys in order: a state may have them in another. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
