import * as pulumi from '@pulumi/pulumi';
import { scriptLines } from '../../lib/format/script.ts';
import { scriptCommand } from './connection.ts';
import type { Machine } from './machine.ts';
import { RemoteStep } from './step.ts';

export interface GateArgs {
  /** The machine on which the condition is checked. */
  readonly machine: Machine;
  /** What is verified, in a few words, for the message when it does not come true. */
  readonly description: string;
  /** A shell condition on the machine that must come true; tried until it holds. It must hold no secret. */
  readonly condition: pulumi.Input<string>;
  /** Units whose last journal lines are printed when it does not. Default none. */
  readonly units?: readonly string[];
  /** How long to try, in seconds. Default 180. */
  readonly limitSeconds?: number;
  /** What the condition is about: a change of any of these checks it again. */
  readonly triggers: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * What comes first. An argument and not the component's `dependsOn`, which Pulumi does not hand on to children: the
   * command is what has to wait.
   */
  readonly dependsOn?: readonly pulumi.Resource[];
}

/**
 * The script of a gate: polls, is silent on success, and prints what it saw last when time is up.
 *
 * @param description - what is expected, as part of a sentence
 * @param condition - shell code that succeeds once it holds
 * @param units - units whose journal is printed when it does not
 */
export function gateScript(
  description: string,
  condition: string,
  units: readonly string[],
  limitSeconds: number,
): string {
  const journal = `journalctl --no-pager -n 20 -o short-iso ${units.map((unit) => `-u ${unit}`).join(' ')} >&2 || true`;
  const values = {
    LIMIT: limitSeconds,
    DESCRIPTION: description,
    CONDITION: { code: condition },
    JOURNAL: { code: units.length > 0 ? journal : ':' },
  };
  return [...scriptLines(import.meta.dirname, 'gate.sh', values), ''].join('\n');
}

/**
 * A place where the program waits until something is verified. Its {@link whenReady} turns plain values into outputs
 * that exist only once the gate has been passed, which is how one component hands a working endpoint to the next; since
 * it rests on the gate's id, an update leaves those values known and previews stay exact.
 */
export class Gate extends pulumi.ComponentResource {
  readonly #passed: pulumi.Output<pulumi.ID>;

  constructor(name: string, args: GateArgs, opts: pulumi.ComponentResourceOptions) {
    const { machine, description, units = [], limitSeconds = 180, dependsOn } = args;
    // State of clusters that are up has the description by its first name.
    super('hardway:remote:Gate', name, { machine: machine.name, expects: description }, opts);
    const command = scriptCommand(machine);
    // The triggers are comments of the script, so that a change of one is a change of the command's input.
    const stdin = pulumi
      .all([args.condition, args.triggers])
      .apply(([condition, triggers]) =>
        [
          gateScript(description, condition, units, limitSeconds),
          ...triggers.map((trigger) => `# ${trigger}`),
          '',
        ].join('\n'),
      );
    const gate = new RemoteStep(name, { machine, create: command, update: command, stdin, dependsOn }, this);
    this.#passed = gate.id;
    this.registerOutputs();
  }

  /** The value, once the gate has been passed. */
  whenReady<T>(value: T): pulumi.Output<T> {
    return this.#passed.apply(() => value) as pulumi.Output<T>;
  }
}
