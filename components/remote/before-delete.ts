import { remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { scriptText, sshConnection } from './connection.ts';
import type { Machine } from './machine.ts';

export interface BeforeDeleteArgs {
  /** The machine that runs the script: one that stays. */
  readonly machine: Machine;
  /** Shell lines to run; each must be safe to run again. They hold no secret: a failure prints them. */
  readonly script: string;
  /** What still exists when the script runs: it is deleted after this. */
  readonly dependsOn: readonly pulumi.Resource[];
  /** Deleted with this, without running the script: then nothing is left that it could be about. */
  readonly deletedWith: pulumi.Resource;
}

/**
 * A script that runs on another machine before something is deleted. Creating it does nothing; deleting it runs the
 * script. It is created after what it is about, and so deleted before that.
 */
export class BeforeDelete extends pulumi.ComponentResource {
  constructor(name: string, args: BeforeDeleteArgs, opts: pulumi.ComponentResourceOptions) {
    // State of clusters that are up has this type.
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
      { parent: this, deletedWith: args.deletedWith, dependsOn: [...args.dependsOn] },
    );
    this.registerOutputs();
  }
}
