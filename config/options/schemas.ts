/**
 * The kinds of values a configuration key can hold. Each is a zod schema that carries its own rule and way out
 * ({@link Messages}), which the error messages and the README's table share.
 */
import { z } from 'zod';
import { addressProblem, cidrProblem, networkOf } from '../../lib/ipv4.ts';

/** What a message says about a value that a kind refuses. */
export interface Messages {
  /** The rule, as the end of a sentence whose subject is the value: "must be ...". */
  readonly rule: string | ((value: unknown) => string);
  /** The way out, as a sentence. */
  readonly fix: string | ((value: unknown) => string);
}

const ruleTexts = z.registry<Messages>();

/** The rule and way out of a schema, when it has its own. */
export function messagesOf(schema: z.core.$ZodType): Messages | undefined {
  return ruleTexts.get(schema as z.ZodType);
}

/** Gives a schema its rule and way out. */
export function withMessages<S extends z.ZodType>(schema: S, text: Messages): S {
  ruleTexts.add(schema, text);
  return schema;
}

const labelPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The nearest text that is a label: lower case, everything else replaced by single dashes, cut to a length. */
export function toLabel(text: string, length = 63): string {
  const dashed = text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return dashed.replace(/^-+/, '').slice(0, length).replace(/-+$/, '');
}

const labelFix = (fallback: string, length?: number) => (value: unknown) =>
  `Call it "${(typeof value === 'string' && toLabel(value, length)) || fallback}", for example.`;

/** A DNS label (RFC 1123): what Kubernetes takes for names. */
export const label = withMessages(z.string().regex(labelPattern), {
  rule: 'must be a DNS label: 1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends',
  fix: labelFix('hardway'),
});

/** A machine's host name, which is also its node's name: a DNS label that is not an address or `localhost`. */
export const hostName = withMessages(
  z
    .string()
    .regex(labelPattern)
    .regex(/[a-z]/)
    .regex(/^(?!localhost$)/),
  {
    rule: 'must be a host name: 1 to 63 lower-case letters, digits and dashes, a letter among them, with a letter or digit at both ends, and not "localhost"',
    fix: (value) => {
      const near = typeof value === 'string' ? toLabel(value) : '';
      return `Call it "${/[a-z]/.test(near) && near !== 'localhost' ? near : 'wrk01'}", for example.`;
    },
  },
);

/** The longest lab name: machines' container names and the network's name are made of it. */
export const labNameLimit = 40;

/** The name of a lab: part of the names of its Docker network and containers. */
export const labName = withMessages(z.string().regex(labelPattern).max(labNameLimit).or(z.literal('')), {
  rule: `must be a name that Docker takes for networks and containers: 1 to ${labNameLimit} lower-case letters, digits and dashes, with a letter or digit at both ends`,
  fix: labelFix('hardway-dev', labNameLimit),
});

/**
 * The longest cluster domain: with two labels of 63, `svc` and the dots, the name of any service then fits into the 253
 * characters that DNS allows.
 */
export const domainLimit = 253 - '.svc.'.length - 63 - 1 - 63;

/** A DNS domain without a dot at its end. */
export const domain = withMessages(
  z
    .string()
    .max(domainLimit)
    .refine((text) => text.split('.').every((part) => labelPattern.test(part))),
  {
    rule: `must be a DNS domain of at most ${domainLimit} characters: labels of lower-case letters, digits and dashes, joined by dots, none at the end`,
    fix: 'Write it like "cluster.local".',
  },
);

/** An IPv4 range in CIDR notation, with no bit set behind its prefix. */
export const cidr = withMessages(
  z.string().refine((text) => cidrProblem(text) === undefined),
  {
    rule: (value) => (typeof value === 'string' && cidrProblem(value)) || 'is not an IPv4 range',
    fix: (value) => {
      const [address = '', prefix = ''] = typeof value === 'string' ? value.split('/') : [];
      const bitsBehind = typeof value === 'string' && cidrProblem(value)?.startsWith('has bits');
      return bitsBehind
        ? `Write the range that it lies in, ${networkOf(address, Number(prefix))}/${prefix}.`
        : 'Write it like 10.89.0.0/24.';
    },
  },
);

