import { setTimeout as pause } from 'node:timers/promises';
import { standingFrom } from '../../config/changes/index.ts';
import { LEFT_OUT_VARIABLE, namesThatMayBeLeftOut, RESTORING_VARIABLE } from '../../config/left-out.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { runningMachines } from '../../lab/missing.ts';
import { UserError } from '../../lib/user-error.ts';
import { messageOf } from '../../smoke/check.ts';
import { parseLogins } from '../../smoke/outputs.ts';
import { MachineSsh } from '../../ssh/machines.ts';
import { makeFor } from '../output/make.ts';
import type { Workspace } from '../pulumi/workspace.ts';

/** A machine that does not answer. */
export interface SilentMachine {
  readonly name: string;
  /** What its SSH said, without its name. */
  readonly reason: string;
}

/** How long, in seconds, a machine may take to answer: a machine that is well takes a fraction of one. */
const ANSWER_SECONDS = 10;

/** The machines that a cluster has by its last finished update and is to keep. */
function keptMachines(standing: Readonly<Record<string, unknown>>, config: ClusterConfig): string[] {
  const names = (standingFrom(standing).machines ?? []).map(({ name }) => name);
  return names.filter((name) => config.machinesList.some((machine) => machine.name === name));
}

/**
 * The machines of a cluster that do not answer over SSH: all are asked at once, before an update waits for one of them in
 * the middle of its work.
 *
 * @param ask - asks a machine, and throws when it does not answer in time
 */
export async function findSilent(
  names: readonly string[],
  ask: (machine: string) => Promise<unknown>,
  seconds = ANSWER_SECONDS,
): Promise<SilentMachine[]> {
  const deadline = performance.now() + seconds * 1000;
  const answers = names.map(async (name): Promise<SilentMachine[]> => {
    for (;;) {
      try {
        await ask(name);
        return [];
      } catch (error) {
        const reason = messageOf(error).replace(`${name}: `, '');
        // A connection may be refused for a moment, by a machine that is starting.
        if (performance.now() + 1000 > deadline) return [{ name, reason }];
        await pause(1000);
      }
    }
  });
  return (await Promise.all(answers)).flat();
}

/** The machines of a stack that do not answer over SSH; of a lab, of those that run: an update starts the others. */
export async function silentMachines(
  standing: Readonly<Record<string, unknown>>,
  config: ClusterConfig,
): Promise<SilentMachine[]> {
  const logins = parseLogins(standing);
  if (logins === undefined) return [];
  const kept = keptMachines(standing, config).filter((name) => logins.hosts[name] !== undefined);
  const running = config.machines === 'lab' ? await runningMachines(config.labName) : kept;
  const asked = kept.filter((name) => running.includes(name));
  return MachineSsh.using(logins, ANSWER_SECONDS, (ssh) =>
    findSilent(asked, (name) => ssh.run(name, ':', { seconds: ANSWER_SECONDS })),
  );
}

/** Arguments of {@link leaveOut}. */
export interface LeaveOutArgs {
  /** The outputs of the stack. */
  readonly standing: Readonly<Record<string, unknown>>;
  readonly config: ClusterConfig;
  /** Whether nothing is going to be changed. Default false. */
  readonly preview?: boolean;
}

const said = ({ name, reason }: SilentMachine): string =>
  `${name} does not answer over SSH: ${reason.split(/\.? Fix: /)[0]}`;

/**
 * Decides about machines that do not answer: workers of a cluster that stands are left out of the update, and the others
 * are served; without any other machine nothing is changed.
 *
 * @returns the names that are left out
 * @throws UserError that names every other machine; a preview only says so
 */
export function leaveOut(
  silent: readonly SilentMachine[],
  { standing, config, preview = false }: LeaveOutArgs,
  print: (line: string) => void,
): string[] {
  const { stack } = config;
  const [kept, workers] = [keptMachines(standing, config), namesThatMayBeLeftOut(config)];
  const needed = silent.filter(({ name }) => !kept.includes(name) || !workers.includes(name));
  if (needed.length > 0) {
    const lines = needed.map((one) => `  ${said(one)}`).join('\n');
    const problem = `stack ${stack}: an update needs every machine but workers that it has updated before`;
    if (preview) print(`warning: ${problem}:\n${lines}`);
    else
      throw new UserError(`${problem}; nothing was changed:\n${lines}`, {
        fix: `start ${needed.length > 1 ? 'them' : 'it'}, or take a machine that is lost out of the configuration; then run "${makeFor('up', stack)}" again`,
      });
  }
  const leftOut = silent.filter((one) => !needed.includes(one));
  for (const one of leftOut)
    print(`${said(one)}. This update leaves it out; once it answers, "${makeFor('up', stack)}" brings it up to date.`);
  return leftOut.map(({ name }) => name);
}

/** The workspace in which the program may make lost etcd members again. */
export function withRestoring(workspace: Workspace): Workspace {
  return { ...workspace, environment: { ...workspace.environment, [RESTORING_VARIABLE]: '1' } };
}

/** The workspace in which the program leaves these machines out. */
export function leavingOut(workspace: Workspace, names: readonly string[]): Workspace {
  if (names.length === 0) return workspace;
  return { ...workspace, environment: { ...workspace.environment, [LEFT_OUT_VARIABLE]: names.join(',') } };
}
