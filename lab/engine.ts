import { execa } from 'execa';
import { LabError } from './errors.ts';

/** What a `docker` call gives back. */
export interface EngineResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Options of a `docker` call. */
export interface EngineOptions {
  /** Bytes for standard input. Default none. */
  readonly input?: Uint8Array | string;
  /** Give a failed call back in place of throwing. Default false. */
  readonly allowFailure?: boolean;
}

/**
 * Runs `docker` with these arguments.
 *
 * @throws LabError when there is no docker, the engine does not answer, or the call fails: with the engine's own last line.
 */
export async function docker(args: readonly string[], options: EngineOptions = {}): Promise<EngineResult> {
  const result = await execa('docker', args, {
    reject: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const stderr = result.stderr ?? '';
  if (result.code === 'ENOENT') {
    throw new LabError(
      'there is no `docker` command on this computer.\nFix: install Docker Engine, or run `make up` as root, which installs it.',
    );
  }
  if (
    result.exitCode !== 0 &&
    /cannot connect to the docker daemon|failed to connect to the docker api|permission denied.*docker.*sock/is.test(
      stderr,
    )
  ) {
    throw new LabError(
      `Docker's engine does not answer: ${lastLine(stderr)}\nFix: run "make preflight", which says what is missing.`,
    );
  }
  if (result.exitCode !== 0 && !options.allowFailure) {
    throw new LabError(`docker ${args.slice(0, 2).join(' ')} failed: ${lastLine(stderr)}`);
  }
  return { stdout: result.stdout ?? '', stderr, exitCode: result.exitCode ?? 1 };
}

/** The object's `docker inspect` value, or undefined when there is none of that name. */
export async function inspect<T>(kind: 'container' | 'network' | 'image', name: string): Promise<T | undefined> {
  const result = await docker([kind, 'inspect', name], { allowFailure: true });
  if (result.exitCode !== 0) {
    if (/no such|not found/i.test(result.stderr)) return undefined;
    throw new LabError(`docker ${kind} inspect ${name} failed: ${lastLine(result.stderr)}`);
  }
  return (JSON.parse(result.stdout) as T[])[0];
}

/** The part of a container's inspection that the lab reads. */
export interface ContainerInspection {
  readonly Id: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly StartedAt: string };
  readonly Mounts?: readonly { readonly Destination: string; readonly Source?: string }[];
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly NetworkID: string; readonly IPAddress: string }>>;
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
