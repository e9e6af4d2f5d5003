import { remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { claimBundle } from './bundle.ts';
import { bundleCommand, releaseCommand, sshConnection } from './connection.ts';
import type { Machine } from './machine.ts';
import { COMMAND_INPUTS } from './step.ts';

/** Hosts existed before: one that does not answer within about half a minute is not just booting. */
const DIAL_LIMIT = 6;

export interface ClaimArgs {
  /** The machine, which outlives the stack. */
  readonly machine: Pick<Machine, 'name' | 'connection' | 'leftOut'>;
  /** `CLUSTER/NAME/KEY`: the mark that the machine gets. */
  readonly identity: string;
}

/**
 * Marks a machine as the cluster's before anything is installed on it, and removes everything again when the machine
 * leaves: every role, containers, mounts, links, rules and data, the mark last. Another machine of the name is marked by
 * an update and not by a replacement, which would first connect to the old one, and that may be gone.
 */
export class Claim extends pulumi.ComponentResource {
  constructor(name: string, args: ClaimArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:remote:Claim', name, { machine: args.machine.name, identity: args.identity }, opts);
    const { machine, identity } = args;
    const command = bundleCommand(machine, 'claim', identity);
    new remote.Command(
      name,
      {
        connection: sshConnection(machine, DIAL_LIMIT),
        create: command,
        update: command,
        delete: releaseCommand(machine, identity),
        stdin: claimBundle(),
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, ignoreChanges: machine.leftOut ? COMMAND_INPUTS : [] },
    );
    this.registerOutputs();
  }
}
