/** The pre-flight: a look at every host at once that changes nothing on any, and what follows from it. */
import type { Lock } from '../artifacts/lock.ts';
import { dialledAs, type HostRecord, type RecordedHost, recordedHost } from '../config/host-record.ts';
import type { ClusterConfig, HostAccess, Login, MachineSpec } from '../config/schema.ts';
import { connect, type Session, type Target } from '../ssh/client.ts';
import { ConnectionError } from '../ssh/diagnostics.ts';
import { fingerprint } from '../ssh/host-key.ts';
import { pool } from '../toolchain/progress.ts';
import { checkAcross, sharedHostKeys } from './checks/across-hosts.ts';
import { checkHost } from './checks/index.ts';
import { type HostDiagnostic, joinNames } from './diagnostic.ts';
import { type HostFacts, recorded } from './facts.ts';
import { type ProbeResult, probeHost } from './probe.ts';
import { nextRecord } from './record.ts';

/** How many hosts are checked at once: few enough for one bastion. */
const AT_ONCE = 16;

/** Arguments of {@link preflight}. */
export interface PreflightArgs {
  readonly config: ClusterConfig;
  readonly lock: Lock;
  /** What earlier ones learnt. */
  readonly record: HostRecord | undefined;
}

/** The result of {@link preflight}. */
export interface PreflightResult {
  /** Every fault of every host. */
  readonly errors: readonly HostDiagnostic[];
  /** Those of them that say that a host which was seen before does not let us in now. */
  readonly silent: readonly HostDiagnostic[];
  readonly warnings: readonly HostDiagnostic[];
  /** What is known from now on; absent when there is nothing to keep. */
  readonly record: HostRecord | undefined;
  /** Host keys that were taken at first sight, one line each. */
  readonly accepted: readonly string[];
  /** One line for every host that was checked. */
  readonly lines: readonly string[];
}

/** A machine that is reached over SSH. */
type Host = MachineSpec & { readonly access: HostAccess };

/** Which key a login must be shown. Throws when none is trusted and none may be. */
function targetOf(login: Login, known: string | undefined, { config }: PreflightArgs): Target {
  if (login.hostKey !== undefined) {
    const trustedFix = 'If it was reinstalled, set hostKey in the configuration to its new key.';
    return { login, trusted: login.hostKey, trustedFix };
  }
  if (config.hostKeyPolicy !== 'accept-first') {
    const problem = `no host key is configured for ${dialledAs(login)}, and hostKeyPolicy is "pinned"`;
    throw new ConnectionError({ problem, fix: 'Set its hostKey in the configuration.' });
  }
  const trustedFix = `If it was reinstalled, remove its entry from hosts.${config.stack}.yaml.`;
  return known === undefined ? { login } : { login, trusted: known, trustedFix };
}

const bastionId = (login: Login): string => JSON.stringify([dialledAs(login), login.user, login.key, login.hostKey]);

/** Logins to bastions, each made once and shared by the hosts behind it. */
class Bastions {
  readonly #sessions = new Map<string, Promise<Session>>();
  readonly #args: PreflightArgs;
  /** Keys of the bastions that let us in, by address and port. */
  readonly keys = new Map<string, string>();
  /** Those of them that were not known before. */
  readonly accepted: string[] = [];

  constructor(args: PreflightArgs) {
    this.#args = args;
  }

  session(login: Login): Promise<Session> {
    const id = bastionId(login);
    const made = this.#sessions.get(id) ?? this.#connect(login);
    this.#sessions.set(id, made);
    return made;
  }

