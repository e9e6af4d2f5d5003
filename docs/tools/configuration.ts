/** The pages under docs/configuration: a heading for each key, made of config/options/index.ts. */
import { stringify } from 'yaml';
import { fullKey, type KeyName, optionNames, options, secretOptions } from '../../config/options/index.ts';
import { type DeclaredType, declaredType } from '../../config/options/raw-values.ts';
import { messagesOf } from '../../config/options/schemas.ts';
import { examples } from './configuration-examples.ts';

/** A page of keys. */
export interface ConfigurationPage {
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** Whether a key belongs here; the first page that says so has it. */
  readonly has: (key: string) => boolean;
}

/** The pages in the order of the index. A key that no page asks for is on the last. */
export const configurationPages: readonly ConfigurationPage[] = [
  {
    name: 'cluster',
    title: 'Cluster and machines',
    about: 'What the cluster is called, where its machines come from, and which there are.',
    has: (key) =>
      /^(cluster(Name|Domain)|machines|controllers(AsNodes)?|workers|loadBalancer(s|Address)|etcdMembers|architecture)$/.test(
        key,
      ),
  },
  {
    name: 'lab',
    title: 'Lab',
    about: 'Keys of `machines: lab`: containers on this computer. See [the lab](../../lab/README.md).',
    has: (key) => key.startsWith('lab'),
  },
  {
    name: 'hosts',
    title: 'Hosts over SSH',
    about: 'Keys of `machines: hosts`: machines that exist. See [the guide](../guides/hosts.md).',
    has: (key) => /^(hosts|ssh|hostKey|bastion|api(Address|Server)|external)/.test(key),
  },
  {
    name: 'aws',
    title: 'AWS',
    about: 'Keys of `machines: aws`: instances of Amazon EC2. See [the guide](../guides/aws.md).',
    has: (key) => /^(aws|vpc)/.test(key),
  },
  {
    name: 'network',
    title: 'Network and DNS',
    about:
      'Ranges, the pod network, and names. See [chapter 10](../tutorial/10-networking.md) and [chapter 12](../tutorial/12-dns.md) of the tutorial.',
    has: (key) =>
      /^(pod|service|dns|nodePort|cni$|coredns(?!Version)|upstream|kubeProxy)/.test(key) && !key.includes('Account'),
  },
  {
    name: 'weave-net',
    title: 'Weave Net',
    about: 'Keys of `cni: weave`. See [chapter 11](../tutorial/11-weave-net.md) of the tutorial.',
    has: (key) => key.startsWith('weave'),
  },
  {
    name: 'certificates',
    title: 'Certificates',
    about: 'See [chapter 2](../tutorial/02-certificates.md) of the tutorial.',
    has: (key) => /^(certificate|ca[A-Z]|serviceAccountKey)/.test(key),
  },
  {
    name: 'versions',
    title: 'Versions and sources',
    about:
      'What is installed, and where it is fetched from. See [where things come from](../../toolchain/README.md) and [offline](../guides/offline.md).',
    has: (key) => /Version$|Mirror$/.test(key),
  },
  {
    name: 'control-plane',
    title: 'Control plane and the rest',
    about: 'See [chapter 6](../tutorial/06-control-plane.md) of the tutorial.',
    has: () => true,
  },
];

/** The page that a key is on. */
export function pageOfKey(key: string): ConfigurationPage {
  const page = configurationPages.find(({ has }) => has(key));
  if (page === undefined) throw new Error('the last page takes every key');
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

function section(name: KeyName): string {
  const { schema, default: fallback, description, source } = options[name];
  const example = ['```yaml', asYaml({ config: { [fullKey(name)]: examples[name] ?? fallback } }), '```'];
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
    ].join('\n'),
    (secretOptions.includes(name) ? secret : example).join('\n'),
  ].join('\n\n');
}

const made = '<!-- Made by `make docs` of config/options/index.ts: change it there. -->';

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
