/** SSH servers on the loopback for tests: one host key or several, one user key, answers to commands, forwarding. */
import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import ssh2, { type Connection } from 'ssh2';

/** What a command says. */
export interface Answer {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** What a server is made of. */
export interface ServerSpec {
  /** Private host keys; the server shows that of the first type that the client wants. */
  readonly hostKeys: readonly string[];
  /** The public key that may log in; none when absent. */
  readonly allowed?: string;
  /** What commands say. Default: they run, in this machine's shell. `never` leaves them without an answer. */
  readonly answer?: Answer | (() => Answer) | 'never';
  /** What a start-up file of the login shell prints before any command, on both outputs. Default nothing. */
  readonly greeting?: string;
  /** Whether connections go through it. Default false. */
  readonly forwards?: boolean;
}

/** A server that runs. */
export interface TestServer {
  readonly port: number;
  /** The users that tried to log in. */
  readonly users: readonly string[];
  /** The commands that were sent. */
  readonly commands: readonly string[];
  /** How many logins succeeded. */
  readonly logins: () => number;
  close(): Promise<void>;
}

/** The public key's bytes on the wire. */
function wireOf(publicKey: string): Buffer {
  return Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
}

/** The line that a command prints when it begins, as the client wants it. */
function markIn(command: string): string {
  const mark = /echo (hardway-[0-9a-f]+);/.exec(command)?.[1];
  return mark === undefined ? '' : `${mark}\n`;
}

function onSession(client: Connection, { answer, greeting = '' }: ServerSpec, commands: string[]): void {
  client.on('session', (accept) => {
    accept().on('exec', (acceptExec, _reject, { command }) => {
      const stream = acceptExec();
      commands.push(command);
      if (greeting !== '') {
        stream.write(greeting);
        stream.stderr.write(greeting);
      }
      if (answer === 'never') return;
      if (answer !== undefined) {
        stream.on('data', () => {});
        const { code, stdout, stderr } = typeof answer === 'function' ? answer() : answer;
        // One that says nothing on standard output did not begin: sudo, or the shell, ended first.
        stream.write(stdout === undefined ? '' : `${markIn(command)}${stdout}`);
        stream.stderr.write(stderr ?? '');
        stream.exit(code);
        stream.end();
        return;
      }
      const child = spawn('sh', ['-c', command]);
      stream.pipe(child.stdin);
      child.stdout.pipe(stream, { end: false });
      child.stderr.pipe(stream.stderr, { end: false });
      child.on('close', (code) => {
        stream.exit(code ?? 1);
        stream.end();
      });
    });
  });
}

/** Starts a server. */
export async function startServer(spec: ServerSpec): Promise<TestServer> {
  const users: string[] = [];
  const commands: string[] = [];
  const clients = new Set<Connection>();
  let logins = 0;
  const server = new ssh2.Server({ hostKeys: [...spec.hostKeys] }, (client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('authentication', (context) => {
      users.push(context.username);
      const { allowed } = spec;
      const matches =
        context.method === 'publickey' && allowed !== undefined && wireOf(allowed).equals(context.key.data);
      if (matches) context.accept();
      else context.reject(['publickey']);
    });
    client.on('ready', () => {
      logins += 1;
      onSession(client, spec, commands);
    });
    client.on('tcpip', (accept, reject, { destIP, destPort }) => {
      if (!spec.forwards) return reject();
      const socket = connect(destPort, destIP);
      socket.once('connect', () => {
        const stream = accept();
        stream.on('error', () => {});
        socket.pipe(stream).pipe(socket);
      });
      // ssh2's only word for it: the channel cannot be opened.
      socket.once('error', () => reject());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address() as { port: number };
  return {
    port: address.port,
    users,
    commands,
    logins: () => logins,
    close: () =>
      new Promise((resolve) => {
        for (const client of clients) client.end();
        server.close(() => resolve());
      }),
  };
}

/** A port on which nobody listens, or somebody who never says a word. */
export async function deafPort(kind: 'closed' | 'silent'): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as { port: number };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  if (kind === 'closed') await close();
  return { port, close: kind === 'closed' ? async () => {} : close };
}
