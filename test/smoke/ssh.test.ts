import { describe, expect, it } from '@jest/globals';
import { asRoot, attachArguments, knownHosts, privateKeys, sshConfig } from '../../smoke/ssh.ts';
import { clusterOutputs } from './cluster.ts';

it('writes one known key for each machine, without comments', () => {
  expect(knownHosts(clusterOutputs.ssh)).toBe(
    'c1 ssh-ed25519 AAAA1\nw1 ssh-ed25519 AAAA2\nbastion.w1 ssh-ed25519 AAAA3\n',
  );
});

describe("ssh's own configuration", () => {
  const keys = privateKeys(clusterOutputs.ssh);
  const text = sshConfig(clusterOutputs.ssh, keys, '/tmp/a folder');
  const blockOf = (name: string) => text.split('\n\n').find((block) => block.startsWith(`Host ${name}\n`)) ?? '';

  it('names each machine with its own address, port, user and key, and no other key', () => {
    expect(keys).toEqual(['a private key', 'another private key']);
    expect(blockOf('c1').split('\n')).toEqual([
      'Host c1',
      '  HostName 127.0.0.1',
      '  Port 1',
      '  User root',
      '  HostKeyAlias c1',
      '  IdentityFile "/tmp/a folder/key-0"',
      '  IdentitiesOnly yes',
    ]);
  });

  it('goes through the bastion, which has a key of its own and is checked likewise', () => {
    expect(blockOf('w1')).toContain('  ProxyJump bastion.w1');
    expect(blockOf('bastion.w1')).toContain('  IdentityFile "/tmp/a folder/key-1"');
    expect(blockOf('bastion.w1')).toContain('  HostKeyAlias bastion.w1');
    expect(blockOf('*')).toContain('  StrictHostKeyChecking yes');
  });

  it('asks the agent where no key is given', () => {
    expect(blockOf('w1')).not.toMatch(/Identit/);
    expect(text).not.toContain('private key');
  });
});

it.each(['root', 'ops'])('finds what the cluster put into /usr/local/bin, logged in as %s', (user) => {
  const line = asRoot(user, 'sh -eu');
  expect(line).toMatch(/(^| )env PATH=(\S+:)?\/usr\/local\/bin(:\S+)? sh -eu$/);
  expect(line.startsWith('sudo -n ')).toBe(user !== 'root');
});

describe("a person's session", () => {
  it('is a login shell of root, with a terminal only where there is one here', () => {
    expect(attachArguments('c1', 'root', undefined, true)).toEqual(['-t', 'c1']);
    expect(attachArguments('c1', 'ops', undefined, false)).toEqual(['-T', 'c1', 'sudo -n -i']);
  });

  it('hands a command on as one word of sh, whatever is in it', () => {
    const [, , line = ''] = attachArguments('c1', 'ops', `echo "$HOME" | sed 's/o/0/' && true`, false);
    expect(line).toBe(asRoot('ops', `sh -c 'echo "$HOME" | sed '\\''s/o/0/'\\'' && true'`));
  });
});
