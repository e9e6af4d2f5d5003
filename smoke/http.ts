import { request } from 'node:http';

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Fetches from this computer, without keeping the connection: what kubectl forwards to a port here.
 *
 * @param url - http only
 */
export function get(url: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, signal, timeout: 5000 }, (response) => {
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
