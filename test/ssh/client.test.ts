import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Login } from '../../config/schema.ts';
import { connect, type Session, type Target } from '../../ssh/client.ts';
import { failed, SshError } from '../../ssh/diagnostics.ts';
import { fingerprint } from '../../ssh/host-key.ts';
import { keyPair } from '../support/ssh-keys.ts';
import { deafPort, type ServerSpec, startServer, type TestServer } from './sshd.ts';

const folder = mkdtempSync(join(tmpdir(), 'hardway-ssh-'));
const keyFile = join(folder, 'id');
const [user, host, otherHost, ecdsaHost] = [keyPair(), keyPair(), keyPair(), keyPair('ecdsa')];
const pub = (pair: { public: string }): string => pair.public.trim().split(' ').slice(0, 2).join(' ');
const SOON = 10;

beforeAll(() => writeFileSync(keyFile, user.private));
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

function target(port: number, more: Partial<Omit<Target, 'login'>> & { login?: Partial<Login> } = {}): Target {
  return {
    ...more,
    login: { address: '127.0.0.1', port, user: 'root', key: { file: keyFile }, ...more.login },
  };
}

async function session(to: Target): Promise<Session> {
  const made = await connect(to, SOON);
  open.push(made);
  return made;
}

async function refusal(attempt: Promise<unknown>): Promise<SshError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SshError)) throw new Error(`expected a fault of SSH, got ${String(error)}`);
  return error;
}

describe('a login', () => {
  it('takes the pinned host key, and runs a command with a text on its input', async () => {
    const { port } = await server();
    const made = await session(target(port, { trusted: pub(host) }));
    expect(made.hostKey).toBe(pub(host));
    expect(
      await made.run({ words: 'sh', input: 'echo hello; echo oops >&2; exit 3' }, { seconds: SOON }),
    ).toMatchObject({
      code: 3,
      began: true,
      stdout: 'hello\n',
      stderr: 'oops\n',
    });
  });

  it('takes the first host key it is shown where none is trusted yet, and gives it back', async () => {
    const { port } = await server();
    expect((await session(target(port))).hostKey).toBe(pub(host));
  });

  it('asks a server with several keys for the type that is trusted', async () => {
    const { port } = await server({ hostKeys: [host.private, ecdsaHost.private] });
    expect((await session(target(port, { trusted: pub(ecdsaHost) }))).hostKey).toBe(pub(ecdsaHost));
    expect((await session(target(port, { trusted: pub(host) }))).hostKey).toBe(pub(host));
  });

  it.each([
    ['of the same type', otherHost],
    ['of another type', ecdsaHost],
  ])('refuses a changed host key %s with both fingerprints, and tries no login', async (_, shown) => {
    const { port, users } = await server({ hostKeys: [shown.private] });
    const fault = await refusal(connect(target(port, { trusted: pub(host), trustedFix: 'Remove its entry.' }), SOON));
    expect(fault.found).toBe(
      `127.0.0.1:${port} shows the host key ${fingerprint(shown.public)}, and ${fingerprint(host.public)} is the one trusted: refused, nothing was sent`,
    );
    expect(fault.fix).toMatch(/Remove its entry\.$/);
    expect(users).toEqual([]);
  });

  it('that is refused is told with the user and the key', async () => {
    const { port, users } = await server({ allowed: otherHost.public });
    const fault = await refusal(connect(target(port, { login: { user: 'admin' } }), SOON));
    expect(fault.found).toBe(
      `127.0.0.1:${port} refuses the login of admin with the key ${keyFile}, ${fingerprint(user.public)}`,
    );
    expect(fault.fix).toContain('~admin/.ssh/authorized_keys');
    expect(new Set(users)).toEqual(new Set(['admin']));
  });

  it('where nothing listens is told apart from one without an answer', async () => {
    const closed = await deafPort('closed');
    expect((await refusal(connect(target(closed.port), SOON))).found).toBe(
      `127.0.0.1:${closed.port} refuses the connection: nothing listens there`,
    );
    const silent = await deafPort('silent');
    open.push(silent);
    expect((await refusal(connect(target(silent.port), 0.3))).found).toMatch(/takes the connection and does not begin/);
  });

  it.each([
    ['ENOTFOUND', 'the name in h.example.com:22 does not resolve'],
    ['EAI_AGAIN', 'the name in h.example.com:22 does not resolve'],
    ['EHOSTUNREACH', 'h.example.com:22 cannot be reached: no route to it, or nobody has the address'],
    ['ENETUNREACH', 'h.example.com:22 cannot be reached: no route to it, or nobody has the address'],
    ['ETIMEDOUT', 'h.example.com:22 does not answer'],
    ['EPROTO', 'h.example.com:22: the connection failed: something else'],
  ])('that ends with %s says: %s', (code, found) => {
    const { login } = target(22, { login: { address: 'h.example.com' } });
    expect(failed(login, 'dialling', Object.assign(new Error('something else'), { code })).found).toBe(found);
  });

  it('whose command has no end is ended', async () => {
    const { port } = await server({ answer: 'never' });
    const made = await session(target(port));
    const fault = await refusal(made.run({ words: 'true', input: '' }, { seconds: 0.3 }));
    expect(fault.found).toBe(`no answer from 127.0.0.1:${port} within 0.3 s; hardway ended the connection`);
    expect(fault.fix).toContain('hardway:sshTimeoutSeconds');
  });
});

