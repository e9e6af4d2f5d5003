import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authority } from './certificates.ts';
import { Faults, type Trouble } from './faults.ts';
import { type Asked, type Host, type Reply, send, textReply } from './reply.ts';

/** One request that came, and what it got. */
export interface Entry {
  readonly method: string;
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  readonly range?: string;
  readonly agent: string;
  /** Whether it came over TLS. */
  readonly tls: boolean;
  /** The status that was sent; 0 where none was. */
  status: number;
}

/** Publishers' hosts on one port of this computer. */
export interface PublisherServer {
  /** Port with TLS, where certificates are chosen by the name that is asked for. */
  readonly tlsPort: number;
  /** Port without, for those who let themselves be led away from TLS. */
  readonly plainPort: number;
  readonly faults: Faults;
  /** Every request, in the order in which they came. */
  readonly entries: Entry[];
  /** Names of the hosts that are served. */
  readonly hosts: readonly string[];
  close(): Promise<void>;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Serves hosts over TLS with an authority's certificates. Any other host's name gets no connection. */
export async function serve(hosts: Readonly<Record<string, Host>>, authority: Authority): Promise<PublisherServer> {
  const faults = new Faults();
  const entries: Entry[] = [];
  const sockets = new Set<Socket>();
  const closing = new AbortController();

  async function answer(asked: Asked, entry: Entry, response: ServerResponse): Promise<void> {
    const trouble: Trouble | undefined = faults.meet(asked);
    if (trouble && 'silent' in trouble) return;
    if (trouble && 'reset' in trouble) {
      response.socket?.resetAndDestroy();
      return;
    }
    if (trouble && 'delayMs' in trouble) await sleep(trouble.delayMs, undefined, { signal: closing.signal });
    const host = hosts[asked.host];
    let reply: Reply = host ? await host(asked) : textReply(421, `${asked.host} is not served here\n`);
    if (trouble && 'reply' in trouble) reply = trouble.reply;
    if (trouble && 'ranges' in trouble && 'file' in reply) reply = { ...reply, ranges: trouble.ranges ?? true };
    const damage = trouble && ('cutAfter' in trouble || 'corrupt' in trouble) ? trouble : {};
    entry.status = await send(asked, reply, response, damage);
  }

  const handle = (tls: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const method = request.method ?? 'GET';
    const url = new URL(request.url ?? '/', `https://${host}`);
    const { range } = request.headers;
    const agent = request.headers['user-agent'] ?? '';
    const entry: Entry = { method, host, path: url.pathname, ...(range ? { range } : {}), agent, tls, status: 0 };
    entries.push(entry);
    answer({ method, host, url, headers: request.headers }, entry, response).catch((error: Error) => {
      if (response.headersSent || closing.signal.aborted) response.destroy();
      else response.writeHead(500).end(`the stand-in failed: ${error.stack}\n`);
    });
  };

  const plain = createPlain(handle(false));
  const tls = createTls(
    {
      SNICallback: (name, done) => {
        const known = hosts[name] !== undefined;
        done(
          known ? null : new Error(`no host ${name}`),
          known ? authority.contextFor(name, faults.certificateOf(name)) : undefined,
        );
      },
    },
    handle(true),
  );
  for (const server of [plain, tls]) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
  }
  const [plainPort, tlsPort] = await Promise.all([listen(plain), listen(tls)]);
  return {
    tlsPort,
    plainPort,
    faults,
    entries,
    hosts: Object.keys(hosts),
    close: async () => {
      closing.abort();
      for (const socket of sockets) socket.destroy();
      await Promise.all([plain, tls].map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    },
  };
}
