/** Reads Pulumi's configuration; nothing else does. */
import * as pulumi from '@pulumi/pulumi';
import { readLock } from '../artifacts/lock.ts';
import { findKeyErrors } from '../ssh/private-keys.ts';
import { hostArch } from '../toolchain/host.ts';
import { configError, renderDiagnostic } from './diagnostic.ts';
import { type HostRecord, readHostRecord } from './host-record.ts';
import { LEFT_OUT_VARIABLE, leftOutMachines } from './left-out.ts';
import { parse } from './parse.ts';
import { unseenHosts } from './resolve/hosts.ts';
import type { ClusterConfig } from './schema.ts';
import { hasStrayedSalt } from './stack-file.ts';

/**
 * The configuration of the running stack, with what is known of its hosts. Warnings go to Pulumi's log.
 *
 * @throws one error that lists every error, which Pulumi prints without a stack trace
 */
export function loadConfig(lock = readLock(), record = recordOf(pulumi.getStack())): ClusterConfig {
  const stack = pulumi.getStack();
  const { config, errors, warnings } = parse(pulumi.runtime.allConfig(), { stack, lock, record, computer: hostArch() });
  for (const warning of warnings) void pulumi.log.warn(renderDiagnostic(warning));
  // Set by .hardway/env alone: the verbs of make take the salt out by themselves.
  const plain = process.env.HARDWAY_STATE !== undefined && process.env.HARDWAY_DRIVER === undefined;
  if (plain && hasStrayedSalt(stack)) void pulumi.log.warn(strayedSalt(stack));
  if (config === undefined) throw new pulumi.RunError(configError(stack, errors).message);
  const ofKeys = findKeyErrors(config);
  if (ofKeys.length > 0) throw new pulumi.RunError(configError(stack, ofKeys).message);
  const unseen = unseenHosts(config, record);
  if (unseen.length > 0) {
    throw new pulumi.RunError(
      `no pre-flight record for ${unseen.length === 1 ? 'host' : 'hosts'} ${unseen.join(', ')}; nothing was changed.\n` +
        `  Fix: run "make preflight STACK=${stack}" first`,
    );
  }
  return config;
}

/**
 * The machines that this update leaves as they are.
 *
 * @throws pulumi.RunError for one that the cluster cannot do without
 */
export function loadLeftOut(config: ClusterConfig): string[] {
  try {
    return leftOutMachines(config, process.env[LEFT_OUT_VARIABLE]);
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}

function strayedSalt(stack: string): string {
  return (
    `pulumi has written an encryptionsalt into Pulumi.${stack}.yaml. It belongs to the passphrase of this checkout: ` +
    'committed, it would lock every other checkout out. Fix: do not commit it; the next verb of make takes it out'
  );
}

function recordOf(stack: string): HostRecord | undefined {
  try {
    return readHostRecord(stack);
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}
