/**
 * Writes the declarations in `Pulumi.yaml` out of `config/options/index.ts`. Run it after changing a key:
 * `node config/describe.ts`, and `make docs` for the pages about keys. Tests notice when one was not run.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { fullKey, namespace, optionNames, options } from './options/index.ts';
import { type DeclaredType, declaredType } from './options/raw-values.ts';

const projectHead = `# The project, and every configuration key with its type, meaning and default.
# Made by \`node config/describe.ts\` out of config/options/index.ts: change it there. Set values in Pulumi.<stack>.yaml.
# Keys without a type are lists of machines: a machine is a name or a mapping, and Pulumi has no type for that.
`;

function typeDeclaration(type: DeclaredType): Record<string, unknown> {
  if (type === undefined) return {};
  return typeof type === 'string' ? { type } : { type: 'array', items: { type: type.array } };
}

/** The whole of `Pulumi.yaml`. */
export function renderProjectFile(): string {
  const keys = optionNames.map((name) => {
    const { schema, default: fallback, description } = options[name];
    return [fullKey(name), { ...typeDeclaration(declaredType(schema)), description, default: fallback }];
  });
  const project = {
    name: namespace,
    description: 'A Kubernetes cluster the hard way, on plain Linux machines',
    runtime: { name: 'nodejs', options: { typescript: false } },
    config: { 'pulumi:disable-default-providers': { value: ['kubernetes', 'aws'] }, ...Object.fromEntries(keys) },
  };
  return projectHead + stringify(project, { lineWidth: 0 });
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'Pulumi.yaml'), renderProjectFile());
