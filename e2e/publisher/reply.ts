import { createReadStream } from 'node:fs';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** A request, as a publisher's host sees it. */
export interface Asked {
  readonly method: string;
  readonly host: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
}

/** What a host answers: a text, or a file that can also be had in part. */
export type Reply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer }
  | {
      readonly file: string;
      readonly size: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Whether the host reads `Range`; default true. */
      readonly ranges?: boolean;
    };

/** A host of a publisher. */
export type Host = (asked: Asked) => Promise<Reply> | Reply;

/** A redirect. */
export function redirect(status: 301 | 302 | 307, location: string): Reply {
  return { status, headers: { location, 'cache-control': 'no-cache' } };
}

/** A text. */
export function textReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
}

/** A value as JSON. */
export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = `${JSON.stringify(value)}\n`;
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** How the sending of a file goes wrong. */
export interface Damage {
  /** Bytes after which the connection ends. */
  readonly cutAfter?: number;
  /** Send other bytes than the right ones. */
  readonly corrupt?: boolean;
}

/** Sends a reply. @returns the status that was sent */
export async function send(asked: Asked, reply: Reply, response: ServerResponse, damage: Damage = {}): Promise<number> {
  if (!('file' in reply)) {
    const body = Buffer.from(reply.body ?? '');
    response.writeHead(reply.status, { 'content-length': body.length, ...reply.headers });
    response.end(asked.method === 'HEAD' ? undefined : body);
    return reply.status;
  }
  const { file, size, ranges = true } = reply;
  const headers = { 'content-type': 'application/octet-stream', ...reply.headers };
  const [, first, last] = (ranges && /^bytes=(\d+)-(\d*)$/.exec(asked.headers.range ?? '')) || [];
  const from = Number(first ?? 0);
  if (first !== undefined && from >= size) {
    response.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
    return 416;
  }
  const to = last ? Math.min(Number(last), size - 1) : size - 1;
  const status = first === undefined ? 200 : 206;
  response.writeHead(status, {
    ...headers,
    'content-length': to - from + 1,
    ...(ranges ? { 'accept-ranges': 'bytes' } : {}),
    ...(first === undefined ? {} : { 'content-range': `bytes ${from}-${to}/${size}` }),
  });
  if (asked.method === 'HEAD') response.end();
  else await sendFile(file, from, to, response, damage);
  return status;
}

async function sendFile(
  file: string,
  start: number,
  end: number,
  response: ServerResponse,
  damage: Damage,
): Promise<void> {
  const { cutAfter, corrupt } = damage;
  if (cutAfter === undefined && !corrupt) {
    await pipeline(createReadStream(file, { start, end }), response);
    return;
  }
  let sent = 0;
  for await (const chunk of createReadStream(file, { start, end }) as AsyncIterable<Buffer>) {
    const rest = cutAfter === undefined ? chunk : chunk.subarray(0, Math.max(0, cutAfter - sent));
    if (corrupt && sent === 0 && rest.length > 0) rest[rest.length - 1] = (rest.at(-1) ?? 0) ^ 0xff;
    if (rest.length > 0) await new Promise<void>((resolve) => response.write(rest, () => resolve()));
    sent += rest.length;
    if (cutAfter !== undefined && sent >= cutAfter) {
      response.socket?.destroy();
      return;
    }
  }
  response.end();
}
