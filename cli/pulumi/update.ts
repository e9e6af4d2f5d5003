import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Failure, Failures } from '../output/failures.ts';
import { ProgressReporter } from '../output/progress-reporter.ts';
import { fileTime } from '../output/time.ts';
import { keepEncryptionSaltOut } from './encryption-salt.ts';
import { stackFile } from './engine.ts';
import { parseEvent } from './events.ts';
import { driverVariable } from './locks.ts';
import { follow } from './tail.ts';
import { logLines, UpdateLog } from './update-log.ts';
import type { Workspace } from './workspace.ts';

/** What to run. */
export interface UpdateRequest {
  readonly workspace: Workspace;
  readonly stack: string;
  readonly command: 'up' | 'destroy';
  /** Further options of the command. Default none. */
  readonly options?: readonly string[];
  /** Names of the machines, to be named in failures. */
  readonly machines: readonly string[];
  /** Where lines of progress go. */
  readonly print: (line: string) => void;
  /** Pulumi's own live display in place of condensed lines. Default: when standard output is a terminal. */
  readonly display?: boolean;
  /** Told once Pulumi runs, with its process id (e2e kills it). */
  readonly onStart?: (pid: number) => void;
}

/** How it went. */
export interface UpdateResult {
  readonly ok: boolean;
  /** The engine's count by operation. */
  readonly changes: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  readonly logPath: string;
}

/** Runs `pulumi up` or `pulumi destroy` with progress, a full log, and what is needed to explain a failure. */
export async function runUpdate(request: UpdateRequest): Promise<UpdateResult> {
  return keepEncryptionSaltOut(stackFile(request.workspace, request.stack), () => run(request));
}

async function run({
  workspace,
  stack,
  command,
  options = [],
  machines,
  print,
  display,
  onStart,
}: UpdateRequest): Promise<UpdateResult> {
  const stamp = fileTime(new Date());
  const log = new UpdateLog(join(workspace.logsDir, `${command}-${stack}-${stamp}.log`));
  const eventsPath = join(workspace.logsDir, `.events-${stack}-${process.pid}-${stamp}`);
  const live = display ?? Boolean(process.stdout.isTTY);
  const args = [
    command,
    '--stack',
    stack,
    '--yes',
    '--skip-preview',
    '--suppress-outputs',
    '--event-log',
    eventsPath,
    ...options,
  ];
  await execa('mkfifo', ['-m', '600', eventsPath]);
  const child = execa('pulumi', live ? args : [...args, '--non-interactive', '--color', 'never'], {
    cwd: workspace.repoDir,
    env: { ...workspace.environment, PULUMI_DEBUG_COMMANDS: 'true', [driverVariable]: String(process.pid) },
    reject: false,
    stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    buffer: true,
    all: !live,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (child.pid !== undefined) onStart?.(child.pid);

  const condenser = new ProgressReporter(performance.now());
  const failures = new Failures();
  const say = (lines: readonly string[]) => {
    if (!live) for (const line of lines) print(line);
  };
  const ended = new AbortController();
  const followed = follow(
    eventsPath,
    (lines) => {
      for (const event of lines.map(parseEvent)) {
        if (!event) continue;
        log.write(logLines(event));
        failures.feed(event);
        say(condenser.feed(event, performance.now()));
      }
    },
    ended.signal,
    () => say(condenser.tick(performance.now())),
  );
  const stopAsking = letPulumiStop(print);
  const result = await child;
  stopAsking();
  ended.abort();
  await followed;
  await rm(eventsPath, { force: true });
  say(condenser.finish());

  const ok = result.exitCode === 0;
  const list = failures.list(machines);
  const said = typeof result.all === 'string' ? result.all : '';
  if (!ok) log.write([`pulumi ended with ${result.exitCode ?? result.signal}`, said]);
  await log.close();
  const reason = result.signal
    ? `pulumi was terminated by ${result.signal}`
    : said.trim().split('\n').slice(-15).join('\n');
  const shown = list.length > 0 || ok ? list : [{ what: 'pulumi', message: reason || result.shortMessage || '' }];
  return { ok, changes: condenser.changes, failures: shown, logPath: log.path };
}

/** A Ctrl-C reaches Pulumi too, which then finishes what is in flight: this process waits for that. */
function letPulumiStop(print: (line: string) => void): () => void {
  const onInterrupt = () =>
    print('  stopping: waiting for running operations (press Ctrl-C again to stop immediately)');
  process.on('SIGINT', onInterrupt);
  return () => process.off('SIGINT', onInterrupt);
}
