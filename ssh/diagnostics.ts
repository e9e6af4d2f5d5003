/** What is said when a login over SSH fails: as exactly as can be known, with the way out. Pure but for the key's name. */
import ssh2 from 'ssh2';
import { dialledAs } from '../config/host-record.ts';
import type { Login } from '../config/schema.ts';
import { fingerprint } from './host-key.ts';
import { readKey } from './private-keys.ts';

/** What was found, and the way out. */
export interface SshDiagnostic {
  readonly found: string;
  readonly fix: string;
}

/** How far a login got: a connection is asked for, SSH begins on it, or the user is being let in. */
export type Progress = 'dialling' | 'greeting' | 'login';

type ConnectionError = Error & { readonly level?: string; readonly code?: string };

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

/** Nothing came in time. */
export function tooLate(at: string, progress: Progress, milliseconds?: number): SshDiagnostic {
  const seconds = milliseconds === undefined ? '' : ` within ${Math.round(milliseconds / 1000)} s`;
  if (progress === 'dialling') {
    return {
      found: `${at} does not answer${seconds}`,
      fix: `Check that the machine is up, that the address is right, and that no firewall drops connections to this port. ${forGood}`,
    };
  }
  const step = progress === 'greeting' ? 'does not begin to speak SSH' : 'does not finish the login';
  return {
    found: `${at} takes the connection and ${step}${seconds}`,
    fix: 'Check that sshd is what listens there, and look at its log ("journalctl -u ssh").',
  };
}

/** The login failed with an error of the connection or of SSH. */
export function failed(login: Login, progress: Progress, error: ConnectionError): SshDiagnostic {
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
