/** The pages under docs/configuration: a heading for each key, made of config/options/index.ts. */
import { stringify } from 'yaml';
import { fullKey, type KeyName, optionNames, options, secretOptions, sections } from '../../config/options/index.ts';
import type { Option } from '../../config/options/option.ts';
import { type DeclaredType, declaredType } from '../../config/options/raw-values.ts';
import { messagesOf } from '../../config/options/schemas.ts';

/** A page of keys. */
export interface ConfigurationPage {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** Whose options it has. */
  readonly sections: readonly (keyof typeof sections)[];
}

/** The pages in the order of the index. */
export const configurationPages: readonly ConfigurationPage[] = [
  {
    name: 'cluster',
    title: 'Cluster and machines',
    about: 'What the cluster is called, where its machines come from, and which there are.',
    sections: ['Cluster', 'Machines and roles'],
  },
  {
    name: 'lab',
    title: 'Lab',
    about: 'Keys of `machines: lab`: containers on this computer. See [the lab](../../lab/README.md).',
    sections: ['Lab'],
  },
  {
    name: 'hosts',
    title: 'Hosts over SSH',
    about: 'Keys of `machines: hosts`: machines that exist. See [the guide](../guides/hosts.md).',
    sections: ['Hosts over SSH'],
  },
  {
    name: 'aws',
    title: 'AWS',
    about: 'Keys of `machines: aws`: instances of Amazon EC2. See [the guide](../guides/aws.md).',
    sections: ['AWS'],
  },
  {
    name: 'network',
    title: 'Network and DNS',
    about:
      'Ranges, the pod network, and names. See [chapter 10](../tutorial/10-networking.md) and [chapter 12](../tutorial/12-dns.md) of the tutorial.',
    sections: ['Networks', 'DNS'],
  },
  {
    name: 'weave-net',
    title: 'Weave Net',
    about: 'Keys of `cni: weave`. See [chapter 11](../tutorial/11-weave-net.md) of the tutorial.',
    sections: ['Weave Net'],
  },
  {
    name: 'certificates',
    title: 'Certificates',
    about: 'See [chapter 2](../tutorial/02-certificates.md) of the tutorial.',
    sections: ['Certificates'],
  },
  {
    name: 'versions',
    title: 'Versions and sources',
    about:
      'What is installed, and where it is fetched from. See [where things come from](../../toolchain/README.md) and [offline](../guides/offline.md).',
    sections: ['Versions', 'Mirrors'],
  },
  {
    name: 'control-plane',
    title: 'Control plane',
    about: 'See [chapter 6](../tutorial/06-control-plane.md) of the tutorial.',
    sections: ['Control plane'],
  },
  {
    name: 'extra-args',
    title: 'Further flags and fields',
    about:
      'For what has no key of its own: flags and fields that the version in use knows. See [decision 0030](../decisions/0030-extra-args.md).',
    sections: ['Further flags and fields'],
  },
];

/** The page that a key is on. */
export function pageOfKey(key: string): ConfigurationPage {
  const page = configurationPages.find(({ sections: own }) => own.some((name) => key in sections[name]));
  if (page === undefined) throw new Error(`the section of ${key} is on no page`);
  return page;
}

/** Where a key is explained, from the repository's root. */
export const linkToKey = (key: string): string => `docs/configuration/${pageOfKey(key).name}.md#${key.toLowerCase()}`;

const typeName = (type: DeclaredType): string => {
  if (type === undefined) return 'list of names or mappings';
  if (type === 'object') return 'mapping';
  return typeof type === 'string' ? type : 'list of strings';
};

/** What a value may be, from the rule that a message about a wrong one names. */
function allowed(name: KeyName): string {
  const text = messagesOf(options[name].schema);
  if (text === undefined) return '';
  const rule = typeof text.rule === 'string' ? text.rule.replace(/^must (?:be |have )?/, '') : undefined;
  return (
    rule ?? (typeof text.fix === 'string' ? text.fix : text.fix(undefined)).replace(/^Write it /, '').replace(/\.$/, '')
  );
}

const asYaml = (value: unknown): string => stringify(value, { lineWidth: 0 }).trimEnd();

/** A value on one line, as code. */
const inline = (value: unknown): string => `\`${JSON.stringify(value)}\``;

/** Text with what Markdown would read as HTML escaped, outside of code. */
const prose = (text: string): string => text.replaceAll(/`[^`]*`|</g, (found) => (found === '<' ? '&lt;' : found));

/** An option with the extras that only some have. */
const extended = (name: KeyName): Option => options[name] as Option;

function section(name: KeyName): string {
  const { schema, default: fallback, description, source, example: shown = fallback, formerName } = extended(name);
  const example = ['```yaml', asYaml({ config: { [fullKey(name)]: shown } }), '```'];
  const secret = ['```sh', '. .hardway/env', `pulumi config set --stack live --secret ${fullKey(name)}`, '```'];
  const where = source.startsWith('http') ? `<${source}>` : `\`${source}\``;
  const range = allowed(name);
  return [
    `## ${name}`,
    prose(description),
    [
      `- Type: ${typeName(declaredType(schema))}`,
      ...(range === '' ? [] : [`- Allowed: ${prose(range)}`]),
      `- Default: ${inline(fallback)}`,
      `- Goes to: ${where}`,
      ...(formerName === undefined ? [] : [`- Former name: \`${formerName}\`, still accepted with a warning`]),
    ].join('\n'),
    (secretOptions.includes(name) ? secret : example).join('\n'),
  ].join('\n\n');
}

const made = '<!-- Made by `make docs` of config/options/: change it there. -->';

/** One page, whole. */
export function renderConfigurationPage(page: ConfigurationPage): string {
  const keys = optionNames.filter((name) => pageOfKey(name) === page);
  return [made, `# ${page.title}`, page.about, ...keys.map(section)].join('\n\n').concat('\n');
}

const short = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 40 ? 'see there' : `\`${text}\``;
};

/** The index of all keys. */
export function renderConfigurationIndex(): string {
  const pages = configurationPages.map(({ name, title, about }) => `- [${title}](${name}.md). ${about}`);
  const rows = [...optionNames].sort().map((name) => {
    return `| [\`${name}\`](${pageOfKey(name).name}.md#${name.toLowerCase()}) | ${short(options[name].default)} |`;
  });
  return [
    made,
    '# Configuration',
    'Set keys in `Pulumi.<stack>.yaml` under `config:`, with the prefix `hardway:`. `STACK=<name>` chooses the stack, by\ndefault `dev` ([Pulumi.dev.yaml](../../Pulumi.dev.yaml)). Everything is checked before anything is created; all errors\nare reported at once, each with its path, its value, the rule and a way to fix it. Nothing is required: a stack file\nwithout a key is a cluster with the defaults.',
    'Whole files to start from: [Pulumi.ha.yaml.example](../../Pulumi.ha.yaml.example),\n[Pulumi.hosts.yaml.example](../../Pulumi.hosts.yaml.example), [Pulumi.aws.yaml.example](../../Pulumi.aws.yaml.example).\nSmaller ones are in [getting started](../getting-started.md#other-shapes).',
    pages.join('\n'),
    '## All keys',
    ['| key | default |', '|---|---|', ...rows].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}