  async #connect(login: Login): Promise<Session> {
    const at = dialledAs(login);
    const target = targetOf(login, this.#args.record?.bastions[at], this.#args);
    const session = await connect(target, this.#args.config.sshTimeoutSeconds);
    this.keys.set(at, session.hostKey);
    if (target.trusted === undefined) this.accepted.push(`the bastion ${at}, ${fingerprint(session.hostKey)}`);
    return session;
  }

  async close(): Promise<void> {
    for (const session of await Promise.allSettled(this.#sessions.values())) {
      if (session.status === 'fulfilled') session.value.close();
    }
  }
}

/** What came of one host: its look, or why there is none, and whether that is its bastion's fault. */
interface Outcome {
  readonly host: Host;
  readonly look?: ProbeResult;
  /** Whether its key was not known before. */
  readonly isNew?: boolean;
  readonly fault?: ConnectionError;
  readonly atBastion: boolean;
}

async function outcomeOf(host: Host, args: PreflightArgs, bastions: Bastions): Promise<Outcome> {
  let atBastion = host.access.bastion !== undefined;
  try {
    const bastion = host.access.bastion === undefined ? undefined : await bastions.session(host.access.bastion);
    atBastion = false;
    const known = recordedHost(args.record, host.name, host.access)?.hostKey;
    const target = targetOf(host.access, known, args);
    const look = await probeHost(target, host.access, args.config.sshTimeoutSeconds, bastion);
    return { host, look, isNew: target.trusted === undefined, atBastion };
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return { host, fault: error, atBastion };
  }
}

/** The faults of logins: each host's own, and a bastion's once for all that it stands before. */
function loginFaults(outcomes: readonly Outcome[]): HostDiagnostic[] {
  const behind = new Map<ConnectionError, string[]>();
  for (const { host, fault, atBastion } of outcomes) {
    if (fault !== undefined && atBastion) behind.set(fault, [...(behind.get(fault) ?? []), host.name]);
  }
  const ofBastions = [...behind].map(([{ problem, fix }, names]): HostDiagnostic => {
    return { severity: 'error', hosts: [`the bastion of ${joinNames(names)}`], problem, fix };
  });
  const own = outcomes.flatMap(({ host, fault, atBastion }): HostDiagnostic[] =>
    fault === undefined || atBastion
      ? []
      : [{ severity: 'error', hosts: [host.name], problem: fault.problem, fix: fault.fix }],
  );
  return [...ofBastions, ...own];
}

function lineOf(name: string, width: number, facts: HostFacts): string {
  const memory = `${(facts.memory / 1024).toFixed(facts.memory < 10_240 ? 1 : 0)} GiB`;
  const cpus = facts.cpus === 1 ? '1 CPU' : `${facts.cpus} CPUs`;
  const what = facts.container ? ', container' : '';
  return `${name.padEnd(width)}  ${facts.os}, ${facts.architecture}, cgroup v${facts.cgroupVersion}, ${cpus}, ${memory}${what}`;
}

/** Looks at every host of a configuration. Changes nothing anywhere. */
export async function preflight(args: PreflightArgs): Promise<PreflightResult> {
  const { config, lock, record } = args;
  const hosts = config.machinesList.flatMap((each) => (each.access === undefined ? [] : [each as Host]));
  const bastions = new Bastions(args);
  const outcomes: Outcome[] = [];
  await pool(hosts, AT_ONCE, async (host, at) => {
    outcomes[at] = await outcomeOf(host, args, bastions);
  });
  await bastions.close();
  const looked = outcomes.flatMap(({ host, look, isNew }) => (look === undefined ? [] : [{ host, isNew, ...look }]));
  const context = { config, lock, cluster: record?.cluster };
  const each = looked.map(({ host, facts }) => checkHost(host, facts, context));
  const across = checkAcross(new Map(looked.map(({ host, facts }) => [host.name, facts])));
  const errors = [...loginFaults(outcomes), ...each.flatMap((result) => result.errors), ...across.errors];
  // In the order of the hosts; what is about a bastion or this machine comes first.
  const placeOf = (one: HostDiagnostic): number => hosts.findIndex(({ name }) => name === one.hosts[0]);
  errors.sort((one, other) => placeOf(one) - placeOf(other));
  const faulty = new Set(errors.flatMap(({ hosts }) => hosts));
  const learnt = new Map<string, RecordedHost>();
  for (const { host, facts, hostKey } of looked) {
    if (!faulty.has(host.name)) learnt.set(host.name, recorded(facts, dialledAs(host.access), hostKey));
  }
  const width = Math.max(0, ...hosts.map(({ name }) => name.length));
  const silent = outcomes.flatMap(({ host, fault, atBastion }) =>
    fault && !atBastion && recordedHost(record, host.name, host.access) ? host.name : [],
  );
  return {
    errors,
    silent: errors.filter((error) => error.hosts.every((name) => silent.includes(name))),
    warnings: [
      ...each.flatMap((result) => result.warnings),
      ...across.warnings,
      ...sharedHostKeys(new Map(looked.map(({ host, hostKey }) => [host.name, hostKey]))),
    ],
    record: nextRecord(record, config, { hosts: learnt, bastions: bastions.keys }),
    accepted: [
      ...bastions.accepted,
      ...looked
        .filter(({ host, isNew }) => isNew && learnt.has(host.name))
        .map(({ host, hostKey }) => `${host.name}, ${fingerprint(hostKey)}`),
    ],
    lines: looked.map(({ host, facts }) => lineOf(host.name, width, facts)),
  };
}
