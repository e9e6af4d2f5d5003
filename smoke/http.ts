import { request } from 'node:http';

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Fetches once, without keeping the connection.
 *
 * @param url - http only
 * @param host - the Host header. Default that of the URL
 */
export function get(url: string, signal: AbortSignal, host?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, signal, timeout: 5000, headers: host === undefined ? {} : { host } } as const;
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`${url}: no answer within 5 s`)));
    sent.on('error', reject);
    sent.end();
  });
}