/** An IPv4 address. */
export const address = withMessages(
  z.string().refine((text) => addressProblem(text) === undefined),
  {
    rule: (value) => (typeof value === 'string' && addressProblem(value)) || 'is not an IPv4 address',
    fix: 'Write it like 10.89.0.20.',
  },
);

/** An IPv4 address, or the empty text for none of one's own. */
export const addressOrEmpty = withMessages(
  z.string().refine((text) => text === '' || addressProblem(text) === undefined),
  {
    rule: (value) => (typeof value === 'string' && addressProblem(value)) || 'is not an IPv4 address',
    fix: 'Write it like 10.32.0.10, or "" for the address that follows from the range.',
  },
);

/** A release: three numbers joined by dots, perhaps with a pre-release tag, without a leading `v`. */
export const version = withMessages(z.string().regex(/^\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/), {
  rule: 'must be a version of numbers joined by dots, without a leading "v"',
  fix: (value) => {
    const numbers = typeof value === 'string' ? /^\s*v(\d+\.\d+(\.\d+)?)\s*$/.exec(value)?.[1] : undefined;
    return numbers === undefined ? 'Write it like "1.36.4", in quotes.' : `Write it as "${numbers}".`;
  },
});

/** A processor architecture by Go's name. Which ones exist is the lock's to say. */
export const architecture = withMessages(z.string().regex(/^[a-z0-9]+$/), {
  rule: 'must be the name of a processor architecture',
  fix: 'Write "amd64" or "arm64".',
});

/** A processor architecture, or nothing for the one that follows from where the machines are. */
export const architectureOrNone = withMessages(architecture.or(z.literal('')), {
  rule: 'must be the name of a processor architecture',
  fix: 'Write "amd64" or "arm64".',
});

