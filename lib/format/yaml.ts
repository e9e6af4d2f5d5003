import { Document, visit } from 'yaml';

/**
 * A value as YAML, the same text for the same value: keys in the order given, no folding, no anchors.
 * Keys whose value is `undefined` are left out.
 *
 * Strings are quoted wherever YAML 1.1, YAML 1.2 or Go's reader would take them for something else (`yes`, `1e3`,
 * `0o17`), because the readers on the machines are of all kinds.
 */
export function toYaml(value: unknown): string {
  const document = new Document(value, {
    schema: 'yaml-1.1',
    aliasDuplicateObjects: false,
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge'),
  });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && NOT_PLAIN.test(node.value)) {
        node.type = 'QUOTE_DOUBLE';
      }
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** Octal of YAML 1.2, which Go reads as a number too and YAML 1.1 does not; and the merge key of YAML 1.1. */
const NOT_PLAIN = /^([-+]?0[obx][0-9a-f_]+|<<)$/i;
