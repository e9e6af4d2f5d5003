import type { types } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { shellQuote } from '../../lib/format/shell.ts';
import type { Machine, SshLogin } from './machine.ts';

/** The part of a machine that connecting to it needs. */
type Reached = Pick<Machine, 'connection'>;

/** How long, in seconds, one remote step may take before the machine ends it itself. */
const STEP_LIMIT_SECONDS = 900;

/** How long, in seconds, a step waits for another one on the same machine. */
const LOCK_LIMIT_SECONDS = 600;

/**
 * The connection of `@pulumi/command` to a machine. The host key is always checked.
 *
 * @param dialErrorLimit how often a refused or lost dial is tried again, in pauses that grow from 0.1 s to 5 s; raised
 *   for the first step of a machine, which may still be booting. An address without a machine takes 3 s more each time.
 */
export function sshConnection(machine: Reached, dialErrorLimit = 15): types.input.remote.ConnectionArgs {
  const { bastion, ...host } = machine.connection;
  return {
    ...login(host, dialErrorLimit),
    ...(bastion === undefined ? {} : { proxy: login(bastion, dialErrorLimit) }),
  };
}

function login({ host, port, user, privateKey, hostKey }: SshLogin, dialErrorLimit: number) {
  const key = privateKey === undefined ? {} : { privateKey: pulumi.secret(privateKey) };
  return { host, port: port ?? 22, user, ...key, hostKey, dialErrorLimit };
}

/** What steps rely on, whatever sudo's `secure_path` or the login's own PATH says. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * A script as root's own shell runs it. The login shell of anyone else may be none of the Bourne family: it gets one
 * line, in single quotes without a backslash, which they all read alike.
 */
export function asRoot({ connection }: Reached, script: string): string {
  if (connection.user === 'root') return script;
  const plain = `export PATH=${PATH}; ${script}`;
  if (!/[\\\n]/.test(plain)) return `sudo -n sh -c ${shellQuote(plain)}`;
  return `sudo -n sh -c 'eval "$(echo "$0" | base64 -d)"' ${Buffer.from(plain).toString('base64')}`;
}

/**
 * Runs words with a lock on their machine. A cancelled update leaves its remote process running, and the next one must
 * wait for it; where either limit is reached, this text is what says so.
 * The lock lies where only root makes files: in /run/lock anyone could have made it first, and hold it.
 */
function alone(words: string): string {
  const limited = `timeout -k 10 ${STEP_LIMIT_SECONDS} flock -w ${LOCK_LIMIT_SECONDS} -E 98 /run/hardway.lock ${words}`;
  const say = (text: string): string => `echo "$(hostname): ${text}. Run the same command again." >&2`;
  return (
    `${limited} || { s=$?; case $s in ` +
    `98) ${say(`another step has been running here for ${LOCK_LIMIT_SECONDS} s`)} ;; ` +
    `124) ${say(`this step was ended after ${STEP_LIMIT_SECONDS} s`)} ;; esac; exit $s; }`
  );
}

/**
 * The text of a remote step: unpacks the bundle that comes on standard input and runs its `apply.sh`. The text holds
 * no content, so a failed step, whose error prints it, reveals nothing.
 */
export function bundleCommand(machine: Reached, ...args: string[]): string {
  return asRoot(
    machine,
    `set -eu; umask 022; d=$(mktemp -d /run/hardway.XXXXXX); trap 'rm -rf "$d"' EXIT; ` +
      `base64 -d | tar -xzf - --no-same-owner -C "$d"; ${alone(['sh "$d/apply.sh"', ...args.map(shellQuote)].join(' '))}`,
  );
}

/** The text that runs a script which an earlier step left on the machine, alone; nothing where there is none. */
function leftScript(machine: Reached, name: string, ...args: string[]): string {
  const script = `/var/lib/hardway/${name}`;
  return asRoot(machine, `! [ -f ${script} ] || ${alone(['sh', script, ...args].map(shellQuote).join(' '))}`);
}

/** The text that removes a role from a machine with the script that {@link bundleCommand} left there. */
export function removalCommand(machine: Reached, role: string, identity: string): string {
  return leftScript(machine, 'apply.sh', 'remove', role, identity);
}

/** The text that removes everything of a cluster from a machine, with the script that claiming it left there. */
export function releaseCommand(machine: Reached, identity: string): string {
  return leftScript(machine, 'host.sh', 'release', identity);
}

/** The text that runs the given lines, for steps that get nothing on standard input. */
export function scriptText(machine: Reached, script: string): string {
  return asRoot(machine, `timeout -k 10 ${STEP_LIMIT_SECONDS} sh -euc ${shellQuote(script)}`);
}

/** The text that runs a few lines given on standard input. */
export function scriptCommand(machine: Reached): string {
  return asRoot(machine, `timeout -k 10 ${STEP_LIMIT_SECONDS} sh -eu`);
}

/** As {@link scriptCommand}, for lines that end by themselves and may take long. */
export function unlimitedScriptCommand(machine: Reached): string {
  return asRoot(machine, 'sh -eu');
}
