import { request as httpRequest } from 'node:http';
import { type Agent, request } from 'node:https';
import { parse } from 'yaml';
import { pause } from '../../smoke/check.ts';
import { longestOutage, type Sample } from '../api-probe.ts';

/** What a client needs of a kubeconfig. */
interface Credentials {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

function credentialsOf(kubeconfig: string): Credentials {
  const { clusters, users } = parse(kubeconfig) as {
    readonly clusters: readonly { readonly cluster: Record<string, string> }[];
    readonly users: readonly { readonly user: Record<string, string> }[];
  };
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  const decode = (text = '') => Buffer.from(text, 'base64').toString();
  return {
    server: cluster?.server ?? '',
    ca: decode(cluster?.['certificate-authority-data']),
    cert: decode(user?.['client-certificate-data']),
    key: decode(user?.['client-key-data']),
  };
}

/** Milliseconds until a write without an answer is tried again. */
const writeLimitMs = 2000;
/** Milliseconds until a request to the Service without an answer has failed. */
const askLimitMs = 5000;
const namespace = 'default';
const label = 'e2e-written=true';

/** What became of the writes and requests of a change. */
export interface Losses {
  /** Writes that the API acknowledged. */
  readonly acknowledged: number;
  /** Those among them that are not there afterwards. */
  readonly lost: readonly string[];
  /** The longest time in which no write was acknowledged, in milliseconds. */
  readonly apiGapMs: number;
  /** Requests to the Service, and how many of them failed. */
  readonly requests: number;
  readonly failed: number;
  readonly serviceGapMs: number;
}

/** Writes numbered objects through the API, one after the other, and asks a Service by its node port meanwhile. */
export class Clients {
  readonly #credentials: Credentials;
  readonly #service: string;
  readonly #ended = new AbortController();
  readonly #acknowledged: string[] = [];
  readonly #acknowledgedAt: number[] = [];
  readonly #samples: Promise<Sample>[] = [];
  #running: Promise<unknown> = Promise.resolve();

  private constructor(kubeconfig: string, service: string) {
    this.#credentials = credentialsOf(kubeconfig);
    this.#service = service;
  }

  /** @param service - an http URL of the Service */
  static start(kubeconfig: string, service: string, run: string): Clients {
    const clients = new Clients(kubeconfig, service);
    clients.#running = Promise.all([clients.#write(run), clients.#ask()]);
    return clients;
  }

  async stop(): Promise<Losses> {
    this.#ended.abort();
    await this.#running;
    const samples = await Promise.all(this.#samples);
    const path = `/api/v1/namespaces/${namespace}/configmaps?labelSelector=${encodeURIComponent(label)}`;
    const { status, body } = await this.#call('GET', path);
    if (status !== 200) throw new Error(`the written objects cannot be listed: ${status} ${body.slice(0, 200)}`);
    const { items } = JSON.parse(body) as { items: readonly { metadata: { name: string } }[] };
    const there = new Set(items.map(({ metadata }) => metadata.name));
    await this.#call('DELETE', path);
    return {
      acknowledged: this.#acknowledged.length,
      lost: this.#acknowledged.filter((name) => !there.has(name)),
      apiGapMs: Math.max(
        0,
        ...this.#acknowledgedAt.slice(1).map((at, index) => at - (this.#acknowledgedAt[index] ?? at)),
      ),
      requests: samples.length,
      failed: samples.filter(({ ok }) => !ok).length,
      serviceGapMs: longestOutage(samples),
    };
  }

  async #write(run: string): Promise<void> {
    for (let number = 0; !this.#ended.signal.aborted; number += 1) {
      const name = `e2e-${run}-${number}`;
      const [key = '', value = ''] = label.split('=');
      const body = JSON.stringify({ metadata: { name, labels: { [key]: value } }, data: { number: String(number) } });
      const { status } = await this.#call('POST', `/api/v1/namespaces/${namespace}/configmaps`, body).catch(() => ({
        status: 0,
      }));
      if (status === 201) {
        this.#acknowledged.push(name);
        this.#acknowledgedAt.push(performance.now());
      }
      await pause(50, this.#ended.signal);
    }
  }

  async #ask(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const begin = performance.now();
      this.#samples.push(this.#served().then((ok) => ({ begin, ok })));
      await pause(100, this.#ended.signal);
    }
  }

  #served(): Promise<boolean> {
    return new Promise((resolve) => {
      const sent = httpRequest(this.#service, { agent: false, signal: AbortSignal.timeout(askLimitMs) }, (response) => {
        response.on('error', () => resolve(false));
        response.on('end', () => resolve(response.statusCode === 200));
        response.resume();
      });
      sent.on('error', () => resolve(false));
      sent.end();
    });
  }

  /** One request over a connection of its own, so that none outlives the API server it went to. */
  #call(method: string, path: string, body = ''): Promise<{ status: number; body: string }> {
    const { server, ca, cert, key } = this.#credentials;
    const agent: Agent | false = false;
    return new Promise((resolve, reject) => {
      const headers =
        body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = {
        method,
        agent,
        ca,
        cert,
        key,
        headers,
        signal: AbortSignal.timeout(method === 'POST' ? writeLimitMs : 30_000),
      };
      const sent = request(`${server}${path}`, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
