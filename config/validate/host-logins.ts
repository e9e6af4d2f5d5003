/** Rules about how machines that exist are logged in to: keys, host keys, bastions. */

import { fullKey } from '../options/index.ts';
import { ofHosts, type PartialConfig, type PartialHost, type Rule } from './partial-config.ts';

type Keyed = Partial<Pick<PartialHost, 'keyFile' | 'privateKey' | 'hostKey'>>;
interface Place {
  readonly path: string;
  readonly login: Keyed & { readonly address?: string };
}

/** Every place that describes a login: hosts and bastions. */
function places({ hosts, settings }: PartialConfig): { hosts: Place[]; bastions: Place[] } {
  const own = hosts.flatMap(({ path, bastion }) =>
    bastion === undefined ? [] : [{ path: `${path}.bastion`, login: bastion }],
  );
  const shared = settings.bastion === undefined ? [] : [{ path: fullKey('bastion'), login: settings.bastion }];
  return { hosts: hosts.map((host) => ({ path: host.path, login: host })), bastions: [...shared, ...own] };
}

const oneKey: Rule = (draft) => {
  if (!ofHosts(draft)) return [];
  const { hosts, bastions } = places(draft);
  const { sshKeyFile, sshPrivateKey } = draft.settings;
  const fix = 'Remove one of the two.';
  const entries = [...hosts, ...bastions].filter(
    ({ login }) => Boolean(login.keyFile) && login.privateKey !== undefined,
  );
  return [
    ...(sshKeyFile && sshPrivateKey
      ? [{ path: fullKey('sshKeyFile'), value: sshKeyFile, rule: `stands beside ${fullKey('sshPrivateKey')}`, fix }]
      : []),
    ...entries.map(({ path, login }) => ({
      path: `${path}.keyFile`,
      value: login.keyFile,
      rule: 'stands beside privateKey',
      fix,
    })),
  ];
};

const wholeBastion: Rule = (draft) =>
  places(draft)
    .bastions.filter(() => ofHosts(draft))
    .filter(({ login }) => login.address === undefined && Object.keys(login).length > 0)
    .map(({ path, login: value }) => ({
      path,
      value,
      rule: 'has no address',
      fix: 'Add one, like {address: bastion.example.com}, or write {} for no bastion.',
    }));

const pinnedKeys: Rule = (draft) => {
  if (!ofHosts(draft) || draft.settings.hostKeyPolicy !== 'pinned') return [];
  const { hosts, bastions } = places(draft);
  const isUsed = ({ path }: Place): boolean =>
    path !== fullKey('bastion') || draft.hosts.some(({ bastion }) => bastion === undefined);
  return [...bastions.filter(({ login }) => login.address !== undefined).filter(isUsed), ...hosts]
    .filter(({ login }) => login.hostKey === undefined)
    .map(({ path }) => ({
      path: `${path}.hostKey`,
      value: undefined,
      rule: `must be set while ${fullKey('hostKeyPolicy')} is "pinned"`,
      fix: `Copy it from /etc/ssh/ssh_host_ed25519_key.pub there, or set ${fullKey('hostKeyPolicy')} to "accept-first".`,
    }));
};

/** The faults of logins to machines that exist. */
export const hostLoginRules: readonly Rule[] = [wholeBastion, oneKey, pinnedKeys];

const loginKeys = ['sshUser', 'sshPort', 'sshKeyFile', 'sshPrivateKey', 'hostKeyPolicy', 'bastion'] as const;

/** How hosts are reached is said where there are none. */
const usedLogins: Rule = (draft) => {
  const { machines } = draft.settings;
  if (machines === undefined || machines === 'hosts') return [];
  return loginKeys
    .filter((key) => draft.given.has(key))
    .map((key) => ({
      path: fullKey(key),
      value: undefined,
      rule: `has no effect: ${fullKey('machines')} is "${machines}"`,
      fix: 'Remove it.',
    }));
};

/** What is allowed about these logins, and worth knowing. */
export const hostLoginWarnings: readonly Rule[] = [usedLogins];
