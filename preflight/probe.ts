/** One look at one host: a login, the probe, and what it found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostAccess } from '../config/schema.ts';
import { connect, type Session, type Target } from '../ssh/client.ts';
import { notRun, SshError } from '../ssh/diagnostics.ts';
import { type HostFacts, parseFacts } from './facts.ts';

/** What one look gave. */
export interface ProbeResult {
  readonly facts: HostFacts;
  /** The key that the host showed and that was taken. */
  readonly hostKey: string;
}

const probe = readFileSync(join(import.meta.dirname, 'probe.sh'), 'utf8');

/**
 * Looks at a host.
 *
 * @param seconds - how long the host may take to let us in, and again to answer
 * @param bastion - the session to go through, if any
 * @throws SshError that says why there are no facts
 */
export async function probeHost(
  target: Target,
  access: HostAccess,
  seconds: number,
  bastion?: Session,
): Promise<ProbeResult> {
  const through = bastion === undefined ? undefined : await bastion.forward(access, seconds);
  const session = await connect(target, seconds, through);
  try {
    const ran = await session.run({ words: 'sh -s', input: probe }, { seconds });
    const facts = ran.began ? parseFacts(ran) : undefined;
    if (facts === undefined) throw new SshError(notRun(access.user, ran));
    return { facts, hostKey: session.hostKey };
  } finally {
    session.close();
  }
}