/** A whole number from a least to a most. */
export function count(unit: string, least: number, most: number): z.ZodType<number> {
  return withMessages(z.int().min(least).max(most), {
    rule: `must be a whole number of ${unit} from ${least} to ${most}`,
    fix: 'Write the number without quotes, unit or fraction.',
  });
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(words: T) {
  const list = words.map((word) => `"${word}"`).join(' or ');
  return withMessages(z.enum(words), {
    rule:
      words.length === 1
        ? `must be ${list}, the only choice so far`
        : `must be one of ${words.map((word) => `"${word}"`).join(', ')}`,
    fix: `Write ${list}.`,
  });
}

/** Yes or no. */
export const flag = withMessages(z.boolean(), {
  rule: 'must be true or false',
  fix: 'Write true or false, without quotes.',
});

/** Ports that a machine's own services listen on; a node port there would be taken away from them. */
export const machinePorts = [2379, 2380, 2381, 6443, 10248, 10249, 10250, 10256, 10257, 10259] as const;
/** The fewest ports that a node port range may have. */
export const fewestNodePorts = 16;

/** The two ends of a port range written `30000-32767`; `undefined` when it is not one. */
export function portRange(text: string): { first: number; last: number } | undefined {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  return match ? { first: Number(match[1]), last: Number(match[2]) } : undefined;
}

function portRangeProblem(text: string): string | undefined {
  const ends = portRange(text);
  if (ends === undefined) return 'is not a range of ports: two numbers joined by a dash';
  const { first, last } = ends;
  if (Math.min(first, last) < 1024 || Math.max(first, last) > 65535) return 'reaches outside the ports 1024 to 65535';
  if (first > last) return 'has its larger end first';
  if (last - first + 1 < fewestNodePorts) return `has fewer than ${fewestNodePorts} ports`;
  const taken = machinePorts.filter((port) => port >= first && port <= last);
  if (taken.length > 0) return `contains ports that the machines' own services listen on: ${taken.join(', ')}`;
  return undefined;
}

/** A range of ports for services of type NodePort. */
export const nodePorts = withMessages(
  z.string().refine((text) => portRangeProblem(text) === undefined),
  {
    rule: (value) => (typeof value === 'string' && portRangeProblem(value)) || 'is not a range of ports',
    fix: 'Write it like "30000-32767".',
  },
);

function isMirrorUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === '' && !/\s|[?#]$/.test(text);
}

/** The address of an artifact mirror, or nothing. */
export const mirror = withMessages(
  z.string().refine((text) => text === '' || isMirrorUrl(text)),
  {
    rule: 'must be an http or https URL without credentials, query or fragment',
    fix: 'Write it like "http://mirror.example.com:8080", or "" for the publishers.',
  },
);

/** One part of a certificate's subject. An organisation beginning with `system:` would be a Kubernetes group with rights. */
const subjectPart = withMessages(z.string().regex(/^(?!system:)[^\p{Cc}]{1,64}$/u), {
  rule: 'must be a text of 1 to 64 characters that does not begin with "system:", which names the groups of Kubernetes itself',
  fix: 'Choose another text, or leave the key out.',
});

/** What certificates say about their owner, besides the name and group that Kubernetes reads. */
export const subject = withMessages(
  z.strictObject({
    organization: subjectPart.optional(),
    organizationalUnit: subjectPart.optional(),
    country: withMessages(z.string().regex(/^[A-Z]{2}$/), {
      rule: 'must be a country code of two capital letters (ISO 3166)',
      fix: 'Write it like "US", or leave the key out.',
    }).optional(),
    locality: subjectPart.optional(),
    province: subjectPart.optional(),
  }),
  {
    rule: 'must be a mapping with any of the keys organization, organizationalUnit, country, locality, province',
    fix: 'Write it like {organization: Kubernetes, country: US}.',
  },
);

const machineObject = z.strictObject({
  name: hostName,
  address: address.optional(),
  podCidr: cidr.optional(),
  architecture: architecture.optional(),
});

/** A machine: its name, or a mapping with what is to be fixed about it. */
export const machine = withMessages(
  z.preprocess((value) => (typeof value === 'string' ? { name: value } : value), machineObject),
  {
    rule: 'must be the name of a machine, or a mapping with name and, if wanted, address, podCidr and architecture',
    fix: 'Write it like wrk01, or like {name: wrk01, address: 10.89.0.100}.',
  },
);

/** The most machines of each role but workers. */
export const fewMachines = 9;

/** A list of machines, up to a number of them. */
export function machines(most: number) {
  return withMessages(z.array(machine).max(most), {
    rule: `must be a list of at most ${most} machines`,
    fix: 'Write it like [one01, one02], or with one "- name" a line.',
  });
}

/** Name servers for the machines' resolver, which reads three at most (resolv.conf(5), MAXNS). */
export const nameServers = withMessages(z.array(address).max(3), {
  rule: 'must be a list of at most 3 IPv4 addresses',
  fix: 'Write it like [192.0.2.53].',
});

/** A link's MTU in bytes, or 0 for the one that follows from the link. 576 is what IPv4 asks of every link. */
export const mtuOrZero = withMessages(
  z.int().refine((bytes) => bytes === 0 || (bytes >= 576 && bytes <= 65_535)),
  {
    rule: 'must be 0 or a whole number of bytes from 576 to 65535',
    fix: 'Write 0 for what the link between the machines allows, or a number like 1376.',
  },
);

/** The fewest and most characters of a password between machines. */
export const passwordLength = { least: 12, most: 256 } as const;

/** A password that reaches a process by its environment: what that, a Secret and a shell all carry as it is. */
export const passwordOrEmpty = withMessages(
  z.string().regex(new RegExp(`^([!-~]{${passwordLength.least},${passwordLength.most}})?$`)),
  {
    rule: `must be ${passwordLength.least} to ${passwordLength.most} printable ASCII characters without spaces: line breaks, control characters and others do not reach a process by its environment as they are`,
    fix: 'Choose another, or "" for a random one.',
  },
);
