/** Diagnostics of SSH, one function a kind: what was found, as exactly as can be known, and the fix. */
import ssh2 from 'ssh2';
import { dialledAs } from '../config/host-record.ts';
import type { Login } from '../config/schema.ts';
import { fingerprint } from './host-key.ts';
import { readKey } from './private-keys.ts';

/** What was found, and the fix, as sentences. */
export interface SshDiagnostic {
  readonly found: string;
  readonly fix: string;
}

/** Why there is no session, or no answer. */
export class SshError extends Error {
  readonly found: string;
  readonly fix: string;

  constructor({ found, fix }: SshDiagnostic) {
    super(`${found}. Fix: ${fix}`);
    this.name = 'SshError';
    this.found = found;
    this.fix = fix;
  }
}

/** How far a login got: a connection is asked for, SSH begins on it, or the user is being let in. */
export type Progress = 'dialling' | 'greeting' | 'login';

type ClientError = Error & { readonly level?: string; readonly code?: string };

const slow =
  'If the machine is only slow, set hardway:sshTimeoutSeconds higher; else look at its load ("uptime") and at sshd\'s log ("journalctl -u ssh").';

const forGood = 'One that is gone for good comes out of hardway:hosts, and out of the state by "make forget".';

const byCode: Readonly<Record<string, (at: string) => SshDiagnostic>> = {
  ENOTFOUND: (at) => ({
    found: `the name in ${at} does not resolve`,
    fix: 'Check the name, or write the address itself.',
  }),
  ECONNREFUSED: (at) => ({
    found: `${at} refuses the connection: nothing listens there`,
    fix: 'Start sshd there ("systemctl enable --now ssh"), or put the address and port right.',
  }),
  EHOSTUNREACH: (at) => ({
    found: `${at} cannot be reached: no route to it, or nobody has the address`,
    fix: `Check that the machine is up, and its address; one in a private network needs a bastion. ${forGood}`,
  }),
};

const sameAs: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'ENOTFOUND',
  ENETUNREACH: 'EHOSTUNREACH',
  ETIMEDOUT: 'late',
};

/** Nothing came in time. `seconds` is how long was waited; absent when the computer's own kernel gave up. */
export function tooLate(at: string, progress: Progress, seconds?: number): SshDiagnostic {
  const within = seconds === undefined ? '' : ` within ${seconds} s`;
  if (progress === 'dialling') {
    return {
      found: `${at} does not answer${within}`,
      fix: `Check that the machine is up, that the address is right, and that no firewall drops connections to this port. ${forGood}`,
    };
  }
  const step = progress === 'greeting' ? 'does not begin to speak SSH' : 'does not finish the login';
  return {
    found: `${at} takes the connection and ${step}${within}; hardway ended the connection`,
    fix: `Check that sshd is what listens there. ${slow}`,
  };
}

/** A command said nothing more and did not end in time. */
export function noAnswer(at: string, seconds: number): SshDiagnostic {
  return { found: `no answer from ${at} within ${seconds} s; hardway ended the connection`, fix: slow };
}

/** A login has no key of its own and there is no agent to ask. */
export function noKey(login: Login): SshDiagnostic {
  return {
    found: `there is no private key for ${login.user} at ${dialledAs(login)}: the stack names none, and SSH_AUTH_SOCK is not set`,
    fix: 'Start an agent with the key ("eval $(ssh-agent); ssh-add"), or set hardway:sshKeyFile and run "make up".',
  };
}

/** The login failed with an error of the connection or of SSH. */
export function failed(login: Login, progress: Progress, error: ClientError): SshDiagnostic {
  const at = dialledAs(login);
  if (error.level === 'client-authentication' || (error.level === 'agent' && progress === 'login'))
    return refusedLogin(login);
  const code = sameAs[error.code ?? ''] ?? error.code ?? '';
  if (code === 'late') return tooLate(at, 'dialling');
  const known = byCode[code];
  if (known !== undefined && progress === 'dialling') return known(at);
  const when = { dialling: 'the connection failed', greeting: 'SSH could not begin', login: 'the login broke off' };
  return {
    found: `${at}: ${when[progress]}: ${error.message}`,
    fix: 'Check that sshd is what listens there, and look at its log ("journalctl -u ssh").',
  };
}

