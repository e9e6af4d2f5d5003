/**
 * Schemas that several options share. Each carries its own messages ({@link Messages}), which errors and the reference
 * use.
 */
import { z } from 'zod';
import { addressProblem, cidrProblem, networkOf } from '../../lib/ipv4.ts';

/** The messages about a value that a schema refuses. */
export interface Messages {
  /** The rule, as the end of a sentence whose subject is the value: "must be ...". */
  readonly rule: string | ((value: unknown) => string);
  /** What to do, as a sentence. */
  readonly fix: string | ((value: unknown) => string);
}

const ruleTexts = z.registry<Messages>();

/** The messages of a schema, when it has its own. */
export function messagesOf(schema: z.core.$ZodType): Messages | undefined {
  return ruleTexts.get(schema as z.ZodType);
}

/** Gives a schema its messages. */
export function withMessages<S extends z.ZodType>(schema: S, text: Messages): S {
  ruleTexts.add(schema, text);
  return schema;
}

/** What {@link label} takes. */
export const labelPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The nearest text that is a label: lower case, everything else replaced by single dashes, cut to a length. */
export function toLabel(text: string, length = 63): string {
  const dashed = text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return dashed.replace(/^-+/, '').slice(0, length).replace(/-+$/, '');
}

/** A label near to a value, or an example. */
export const labelFix = (fallback: string, length?: number) => (value: unknown) =>
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

/**
 * The longest cluster domain: with two labels of 63, `svc` and the dots, the name of any service then fits into the 253
 * characters that DNS allows.
 */
const domainLimit = 253 - '.svc.'.length - 63 - 1 - 63;

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
