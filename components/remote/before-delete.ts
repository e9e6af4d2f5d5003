import { remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { sshConnection } from './connection.ts';
import type { Machine } from './machine.ts';

/**
 * What nodes left by before LeavingNodes: deleting it once ran a script. It does nothing any more, and stays registered
 * since the state of clusters that are up has the script: removed from the program, it would run for every node.
 */
export class RetiredBeforeDelete extends pulumi.ComponentResource {
  constructor(name: string, machine: Machine, deletedWith: pulumi.Resource, opts: pulumi.ComponentResourceOptions) {
    // State of clusters that are up has this type.
    super('hardway:remote:Departure', name, { machine: machine.name }, opts);
    new remote.Command(
      name,
      { connection: sshConnection(machine), logging: remote.Logging.None, addPreviousOutputInEnv: false },
      { parent: this, deletedWith },
    );
    this.registerOutputs();
  }
}