describe('what a command says', () => {
  it.each([
    ['a line', 'Welcome!\n'],
    ['a line that it leaves open', 'Welcome! '],
    ['text like that of hardway', 'hardway-0123456789abcdef\nother\tlines\n'],
  ])('is told apart from what a .bashrc prints before it: %s', async (_, greeting) => {
    const { port } = await server({ greeting });
    const made = await session(target(port));
    const ran = await made.run({ words: 'sh', input: 'echo out; echo err >&2' }, { seconds: SOON });
    expect(ran).toMatchObject({ code: 0, began: true, stdout: 'out\n', stderr: 'err\n' });
  });

  it('is heard from its own first output on, which clocks are compared by', async () => {
    const { port } = await server({ greeting: 'Welcome!\n' });
    const made = await session(target(port));
    const ran = await made.run({ words: 'sh', input: 'date +%s%3N' }, { seconds: SOON });
    expect(ran.heardAt).toBeGreaterThanOrEqual(Number(ran.stdout));
  });

  it('is nothing where the login shell ended before it: what that said is kept for the message', async () => {
    const { port } = await server({ greeting: 'Welcome!\n', answer: { code: 1, stderr: 'sudo: no' } });
    const made = await session(target(port));
    const ran = await made.run({ words: 'sh', input: '' }, { seconds: SOON });
    expect(ran).toMatchObject({ code: 1, began: false, stderr: 'Welcome!\nsudo: no' });
  });

  it('is left where the caller gives up', async () => {
    const { port } = await server({ answer: 'never' });
    const made = await session(target(port));
    const signal = AbortSignal.abort(new Error('given up'));
    await expect(made.run({ words: 'true', input: '' }, { signal })).rejects.toThrow('given up');
  });
});

describe('a bastion', () => {
  it('leads to a host, whose own key is checked', async () => {
    const inner = await server({ hostKeys: [otherHost.private] });
    const { port } = await server({ forwards: true });
    const bastion = await session(target(port, { trusted: pub(host) }));
    const to = { address: '127.0.0.1', port: inner.port };
    const made = await connect(target(inner.port, { trusted: pub(otherHost) }), SOON, await bastion.forward(to, SOON));
    open.push(made);
    expect((await made.run({ words: 'echo inside', input: '' }, { seconds: SOON })).stdout).toBe('inside\n');
    const wrong = connect(target(inner.port, { trusted: pub(host) }), SOON, await bastion.forward(to, SOON));
    expect((await refusal(wrong)).found).toContain('shows the host key');
  });

  it('that lets nobody through says so', async () => {
    const { port } = await server({ forwards: false });
    const bastion = await session(target(port));
    const fault = await refusal(bastion.forward({ address: '127.0.0.1', port: 1 }, SOON));
    expect(fault.found).toMatch(new RegExp(`^the bastion 127.0.0.1:${port} `));
  });
});
