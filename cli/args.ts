/** The command line: verbs, options, and the variables that `make` passes on. */
import { parseArgs } from 'node:util';
import { UserError } from '../lib/user-error.ts';

/** The verbs of `make`, in the order in which `make help` lists them. */
export const verbs = [
  'up',
  'smoke',
  'test',
  'e2e',
  'bench',
  'preflight',
  'doctor',
  'preview',
  'drift',
  'repair',
  'backup',
  'restore',
  'down',
  'forget',
  'status',
  'certs',
  'ssh',
  'tools',
  'env',
  'lock',
  'docs',
  'docs-test',
  'pictures',
  'ci',
] as const;

/** One of {@link verbs}. */
export type Verb = (typeof verbs)[number];

/** The shapes of cluster that `make e2e` knows. */
export const topologies = ['default', 'minimal', 'ha', 'hosts', 'download', 'computers', 'change', 'keys'] as const;

/** One of {@link topologies}. */
export type Topology = (typeof topologies)[number];

/** What one run of the command line is asked to do. */
export interface Arguments {
  readonly verb: Verb;
  /** The Pulumi stack, e.g. `dev`: also the name of its file, `Pulumi.<stack>.yaml`. Default `dev`. */
  readonly stack: string;
  /** Keep the machines of a failed e2e run, to inspect them. Default false. */
  readonly keep: boolean;
  /** Kill the first update halfway (e2e only). Default false. */
  readonly kill: boolean;
  /** Ask no question before an update that restarts, drains or removes something (up only). Default false. */
  readonly yes?: boolean;
  /** Print the report as JSON (doctor and certs). Default false. */
  readonly json?: boolean;
  /** Shape of the cluster (e2e only). Default: the default one on Weave Net, two others on the bridge, then hosts. */
  readonly topology: Topology | undefined;
  /** The stack's name again, to remove a cluster that is not a lab (down only). Default none. */
  readonly confirm?: string;
  /** The host to forget (forget only). Default none. */
  readonly host?: string;
  /** Versions to add to the lock as `group=version`, separated by commas or spaces (lock only). Default none. */
  readonly add?: string;
  /** The machine to log in to (ssh only). */
  readonly node?: string;
  /** The snapshot's file (restore only). */
  readonly snapshot?: string;
  /** What to run on it, a line for `sh` (ssh only). Default a login shell. */
  readonly command?: string;
  /** Write the outputs of this run into the pages (docs-test only). Default false. */
  readonly update?: boolean;
  /** First letters of the chapters to run, e.g. `05` (docs-test only). Default all of them. */
  readonly chapter?: string;
}

const options = {
  stack: { type: 'string' },
  topology: { type: 'string' },
  keep: { type: 'boolean' },
  kill: { type: 'boolean' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  confirm: { type: 'string' },
  host: { type: 'string' },
  add: { type: 'string' },
  node: { type: 'string' },
  snapshot: { type: 'string' },
  command: { type: 'string' },
  update: { type: 'boolean' },
  chapter: { type: 'string' },
} as const;

const usage = (problem: string, fix: string): UserError => new UserError(problem, { fix, exitCode: 2 });
const oneOf = (words: readonly string[]): string => `use one of ${words.join(', ')}`;

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    const [problem = ''] = String((error as Error).message).split(/\. (?=To specify)|\n/);
    throw usage(problem, oneOf(Object.keys(options).map((name) => `--${name}`)));
  }
}

/**
 * Reads arguments and the environment (`make` hands its variables on there); arguments win.
 *
 * @param argv - the words after the program's name, e.g. `['up', '--stack', 'dev']`
 * @param env - the variables that the Makefile exports are read; unset and empty mean the default
 * @throws UserError with exit status 2 for an unknown verb, option, topology or a malformed stack name
 */
export function parseArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const [word, ...rest] = argv;
  const verb = verbs.find((known) => known === word);
  if (!verb) throw usage(word === undefined ? 'no command given' : `unknown command "${word}"`, oneOf(verbs));
  const given = readOptions(rest);
  const stack = given.stack || env.STACK || 'dev';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(stack)) {
    throw usage(`"${stack}" is not a stack name`, 'use letters, digits, dots, hyphens and underscores only');
  }
  const shape = given.topology || env.TOPOLOGY;
  const topology = topologies.find((known) => known === shape);
  if (shape && !topology) throw usage(`unknown topology "${shape}"`, oneOf(topologies));
  const texts = {
    ...{ confirm: given.confirm || env.CONFIRM, host: given.host || env.HOST, add: given.add || env.ADD },
    ...{
      snapshot: given.snapshot || env.SNAPSHOT,
      node: given.node || env.NODE,
      command: given.command || env.CMD,
      chapter: given.chapter || env.CHAPTER,
    },
  };
  return {
    ...{ verb, stack, topology, keep: given.keep ?? isSet(env.KEEP), kill: given.kill ?? isSet(env.KILL) },
    ...((given.update ?? isSet(env.UPDATE)) ? { update: true } : {}),
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text)),
    ...((given.yes ?? isSet(env.YES)) ? { yes: true } : {}),
    ...((given.json ?? isSet(env.JSON)) ? { json: true } : {}),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value);
}
