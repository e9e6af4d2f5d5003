import { execa } from 'execa';
import { proxyAdvice } from './proxy.ts';

/** What a call of kubectl may need. */
export interface KubectlOptions {
  readonly signal: AbortSignal;
  /** Standard input, e.g. a manifest. */
  readonly input?: string;
  /** Talk to this server in place of the kubeconfig's, e.g. `https://10.89.0.11:6443`. */
  readonly server?: string;
}

/** Runs kubectl against one cluster. */
export class Kubectl {
  readonly #kubeconfig: string;
  readonly #program: string;
  readonly #environment: Readonly<Record<string, string>>;

  /**
   * @param kubeconfig - path of the kubeconfig file
   * @param program - kubectl's name or path. Default `kubectl`
   * @param environment - variables to put over those of this process. Default none
   */
  constructor(kubeconfig: string, program = 'kubectl', environment: Readonly<Record<string, string>> = {}) {
    this.#kubeconfig = kubeconfig;
    this.#program = program;
    this.#environment = environment;
  }

  /**
   * What to do when something fails that was asked through the API: the proxy comes first where there is one in between.
   *
   * @param endpoint - the API's address
   */
  fix(endpoint: string, otherwise: string): () => string {
    return () => [proxyAdvice(process.env, endpoint), otherwise].filter(Boolean).join(' ');
  }

  /** The arguments of a call, the program first; for those who run it themselves. */
  command(args: readonly string[], server?: string): [string, ...string[]] {
    const where = server === undefined ? [] : [`--server=${server}`];
    return [this.#program, `--kubeconfig=${this.#kubeconfig}`, ...where, ...args];
  }

  /**
   * Returns standard output.
   *
   * @throws Error with what kubectl said
   */
  async run(args: readonly string[], options: KubectlOptions): Promise<string> {
    const [program, ...rest] = this.command(args, options.server);
    const result = await execa(program, rest, {
      cancelSignal: options.signal,
      env: this.#environment,
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      reject: false,
      maxBuffer: 64 * 1024 * 1024,
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.isCanceled) throw new Error(`kubectl ${args.slice(0, 3).join(' ')} … was still waiting`);
    throw new Error(result.stderr.trim() || result.stdout.trim() || result.shortMessage);
  }

  /** Reads objects: `kubectl get … -o json`. */
  async get<T>(args: readonly string[], options: KubectlOptions): Promise<T> {
    return JSON.parse(await this.run(['get', ...args, '-o', 'json'], options)) as T;
  }

  /** Runs a shell line in a pod's first container. */
  exec(namespace: string, pod: string, line: string, options: KubectlOptions): Promise<string> {
    return this.run(['exec', '-n', namespace, pod, '--', 'sh', '-c', line], options);
  }
}