/** A key as people know it: its file, and its fingerprint. */
function keyName(key: Login['key']): string {
  const text = readKey(key);
  if (key === 'agent' || text === undefined) return 'any key of the agent';
  const parsed = ssh2.utils.parseKey(text);
  const first = Array.isArray(parsed) ? parsed[0] : parsed;
  const print =
    first === undefined || first instanceof Error
      ? ''
      : fingerprint(`${first.type} ${first.getPublicSSH().toString('base64')}`);
  return 'file' in key ? `the key ${key.file}, ${print}` : `the key of the config, ${print}`;
}

function refusedLogin(login: Login): SshDiagnostic {
  return {
    found: `${dialledAs(login)} refuses the login of ${login.user} with ${keyName(login.key)}`,
    fix: `Put its public key into ~${login.user}/.ssh/authorized_keys there, or name the right user and key; sshd's log says why ("journalctl -u ssh").`,
  };
}

/** Another host key than the trusted one. */
export function changedHostKey(
  at: string,
  { trusted, shown, fix }: { readonly trusted: string; readonly shown: string; readonly fix?: string },
): SshDiagnostic {
  return {
    found: `${at} shows the host key ${fingerprint(shown)}, and ${fingerprint(trusted)} is the one trusted: refused, nothing was sent`,
    fix: `Find out why: the machine was installed anew, another one has its address, or someone is in between. ${fix ?? ''}`.trimEnd(),
  };
}

/** The connection went away under a command. */
export function lost(at: string, why: string): SshDiagnostic {
  return {
    found: `the connection to ${at} was lost in the middle: ${why}`,
    fix: 'Try again; if it stays so, look at the log of sshd.',
  };
}

/** RFC 4254's reason of a channel that its server does not allow. */
const PROHIBITED = 1;

/** The bastion stands, and does not connect to the host. */
export function notForwarded(bastion: string, to: string, why: string, reason?: number | string): SshDiagnostic {
  if (reason === PROHIBITED) {
    return {
      found: `the bastion ${bastion} lets nobody through: its sshd forbids forwarding to ${to}`,
      fix: 'Set "AllowTcpForwarding yes" in its sshd_config, and see PermitOpen and the options of the key in authorized_keys.',
    };
  }
  const said = why.replace(/^\(SSH\) Channel open failure:\s*/, '') || 'it says nothing more';
  return {
    found: `the bastion ${bastion} cannot reach ${to}: ${said}`,
    fix: 'Check that the host is up, and that sshAddress and port are what the bastion sees of it.',
  };
}

/** What tells that a command did not begin: the part of its result that is looked at. */
interface Unbegun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that did not begin, or did not come to its end: mostly sudo. */
export function notRun(user: string, { code, stdout, stderr }: Unbegun): SshDiagnostic {
  const said = stderr.trim() || stdout.trim();
  if (/a password is required|a terminal is required/.test(said)) {
    return {
      found: `sudo asks ${user} for a password there, or does not let ${user} run it`,
      fix: `Allow it without: "${user} ALL=(ALL) NOPASSWD: ALL" in a file of mode 0440 under /etc/sudoers.d.`,
    };
  }
  if (/not in the sudoers|not allowed to (execute|run)|may not run sudo/.test(said)) {
    return {
      found: `sudo lets ${user} run nothing there`,
      fix: `Allow it: "${user} ALL=(ALL) NOPASSWD: ALL" in a file of mode 0440 under /etc/sudoers.d.`,
    };
  }
  if (/must have a tty/.test(said)) {
    return {
      found: 'sudo there wants a terminal',
      fix: `Put "Defaults:${user} !requiretty" into a file of mode 0440 under /etc/sudoers.d.`,
    };
  }
  if (code === 127 && /sudo/.test(said)) {
    return {
      found: `has no sudo, which ${user} needs`,
      fix: 'Install the package sudo, or log in as root.',
    };
  }
  const last = said.split('\n').slice(-5).join(' / ') || 'nothing';
  return {
    found: `the look did not come to its end (status ${code ?? 'unknown'}); it said: ${last}`,
    fix: 'Log in as this user yourself and see what a shell says there.',
  };
}
