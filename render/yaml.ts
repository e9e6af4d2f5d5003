import { stringify } from 'yaml';

/**
 * A value as YAML, the same text for the same value: keys in the order given, no folding, no anchors.
 * Keys whose value is `undefined` are left out.
 *
 * Strings are quoted wherever YAML 1.1 or 1.2 would read them as something else (`yes`, `0o17`, `1e3`), because the
 * readers on the machines are of both kinds.
 */
export function toYaml(value: unknown): string {
  return stringify(value, {
    schema: 'yaml-1.1',
    lineWidth: 0,
    aliasDuplicateObjects: false,
    sortMapEntries: false,
  });
}
