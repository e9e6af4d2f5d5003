import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { asRoot } from '../../ssh/command.ts';
import { type MachineLogin, MachineSsh, targetOf } from '../../ssh/machines.ts';
import { clusterOutputs } from '../smoke/cluster.ts';
import { keyPair } from '../support/ssh-keys.ts';
import { deafPort, type ServerSpec, startServer, type TestServer } from './sshd.ts';

const [user, jump, host, bastionHost] = [keyPair(), keyPair(), keyPair(), keyPair()];
const folder = mkdtempSync(join(tmpdir(), 'hardway-ssh-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function server(spec: Partial<ServerSpec> = {}): Promise<TestServer> {
  const started = await startServer({ hostKeys: [host.private], allowed: user.public, ...spec });
  open.push(started);
  return started;
}

function login({ port }: TestServer, more: Partial<MachineLogin> = {}): MachineLogin {
  return { address: '127.0.0.1', port, user: 'root', hostKey: host.public, privateKey: user.private, ...more };
}

function client(hosts: Record<string, MachineLogin & { bastion?: MachineLogin }>, seconds = 10): MachineSsh {
  const made = new MachineSsh({ hosts }, seconds);
  open.push(made);
  return made;
}

describe('the login of a machine', () => {
  const { c1, w1 } = clusterOutputs.ssh.hosts;

  it('has its own address, port, user and key, and the one accepted host key without its comment', () => {
    expect(targetOf(c1 as MachineLogin)).toMatchObject({
      login: { address: '127.0.0.1', port: 1, user: 'root', key: { text: 'a private key\n' } },
      trusted: 'ssh-ed25519 AAAA1',
    });
  });

  it('of a bastion has a key of its own and is checked likewise', () => {
    expect(targetOf(w1?.bastion as MachineLogin)).toMatchObject({
      login: { user: 'jumpuser', key: { text: 'another private key\n' } },
      trusted: 'ssh-ed25519 AAAA3',
    });
  });

  it('asks the agent where no key is given', () => {
    expect(targetOf(w1 as MachineLogin).login.key).toBe('agent');
  });
});

it.each(['root', 'ops'])('finds what the cluster put into /usr/local/bin, logged in as %s', (name) => {
  const line = asRoot(name, 'sh -eu');
  expect(line).toMatch(/(^| )env (\S+ )?PATH=(\S+:)?\/usr\/local\/bin(:\S+)? sh -eu$/);
  expect(line.includes('sudo -n ')).toBe(name !== 'root');
});

describe('MachineSsh', () => {
  it('runs scripts on machines by name, over one login each, and gives what they printed', async () => {
    const one = await server({ greeting: 'Welcome!\n' });
    const ssh = client({ c1: login(one) });
    const said = await Promise.all(Array.from({ length: 9 }, (_, at) => ssh.run('c1', `echo ${at}; echo x >&2`)));
    expect(said).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
    expect(one.logins()).toBe(1);
  });

  it('sends a file', async () => {
    const file = join(folder, 'bytes');
    writeFileSync(file, 'x'.repeat(300_000));
    const ssh = client({ c1: login(await server({ greeting: 'Welcome!\n' })) });
    expect((await ssh.send('c1', 'wc -c', file)).trim()).toBe('300000');
    await expect(ssh.send('c1', 'wc -c', join(folder, 'none'))).rejects.toThrow(/ENOENT/);
  });

  it('goes through a bastion, once for all machines behind it', async () => {
    const [one, two] = [await server(), await server()];
    const gate = await server({ hostKeys: [bastionHost.private], allowed: jump.public, forwards: true });
    const bastion = login(gate, { user: 'jumpuser', privateKey: jump.private, hostKey: bastionHost.public });
    const ssh = client({ w1: { ...login(one), bastion }, w2: { ...login(two), bastion } });
    expect(await Promise.all([ssh.run('w1', 'echo 1'), ssh.run('w2', 'echo 2')])).toEqual(['1', '2']);
    expect(gate.logins()).toBe(1);
  });

  it('refuses another host key, of the machine and of its bastion', async () => {
    const [one, gate] = [await server(), await server({ hostKeys: [bastionHost.private], forwards: true })];
    const wrong = client({ w1: { ...login(one), bastion: login(gate) } });
    await expect(wrong.run('w1', ':')).rejects.toThrow(/^w1: host key mismatch at 127\.0\.0\.1:\d+: expected /);
    expect([one.users, gate.users]).toEqual([[], []]);
    const bastion = login(gate, { hostKey: bastionHost.public });
    const ssh = client({ w1: { ...login(one, { hostKey: bastionHost.public }), bastion } });
    await expect(ssh.run('w1', ':')).rejects.toThrow(/^w1: host key mismatch at 127\.0\.0\.1:\d+: expected /);
    expect(one.users).toEqual([]);
  });

  it('takes no machine whose host key is blank', async () => {
    const one = await server();
    await expect(client({ c1: login(one, { hostKey: ' ' }) }).run('c1', ':')).rejects.toThrow(/^c1: .*host key/);
    expect(one.users).toEqual([]);
  });

  it('says with the name what went wrong on the machine', async () => {
    const ssh = client({ c1: login(await server({ greeting: 'Welcome!\n' })) });
    await expect(ssh.run('c1', 'echo no such thing >&2; exit 4')).rejects.toThrow(/^c1: no such thing$/);
    await expect(ssh.run('c1', 'exit 4')).rejects.toThrow('c1: the command ended with status 4 and said nothing');
    await expect(ssh.run('c2', ':')).rejects.toThrow("c2: the stack's ssh output does not name it");
    const shut = client({ c1: login(await server({ answer: { code: 1, stderr: 'sudo: a password is required' } })) });
    await expect(shut.run('c1', ':')).rejects.toThrow(/^c1: sudo asks root for a password, .* Fix: /);
  });

  it('logs in anew after the machine went away', async () => {
    const one = await server();
    const logins = { c1: login(one) };
    const ssh = client(logins);
    expect(await ssh.run('c1', 'echo 1')).toBe('1');
    await one.close();
    await expect(ssh.run('c1', 'echo 2')).rejects.toThrow(/^c1: /);
    const again = await server();
    Object.assign(logins.c1, { port: again.port });
    expect(await ssh.run('c1', 'echo 3')).toBe('3');
  });

  it('gives up what it dials when it is closed', async () => {
    const silent = await deafPort('silent');
    open.push(silent);
    const ssh = client({ c1: { ...login(await server()), port: silent.port } }, 60);
    const asked = ssh.run('c1', ':');
    const refused = expect(asked).rejects.toThrow(/^c1: .*hardway gave up/);
    await ssh.close();
    await refused;
  });

  it('ends what takes too long, and says who ended it', async () => {
    const ssh = client({ c1: login(await server({ answer: 'never' })) }, 0.3);
    await expect(ssh.run('c1', ':')).rejects.toThrow(
      /^c1: no answer from \S+ within 0\.3 s; hardway ended the connection\. Fix: .*hardway:sshTimeoutSeconds/,
    );
    const signal = AbortSignal.timeout(50);
    await expect(ssh.run('c1', ':', { signal, seconds: 9 })).rejects.toThrow('c1: had not answered yet over SSH');
  });
});
