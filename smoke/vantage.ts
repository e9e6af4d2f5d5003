import { shellCommand } from '../lib/format/shell.ts';
import type { MachineSsh } from '../ssh/machines.ts';
import { messageOf, Unmet } from './check.ts';
import type { Answer } from './http.ts';
import type { ClusterOutputs } from './outputs.ts';

/** Where a check looks from that needs no more than the API's endpoint: the computer that runs the test. */
export const here = (): string => 'from here';

/** Where a check looks from that must see the inside of the cluster. */
export const from = (machine: string): string => `from ${machine} over SSH`;

/** A request that a machine makes. */
export interface Request {
  readonly url: string;
  /** The Host header. Default that of the URL. */
  readonly host?: string;
  /** File on the machine with the CA that must have signed the server's certificate. Default the system's. */
  readonly caFile?: string;
  /** Seconds. Default 5. */
  readonly limitSeconds?: number;
}

/**
 * Fetches on a machine. The computer that runs the test may reach no address inside the cluster.
 *
 * @throws Error with the machine's name and what curl said
 */
export async function fetchOn(
  ssh: MachineSsh,
  machine: string,
  { url, host, caFile, limitSeconds = 5 }: Request,
  signal: AbortSignal,
): Promise<Answer> {
  const words = ['curl', '--silent', '--show-error', '--max-time', String(limitSeconds), '--noproxy', '*'];
  if (caFile !== undefined) words.push('--cacert', caFile);
  if (host !== undefined) words.push('--header', `Host: ${host}`);
  const said = await ssh.run(machine, shellCommand([...words, '--write-out', '\\n%{http_code}', url]), { signal });
  const end = said.lastIndexOf('\n');
  return { status: Number(said.slice(end + 1)), body: said.slice(0, Math.max(0, end)) };
}

/** A machine to look from that may be any: the first controller or node that answers. Found once, when first asked. */
export class Vantage {
  readonly #ssh: MachineSsh;
  readonly #names: readonly string[];
  #found: Promise<string> | undefined;

  constructor(ssh: MachineSsh, { machines }: Pick<ClusterOutputs, 'machines'>) {
    this.#ssh = ssh;
    const order = ['controller', 'worker'].flatMap((role) => machines.filter(({ roles }) => roles.includes(role)));
    this.#names = [...new Set(order.map(({ name }) => name))];
  }

  /**
   * The machine's name.
   *
   * @throws Unmet when none answers, with what each said
   */
  machine(signal: AbortSignal): Promise<string> {
    this.#found ??= this.#find(signal).catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }

  async #find(signal: AbortSignal): Promise<string> {
    const reasons: string[] = [];
    for (const name of this.#names) {
      try {
        await this.#ssh.run(name, ':', { signal });
        return name;
      } catch (error) {
        reasons.push(messageOf(error));
      }
    }
    throw new Unmet('a controller or a worker that answers over SSH', 'none', reasons);
  }
}
