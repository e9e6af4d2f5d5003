/** The verbs of `make`, in the order in which help lists them. */
export const verbs = [
  'up',
  'smoke',
  'test',
  'e2e',
  'bench',
  'preflight',
  'preview',
  'drift',
  'down',
  'forget',
  'status',
  'tools',
  'env',
  'lock',
  'ci',
  'help',
] as const;

/** One of {@link verbs}. */
export type Verb = (typeof verbs)[number];

/** The shapes of cluster that `make e2e` knows. */
export const topologies = ['default', 'minimal', 'ha', 'hosts', 'download', 'computers'] as const;

/** One of {@link topologies}. */
export type Topology = (typeof topologies)[number];

/** What one run of the command line was asked to do. */
export interface Arguments {
  /** What to do. */
  readonly verb: Verb;
  /** The Pulumi stack, e.g. `dev`: also the name of its file, `Pulumi.<stack>.yaml`. Default `dev`. */
  readonly stack: string;
  /** Leave the machines standing after a failed e2e run, for a look at them. Default false. */
  readonly keep: boolean;
  /** Kill the first update in its middle (e2e only). Default false. */
  readonly kill: boolean;
  /** Shape of the cluster (e2e only). Default: the default one on Weave Net, two others on the bridge, then hosts. */
  readonly topology: Topology | undefined;
  /** The stack's name once more, to take down machines that are not a lab's (down only). Default none. */
  readonly confirm?: string;
  /** The host to forget (forget only). Default none. */
  readonly host?: string;
  /** Versions to add to the lock as `group=version`, separated by commas or spaces (lock only). Default none. */
  readonly add?: string;
}

const options = ['--stack', '--topology', '--keep', '--kill', '--confirm', '--host', '--add'];

/** A fault in the arguments: its message is meant for the person who typed them. */
export class UsageError extends Error {}

/**
 * Reads arguments and the environment (`make` hands its variables on there); arguments win.
 *
 * @param argv - the words after the program's name, e.g. `['up', '--stack', 'dev']`
 * @param env - STACK, KEEP, KILL, TOPOLOGY, CONFIRM, HOST and ADD are read; unset and empty mean the default
 * @throws UsageError for an unknown verb, option, topology or a malformed stack name
 */
export function parseArguments(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const [verb = 'help', ...rest] = argv;
  const known = verbs.find((one) => one === verb);
  if (!known) throw new UsageError(`unknown command "${verb}": one of ${verbs.join(', ')}`);
  const given = {
    ...{ stack: env.STACK, topology: env.TOPOLOGY, keep: env.KEEP, kill: env.KILL },
    ...{ confirm: env.CONFIRM, host: env.HOST, add: env.ADD },
  };
  for (let at = 0; at < rest.length; at += 1) {
    const [, option, attached] = /^--(stack|topology|keep|kill|confirm|host|add)(?:=(.*))?$/.exec(rest[at] ?? '') ?? [];
    if (!option) throw new UsageError(`unknown option "${rest[at]}": one of ${options.join(', ')}`);
    if (option === 'keep' || option === 'kill') given[option] = '1';
    else {
      const value = attached ?? rest[++at];
      if (!value) throw new UsageError(`--${option} wants a value`);
      given[option as 'stack' | 'topology' | 'confirm' | 'host' | 'add'] = value;
    }
  }
  const stack = given.stack || 'dev';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(stack)) {
    throw new UsageError(`stack "${stack}": letters, digits, dots, hyphens and underscores only`);
  }
  // What the shape was called before it had a second load balancer.
  const asked = given.topology === 'ha3' ? 'ha' : given.topology;
  const topology = topologies.find((one) => one === asked);
  if (given.topology && !topology)
    throw new UsageError(`unknown topology "${given.topology}": one of ${topologies.join(', ')}`);
  return {
    ...{ verb: known, stack, topology, keep: isSet(given.keep), kill: isSet(given.kill) },
    ...(given.confirm ? { confirm: given.confirm } : {}),
    ...(given.host ? { host: given.host } : {}),
    ...(given.add ? { add: given.add } : {}),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value);
}
