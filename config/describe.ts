/**
 * Writes what is said about the configuration elsewhere: the declarations in `Pulumi.yaml` and the README's table, both
 * out of `config/options/index.ts`. Run it after changing a key: `node config/describe.ts`. A test notices when it was not run.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { renderPortTable } from './describe-ports.ts';
import { fullKey, namespace, optionNames, options } from './options/index.ts';
import { type DeclaredType, declaredType } from './options/raw-values.ts';

/** The lines of a README between which the table stands. */
export const tableMarkers = { begin: '<!-- config table: begin -->', end: '<!-- config table: end -->' } as const;

/** The lines of the page of ports between which its table stands. */
export const portMarkers = { begin: '<!-- port table: begin -->', end: '<!-- port table: end -->' } as const;

type Markers = { readonly begin: string; readonly end: string };

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

const inTable = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The README's table of keys: name, default, meaning, and where the value goes. */
export function renderConfigTable(): string {
  const rows = optionNames.map((name) => {
    const { default: fallback, description, source } = options[name];
    const where = source.startsWith('http') ? `<${source}>` : `\`${source}\``;
    return `| \`${name}\` | \`${JSON.stringify(fallback)}\` | ${inTable(description)} | ${where} |`;
  });
  return ['| key | default | meaning | where it goes |', '|---|---|---|---|', ...rows].join('\n');
}

/** A page with a table between markers brought up to date. */
function withTable(page: string, what: string, { begin, end }: Markers, table: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`the ${what} has no lines "${begin}" and "${end}"`);
  }
  return `${before}${begin}\n${table}\n${end}${after}`;
}

/** A README with the table between its markers brought up to date. Throws when the markers are not there. */
export function withConfigTable(readme: string): string {
  return withTable(readme, 'README', tableMarkers, renderConfigTable());
}

/** The page of ports with its table brought up to date. Throws when the markers are not there. */
export function withPortTable(page: string): string {
  return withTable(page, 'page of ports', portMarkers, renderPortTable());
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  writeFileSync(join(root, 'Pulumi.yaml'), renderProjectFile());
  const readme = join(root, 'README.md');
  if (existsSync(readme)) writeFileSync(readme, withConfigTable(readFileSync(readme, 'utf8')));
  const ports = join(root, 'docs', 'ports.md');
  writeFileSync(ports, withPortTable(readFileSync(ports, 'utf8')));
}
