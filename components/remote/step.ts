import { remote } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import { sshConnection } from './connection.ts';
import type { Machine } from './machine.ts';

export interface RemoteStepArgs {
  readonly machine: Machine;
  /** The command; it holds no secret. Default: creating the step does nothing and makes no connection. */
  readonly create?: pulumi.Input<string>;
  /** Default: create again. */
  readonly update?: pulumi.Input<string>;
  /** Default: deleting the step does nothing. */
  readonly delete?: pulumi.Input<string>;
  /** What the commands read on standard input; it may be secret. */
  readonly stdin: pulumi.Input<string>;
  /** How often a refused dial is tried again. Default: see {@link sshConnection}. */
  readonly dialErrorLimit?: number;
  /**
   * Whether it is about the cluster and not about its machine. On another machine it is then updated, where it would
   * otherwise be created again. Default false.
   */
  readonly aboutCluster?: boolean;
  /** What comes first. */
  readonly dependsOn?: readonly pulumi.Resource[];
}

/** What a command on a machine is made of: left as it was, the command is not run, and remains to be. */
export const COMMAND_INPUTS = ['connection', 'create', 'update', 'delete', 'stdin', 'triggers'];

/**
 * A command on a machine. It belongs to this machine and no other: a new machine of the name runs it again (unless it is
 * about the cluster), and it is deleted with the machine, without connecting to it. Nothing it prints is logged or kept for the next command.
 */
export class RemoteStep extends remote.Command {
  constructor(name: string, args: RemoteStepArgs, parent: pulumi.Resource) {
    const { machine, dependsOn = [], dialErrorLimit, aboutCluster = false, ...commands } = args;
    super(
      name,
      {
        ...commands,
        connection: sshConnection(machine, dialErrorLimit),
        triggers: machine.outlivesStack || aboutCluster ? [] : [machine.identity],
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      {
        parent,
        deletedWith: machine.resource,
        deleteBeforeReplace: true,
        dependsOn: [...dependsOn],
        ignoreChanges: machine.leftOut ? COMMAND_INPUTS : [],
      },
    );
  }
}
