import * as pulumi from '@pulumi/pulumi';
import { scriptLines } from '../../render/script.ts';
import { scriptCommand } from './connection.ts';
import type { Machine } from './machine.ts';
import { RemoteStep } from './step.ts';

export interface GateArgs {
  /** The machine that looks. */
  readonly machine: Machine;
  /** What is verified, in a few words, for the message when it does not come true. */
  readonly expects: string;
  /** A shell condition on the machine that must come true; tried until it holds. It must hold no secret. */
  readonly condition: pulumi.Input<string>;
  /** Units whose last journal lines are printed when it does not. Default none. */
  readonly units?: readonly string[];
  /** How long to try, in seconds. Default 180. */
  readonly limitSeconds?: number;
  /** What the gate looks at: when it changes, the gate looks again. */
  readonly watches: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * What comes first. An argument and not the component's `dependsOn`, which Pulumi does not hand on to children: the
   * command is what has to wait.
   */
  readonly after?: readonly pulumi.Resource[];
}

/** The script of a gate: polls, is silent on success, and says what it saw last when time is up. */
export function gateScript(expects: string, condition: string, units: readonly string[], limitSeconds: number): string {
  const journal = `journalctl --no-pager -n 20 -o short-iso ${units.map((unit) => `-u ${unit}`).join(' ')} >&2 || true`;
  const values = {
    LIMIT: limitSeconds,
    DESCRIPTION: expects,
    CONDITION: { code: condition },
    JOURNAL: { code: units.length > 0 ? journal : ':' },
  };
  return [...scriptLines(import.meta.dirname, 'gate.sh', values), ''].join('\n');
}

/**
 * A place where the program waits until something is verified. Its {@link verified} turns plain values into outputs
 * that exist only once the gate has been passed, which is how one room hands a working endpoint to the next; since it
 * rests on the gate's id, an update leaves those values known and previews stay exact.
 */
export class Gate extends pulumi.ComponentResource {
  readonly #passed: pulumi.Output<pulumi.ID>;

  constructor(name: string, args: GateArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:remote:Gate', name, { machine: args.machine.name, expects: args.expects }, opts);
    const limit = args.limitSeconds ?? 180;
    const { machine, after } = args;
    const command = scriptCommand(machine);
    const stdin = pulumi
      .all([args.condition, args.watches])
      .apply(([condition, watches]) =>
        [gateScript(args.expects, condition, args.units ?? [], limit), ...watches.map((w) => `# ${w}`), ''].join('\n'),
      );
    const gate = new RemoteStep(name, { machine, create: command, update: command, stdin, after }, this);
    this.#passed = gate.id;
    this.registerOutputs();
  }

  /** The value, once the gate has been passed. */
  verified<T>(value: T): pulumi.Output<T> {
    return this.#passed.apply(() => value) as pulumi.Output<T>;
  }
}
