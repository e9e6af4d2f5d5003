/** The private keys that hosts are logged in to with: where they come from, and what is wrong with them. No Pulumi. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import ssh2 from 'ssh2';
import type { Diagnostic } from '../config/diagnostic.ts';
import { fullKey } from '../config/options/index.ts';
import type { ClusterConfig, Login } from '../config/schema.ts';

const repository = join(import.meta.dirname, '..');

/** The file that a path of the configuration means: `~/` is the home of who runs this, the rest lies in the repository. */
export function keyPath(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(repository, path);
}

/** The text of a login's private key; `undefined` for the agent. Throws when its file cannot be read. */
export function readKey(key: Login['key']): string | undefined {
  if (key === 'agent') return undefined;
  return 'text' in key ? key.text : readFileSync(keyPath(key.file), 'utf8');
}

/** What a fault says of a value: the rule it breaks, and the way out. */
type KeyProblem = Pick<Diagnostic, 'rule' | 'fix'>;

/** What is wrong with a private key, if anything. `name` stands for its file in the commands of the way out. */
export function findKeyProblem(text: string, name: string): KeyProblem | undefined {
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  const encrypted =
    /BEGIN ENCRYPTED PRIVATE KEY/.test(text) || (key instanceof Error && /encrypted/i.test(key.message));
  if (encrypted) {
    return {
      rule: 'is encrypted: a passphrase would be asked for, and nobody is there to type it',
      fix: `Load it into an agent ("ssh-add ${name}") and name no key, or use one without a passphrase.`,
    };
  }
  if (/^PuTTY-User-Key-File/.test(text) || /BEGIN PRIVATE KEY/.test(text)) {
    return {
      rule: 'is a private key in a form that SSH clients do not share',
      fix: `Write it in OpenSSH's own: for a PEM file "ssh-keygen -p -N '' -f ${name}", for PuTTY's "puttygen ${name} -O private-openssh".`,
    };
  }
  if (key === undefined || key instanceof Error) {
    return { rule: 'is not a private key', fix: 'Name the file that ssh-keygen made, like ~/.ssh/id_ed25519.' };
  }
  if (!key.isPrivateKey()) {
    return { rule: 'is a public key', fix: 'Name the private one: the file of the same name without .pub.' };
  }
  return undefined;
}

/** What is wrong with a file as a private key, if anything. */
function findFileProblem(file: string): KeyProblem | undefined {
  const path = keyPath(file);
  const where = path === file ? '' : ` (${path})`;
  try {
    if (statSync(path).isDirectory()) {
      return { rule: `is a folder${where}`, fix: 'Name the file of the private key in it.' };
    }
    return findKeyProblem(readFileSync(path, 'utf8'), path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return {
        rule: `is a file that is not there${where}`,
        fix: 'Name the file of the private key, or none for the keys of the agent.',
      };
    }
    const reason = code === 'EACCES' ? 'permission denied' : (code ?? String(error));
    return { rule: `is a file that cannot be read${where}: ${reason}`, fix: `See "ls -l ${path}".` };
  }
}

/** The part of the configuration that says with which keys hosts and bastions are logged in to. */
export type KeyedConfig = Pick<ClusterConfig, 'hosts' | 'bastion' | 'sshKeyFile' | 'sshPrivateKey' | 'machinesList'>;

/** A place of the configuration that names a key. */
interface KeyPlace {
  readonly path: string;
  readonly key: Exclude<Login['key'], 'agent'>;
}

function listKeys(config: KeyedConfig): KeyPlace[] {
  const at = (path: string, { keyFile, privateKey }: { keyFile?: string; privateKey?: string }): KeyPlace[] => [
    ...(keyFile ? [{ path: `${path}.keyFile`, key: { file: keyFile } }] : []),
    ...(privateKey ? [{ path: `${path}.privateKey`, key: { text: privateKey } }] : []),
  ];
  const { hosts, bastion, sshKeyFile, sshPrivateKey } = config;
  return [
    ...(sshKeyFile ? [{ path: fullKey('sshKeyFile'), key: { file: sshKeyFile } }] : []),
    ...(sshPrivateKey ? [{ path: fullKey('sshPrivateKey'), key: { text: sshPrivateKey } }] : []),
    ...at(fullKey('bastion'), bastion),
    ...hosts.flatMap((host, index) => [
      ...at(`${fullKey('hosts')}[${index}]`, host),
      ...at(`${fullKey('hosts')}[${index}].bastion`, host.bastion ?? {}),
    ]),
  ];
}

/** Every login that the hosts need, bastions' included. */
export function listLogins({ machinesList }: Pick<ClusterConfig, 'machinesList'>): Login[] {
  return machinesList.flatMap(({ access }) =>
    access === undefined ? [] : [access, ...(access.bastion === undefined ? [] : [access.bastion])],
  );
}

const sameKey = (one: Login['key'], other: Login['key']): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * The faults of the keys that hosts are logged in to with, each key once, at the first place that names it. A key that
 * no login uses is not looked at.
 *
 * @param agent the socket of the agent, from SSH_AUTH_SOCK
 */
export function findKeyErrors(config: KeyedConfig, agent = process.env.SSH_AUTH_SOCK): Diagnostic[] {
  const used = listLogins(config).map(({ key }) => key);
  const places = listKeys(config).filter(({ key }) => used.some((each) => sameKey(each, key)));
  const firsts = places.filter(({ key }, index) => places.findIndex((other) => sameKey(other.key, key)) === index);
  const faults = firsts.flatMap(({ path, key }): Diagnostic[] => {
    const complaint = 'file' in key ? findFileProblem(key.file) : findKeyProblem(key.text, '<file>');
    return complaint === undefined ? [] : [{ path, value: 'file' in key ? key.file : undefined, ...complaint }];
  });
  return used.includes('agent') && !agent ? [...faults, agentError('and SSH_AUTH_SOCK is not set')] : faults;
}

/** The fault of logins that need an agent which does not help. `why` ends the sentence. */
export function agentError(why: string): Diagnostic {
  return {
    path: fullKey('sshKeyFile'),
    value: undefined,
    rule: `is empty, so that the keys of an SSH agent are asked for, ${why}`,
    fix: 'Name the file of a private key, or start an agent ("eval $(ssh-agent); ssh-add").',
  };
}
