import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** One request to the proxy. */
export interface ProxyEntry {
  /** `CONNECT`, or the method of a request that is forwarded as it is. */
  readonly method: string;
  /** Name or address, without the port. */
  readonly host: string;
  readonly port: number;
  /** What the proxy said: 200 where it let the request through. */
  readonly status: number;
}

/** Where a host really is. */
export interface Route {
  readonly host: string;
  readonly port: number;
}

/** How a proxy decides. */
export interface ProxyRules {
  /** Where it leads a host that it lets through; undefined: it does not. */
  readonly route: (host: string, port: number, tls: boolean) => Route | undefined;
  /** What it says to the others; default 403. */
  readonly refusal?: 403 | 502;
  /** `user:password` without which nobody is let through: 407. */
  readonly credentials?: string;
}

/** A forward proxy on a port of this computer. */
export interface ForwardProxy {
  readonly port: number;
  /** Every request, in the order in which they came. */
  readonly entries: ProxyEntry[];
  close(): Promise<void>;
}

const refusalPage = '<html><body><h1>Blocked by policy</h1></body></html>\n';

/** Starts a forward proxy as companies have them: it lets some hosts through, and says no to the rest. */
export async function startProxy(rules: ProxyRules): Promise<ForwardProxy> {
  const entries: ProxyEntry[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };

  function decide(request: IncomingMessage, method: string, host: string, port: number): Route | 403 | 407 | 502 {
    const wanted = rules.credentials && `Basic ${Buffer.from(rules.credentials).toString('base64')}`;
    const allowed = !wanted || request.headers['proxy-authorization'] === wanted;
    const verdict = allowed ? (rules.route(host, port, method === 'CONNECT') ?? rules.refusal ?? 403) : 407;
    entries.push({ method, host, port, status: typeof verdict === 'number' ? verdict : 200 });
    return verdict;
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!URL.canParse(request.url ?? '')) {
      response.writeHead(400).end('this is a proxy\n');
      return;
    }
    const target = new URL(request.url ?? '');
    const verdict = decide(request, request.method ?? 'GET', target.hostname, Number(target.port || 80));
    if (typeof verdict === 'number') {
      const ask = verdict === 407 ? { 'proxy-authenticate': 'Basic realm="proxy"' } : {};
      response.writeHead(verdict, { 'content-type': 'text/html', ...ask }).end(refusalPage);
      return;
    }
    const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = request.headers;
    const path = `${target.pathname}${target.search}`;
    const onward = forward({ ...verdict, method: request.method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });

  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const [, host = '', port = ''] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(request.url ?? '') ?? [];
    const verdict = decide(request, 'CONNECT', host, Number(port));
    if (typeof verdict === 'number') {
      const ask = verdict === 407 ? 'Proxy-Authenticate: Basic realm="proxy"\r\n' : '';
      client.end(
        `HTTP/1.1 ${verdict} Refused\r\n${ask}Content-Type: text/html\r\nContent-Length: ${refusalPage.length}\r\n` +
          `Connection: close\r\n\r\n${refusalPage}`,
      );
      return;
    }
    const upstream = connect(verdict.port, verdict.host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client);
      client.pipe(upstream);
    });
    keep(upstream);
    upstream.on('error', () => client.destroy());
    // Not destroyed: what came before the connection broke still has to reach the client.
    upstream.on('close', () => client.end());
    client.on('close', () => upstream.destroy());
  });
  server.on('connection', keep);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    entries,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
