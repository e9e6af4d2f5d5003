import { setProxies } from '../pulumi/no-proxy.ts';
import { makeFor } from './make.ts';

type Verb = 'up' | 'down' | 'status' | 'forget';

/** A reason of failure that is known, and what to do about it. */
interface Hint {
  readonly reason: RegExp;
  readonly fix: (machine: string, make: (verb: Verb) => string) => string;
}

/** What Go, Node.js and curl say where a proxy did not let a request through, or was not there. */
const proxyFailed = /proxyconnect|proxy authentication required|from proxy after CONNECT|ERR_PROXY|proxy response/i;

/** The proxy variables that are set, as the subject of a sentence. */
function proxiesSet(): string {
  const names = setProxies(process.env);
  return names.length === 0
    ? 'no proxy variable is set here'
    : `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} set`;
}

const hints: readonly Hint[] = [
  {
    reason: proxyFailed,
    fix: () =>
      `the request went to a proxy, which failed or refused it (${proxiesSet()}): check that the proxy runs and allows ` +
      'the host, or add the host to NO_PROXY.',
  },
  {
    reason: /incorrect passphrase|PULUMI_CONFIG_PASSPHRASE/,
    fix: () =>
      "the passphrase is missing or not the stack's. With a backend of your own, set PULUMI_CONFIG_PASSPHRASE or " +
      'PULUMI_CONFIG_PASSPHRASE_FILE to the one that the stack was created with; otherwise it is in .hardway/passphrase. See docs/troubleshooting.md#the-passphrase-is-wrong',
  },
  {
    reason: /host key mismatch/,
    fix: (machine, make) =>
      `find out whether ${machine} was reinstalled or another machine has its address; no data was sent. ` +
      `A lab machine: run "${make('down')}", then "${make('up')}". A host: write its new key into the config, or remove its entry ` +
      `from hosts.<stack>.yaml. A host that is no longer in the config: run "${make('forget')} HOST=${machine}".`,
  },
  {
    reason: /unable to authenticate|no supported methods remain/,
    fix: (machine) => `add this stack's public key to authorized_keys of the login user on ${machine}.`,
  },
  {
    // What a command printed that ran there says nothing of SSH.
    reason:
      /^(?![\s\S]*Process exited with status)[\s\S]*(dial tcp|no route to host|connection refused|i\/o timeout|handshake .*in time)/i,
    fix: (machine, make) =>
      `check that ${machine} runs ("${make('status')}"; "${make('up')}" starts a lab machine that is stopped) and that its ` +
      'network is up: it does not answer over SSH. A permanently lost host: remove it from ' +
      `hardway:hosts, then run "${make('forget')} HOST=${machine}".`,
  },
  {
    reason: /no space left on device|Failure writing output to destination|curl: \(23\)/i,
    fix: (machine) => `free some space: the disk of ${machine} is full.`,
  },
];

/**
 * What to do about a failure whose message does not say it.
 *
 * @param stack - the stack, which commands name
 * @returns `undefined` for reasons that are not known
 */
export function hintFor(message: string, machine = 'the machine', stack = 'dev'): string | undefined {
  return hints.find(({ reason }) => reason.test(message))?.fix(machine, (verb) => makeFor(verb, stack));
}
