/** Command line flags in the one form every Kubernetes and etcd binary reads: `--name=value`. */

/** What a flag can carry. `undefined` leaves the flag out. */
export type FlagValue =
  | string
  | number
  | boolean
  | readonly (string | number)[]
  | Readonly<Record<string, string | number | boolean>>
  | undefined;

/** Flags by name, without the leading dashes. */
export type Flags = Readonly<Record<string, FlagValue>>;

/** How {@link flags} orders what it returns: by name, so that a diff shows only what changed, or as given. */
export type FlagOrder = 'sorted' | 'given';

const FLAG_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Renders each flag as `--name=value`. Lists become `a,b`, maps `k=v,k=v`, booleans `true` or `false`
 * (spelt out, since a default may be either).
 *
 * @param order - `sorted` by default.
 * @throws when a name carries dashes in front or anything but lower-case words, when a value holds a line break,
 *   or when an entry of a list holds the comma that separates entries.
 */
export function flags(values: Flags, order: FlagOrder = 'sorted'): readonly string[] {
  const names = Object.keys(values);
  if (order === 'sorted') names.sort();
  return names.flatMap((name) => {
    const value = values[name];
    if (!FLAG_NAME.test(name)) {
      throw new Error(`flag name ${JSON.stringify(name)}: write it in lower case, without its leading dashes`);
    }
    return value === undefined ? [] : [`--${name}=${flagText(name, value)}`];
  });
}

function flagText(name: string, value: Exclude<FlagValue, undefined>): string {
  const text =
    typeof value !== 'object'
      ? String(value)
      : (Array.isArray(value) ? value.map(String) : Object.entries(value).map(([key, entry]) => `${key}=${entry}`))
          .map((entry) => withoutComma(name, entry))
          .join(',');
  if (/[\r\n\0]/.test(text)) {
    throw new Error(`flag --${name}: its value holds a line break`);
  }
  return text;
}

function withoutComma(name: string, entry: string): string {
  if (entry.includes(',')) {
    throw new Error(`flag --${name}: the entry ${JSON.stringify(entry)} holds a comma, which separates entries`);
  }
  return entry;
}
