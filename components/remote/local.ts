import { local } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';

export interface LocalStepArgs {
  /** The command; it holds no secret. */
  readonly create: pulumi.Input<string>;
  /** Default: create again. */
  readonly update?: pulumi.Input<string>;
  readonly delete: pulumi.Input<string>;
  /** What the commands read on standard input; it may be secret. */
  readonly stdin?: pulumi.Input<string>;
  /** Variables of the commands; a change runs {@link update}. They hold no secret. */
  readonly environment?: pulumi.Input<Record<string, string>>;
  /** A change of any of these replaces what the step made. */
  readonly triggers?: pulumi.Input<pulumi.Input<string>[]>;
}

/** A command on the machine that runs Pulumi; its standard output is its result. */
export class LocalStep extends local.Command {
  constructor(name: string, args: LocalStepArgs, opts: pulumi.CustomResourceOptions) {
    super(name, { ...args, logging: local.Logging.None, addPreviousOutputInEnv: false }, opts);
  }
}
