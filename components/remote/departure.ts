import { remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { scriptText, sshConnection } from './connection.ts';
import type { Machine } from './machine.ts';

export interface DepartureArgs {
  /** The machine that does it: one that stays. */
  readonly machine: Machine;
  /** Shell lines that take leave; each must be safe to run again. They hold no secret: a failure prints them. */
  readonly script: string;
  /** What is still there when leave is taken: it is deleted after this. */
  readonly after: readonly pulumi.Resource[];
  /** With this, nothing is left to take leave of. */
  readonly deletedWith: pulumi.Resource;
}

/**
 * What must be done elsewhere before something goes. It does nothing when it is made; removing it runs the script. Being
 * made after what it is about, it is removed before that.
 */
export class Departure extends pulumi.ComponentResource {
  constructor(name: string, args: DepartureArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:remote:Departure', name, { machine: args.machine.name }, opts);
    new remote.Command(
      name,
      {
        connection: sshConnection(args.machine),
        create: ':',
        delete: scriptText(args.machine, args.script),
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, deletedWith: args.deletedWith, dependsOn: [...args.after] },
    );
    this.registerOutputs();
  }
}
