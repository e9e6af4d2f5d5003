/** The declarations in `Pulumi.yaml`, made of `config/options/`. `make docs` writes them, with the pages about the keys. */
import { stringify } from 'yaml';
import { fullKey, namespace, optionNames, options } from './options/index.ts';
import { type DeclaredType, declaredType } from './options/raw-values.ts';

const projectHead = `# The project, and every configuration key with its type, meaning and default.
# Made by \`make docs\` of config/options/: change it there. Set values in Pulumi.<stack>.yaml.
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
