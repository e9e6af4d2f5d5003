/**
 * Waits until the API answers on the machine that runs Pulumi: `node reach.ts HOST`, with the cluster's CA on standard
 * input. The Kubernetes provider looks once, and then says no more than that the cluster is unreachable.
 */
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export interface ReachOptions {
  /** Default 6443. */
  readonly port?: number;
  /** How long to try, in seconds. Default 180. */
  readonly limitSeconds?: number;
}

/** How long one try may take, in milliseconds: packets that a security group drops get no answer. */
const TRY_LIMIT = 5000;

/** Asks once. @returns what is wrong; undefined when the answer is right */
function ask(url: URL, ca: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get(url, { ca, agent, signal: AbortSignal.timeout(TRY_LIMIT) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? undefined : `it answered ${answer.statusCode}`);
    });
    asked.on('error', (error) => resolve(isTimeout(error) ? 'no answer' : error.message));
  });
}

const isTimeout = ({ name }: Error): boolean => name === 'AbortError' || name === 'TimeoutError';

/**
 * Asks until the API answers, verified by its CA.
 *
 * @throws Error with the last failure, when time is up
 */
export async function reach(
  host: string,
  ca: string,
  { port = 6443, limitSeconds = 180 }: ReachOptions = {},
): Promise<void> {
  const url = new URL(`https://${host}:${port}/readyz`);
  // As kubectl does it: by the proxy of the environment, where there is one.
  const agent = new Agent({ proxyEnv: process.env });
  const end = performance.now() + limitSeconds * 1000;
  let seen = await ask(url, ca, agent);
  while (seen !== undefined && performance.now() < end) {
    await pause(500);
    seen = await ask(url, ca, agent);
  }
  if (seen === undefined) return;
  throw new Error(
    `the API did not answer this computer at ${url.href} within ${limitSeconds} s. Last failure: ${seen}. Fix: check ` +
      `that hardway:awsApiCidrs has this computer's address, or that hardway:externalEndpoint leads to the API on port ${port}.`,
  );
}

if (process.argv[1] === import.meta.filename) {
  const [, , host = ''] = process.argv;
  await reach(host, await text(process.stdin)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
