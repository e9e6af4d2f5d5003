import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { attachCommand } from '../../ssh/attach.ts';
import { asRoot } from '../../ssh/command.ts';
import { ConnectionError } from '../../ssh/diagnostics.ts';
import { MachineSsh } from '../../ssh/machines.ts';
import { keyPair } from '../support/ssh-keys.ts';
import { type ServerSpec, startServer } from './sshd.ts';

const [user, host] = [keyPair(), keyPair()];

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

function collected(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  return { stream, text: () => text };
}

async function attached(command: string, input = '', spec: Partial<ServerSpec> = {}) {
  const server = await startServer({ hostKeys: [host.private], allowed: user.public, ...spec });
  const login = { address: '127.0.0.1', port: server.port, user: 'root', hostKey: host.public };
  const client = new MachineSsh({ hosts: { c1: { ...login, privateKey: user.private } } }, 10);
  open.push(server, client);
  const [out, err] = [collected(), collected()];
  const stdin = new PassThrough();
  stdin.end(input);
  const status = client.attach('c1', command, { stdin, stdout: out.stream, stderr: err.stream });
  return { server, status, out, err, stdin };
}

describe('what a machine is asked to run', () => {
  it("is root's login shell", () => {
    expect(attachCommand('root', undefined)).toBeUndefined();
    expect(attachCommand('ops', undefined)).toBe('sudo -n -i');
  });

  it('is a command as one word of sh, whatever is in it', () => {
    const line = attachCommand('ops', `echo "$HOME" | sed 's/o/0/' && true`);
    expect(line).toBe(asRoot('ops', `sh -c 'echo "$HOME" | sed '\\''s/o/0/'\\'' && true'`));
  });
});

describe('a session', () => {
  it('hands on input, both outputs and the exit status', async () => {
    const { status, out, err, stdin } = await attached(`cat; echo "a 'b'" >&2; exit 3`, 'typed\n');
    expect(await status).toBe(3);
    expect([out.text(), err.text()]).toEqual(['typed\n', "a 'b'\n"]);
    expect(stdin.destroyed).toBe(true);
  });

  it('fails when the connection is lost, and not when a command fails', async () => {
    const { server, status } = await attached('true', '', { answer: 'never' });
    const failed = expect(status).rejects.toThrow(ConnectionError);
    while (server.commands.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await server.close();
    await failed;
    expect(await (await attached('exit 1')).status).toBe(1);
  });
});
