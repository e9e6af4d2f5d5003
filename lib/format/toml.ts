/** Just enough TOML for containerd: tables of strings, numbers, booleans and lists of strings. */

export type TomlValue = string | number | boolean | readonly string[];

/** A table: the path of its header (empty for the top of the file) and its keys. */
export interface TomlTable {
  /** Header by parts, e.g. `['plugins', 'io.containerd.cri.v1.runtime', 'cni']`. */
  readonly header: readonly string[];
  readonly values: Readonly<Record<string, TomlValue | undefined>>;
}

/** The text of a TOML file; keys whose value is `undefined` are left out. */
export function renderToml(tables: readonly TomlTable[]): string {
  return tables
    .map(({ header, values }) => {
      const head = header.length === 0 ? '' : `[${header.map(tomlKey).join('.')}]\n`;
      const lines = Object.entries(values).flatMap(([key, value]) =>
        value === undefined ? [] : [`${tomlKey(key)} = ${tomlValue(value)}\n`],
      );
      return head + lines.join('');
    })
    .join('\n');
}

function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : tomlString(key);
}

function tomlValue(value: TomlValue): string {
  if (typeof value === 'string') return tomlString(value);
  return typeof value === 'object' ? `[${value.map(tomlString).join(', ')}]` : String(value);
}

function tomlString(text: string): string {
  // A JSON string is a TOML basic string, except that TOML also wants DEL escaped.
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
