/** One look at one host: a login, the probe, and what it found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { HostAccess, Login } from '../config/schema.ts';
import { connect, type Ran, type Session, SshError, type Target } from '../ssh/client.ts';
import { type HostFacts, parseFacts } from './facts.ts';

/** What one look gave. */
export interface ProbeResult {
  readonly facts: HostFacts;
  /** The key that the host showed and that was taken. */
  readonly hostKey: string;
}

const probe = readFileSync(join(import.meta.dirname, 'probe.sh'), 'utf8');

/** What runs the probe: as root, by sudo for anyone else; messages in English, since they are told apart. */
function commandFor({ user }: Login): string {
  return user === 'root' ? 'env LC_ALL=C sh -s' : 'env LC_ALL=C sudo -n sh -s';
}

/** Why a probe came to nothing: mostly sudo. */
function explainFailure(user: string, { code, stdout, stderr }: Ran): SshError {
  const said = stderr.trim() || stdout.trim();
  if (/a password is required|a terminal is required/.test(said)) {
    return new SshError({
      found: `sudo asks ${user} for a password there, or does not let ${user} run it`,
      fix: `Allow it without: "${user} ALL=(ALL) NOPASSWD: ALL" in a file of mode 0440 under /etc/sudoers.d.`,
    });
  }
  if (/not in the sudoers|not allowed to (execute|run)|may not run sudo/.test(said)) {
    return new SshError({
      found: `sudo lets ${user} run nothing there`,
      fix: `Allow it: "${user} ALL=(ALL) NOPASSWD: ALL" in a file of mode 0440 under /etc/sudoers.d.`,
    });
  }
  if (/must have a tty/.test(said)) {
    return new SshError({
      found: 'sudo there wants a terminal',
      fix: `Put "Defaults:${user} !requiretty" into a file of mode 0440 under /etc/sudoers.d.`,
    });
  }
  if (code === 127 && /sudo/.test(said)) {
    return new SshError({
      found: `has no sudo, which ${user} needs`,
      fix: 'Install the package sudo, or log in as root.',
    });
  }
  const last = said.split('\n').slice(-5).join(' / ') || 'nothing';
  return new SshError({
    found: `the look did not come to its end (status ${code ?? 'unknown'}); it said: ${last}`,
    fix: 'Log in as this user yourself and see what a shell says there.',
  });
}

/** Time one host has, in milliseconds, from the moment its bastion stands. */
export const HOST_TIME = 20_000;

/**
 * Looks at a host.
 *
 * @param bastion the session to go through, if any
 * @throws ConnectionError that says why there are no facts
 */
export async function probeHost(target: Target, access: HostAccess, bastion?: Session): Promise<ProbeResult> {
  const end = Date.now() + HOST_TIME;
  const left = (): number => Math.max(1000, end - Date.now());
  let through: Duplex | undefined;
  if (bastion !== undefined) through = await bastion.forward(access, left());
  const session = await connect(target, Math.min(left(), HOST_TIME / 2), through);
  try {
    const ran = await session.run(commandFor(access), probe, left());
    const facts = parseFacts(ran);
    if (facts === undefined) throw explainFailure(access.user, ran);
    return { facts, hostKey: session.hostKey };
  } finally {
    session.close();
  }
}
