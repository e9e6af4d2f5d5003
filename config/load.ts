/** The only reader of Pulumi's configuration. */
import * as pulumi from '@pulumi/pulumi';
import { readLock } from './artifacts.ts';
import { ConfigError, renderFault } from './fault.ts';
import { type HostRecord, readHostRecord } from './host-record.ts';
import { unseenHosts } from './hosts.ts';
import { parse } from './parse.ts';
import type { ClusterConfig } from './schema.ts';
import { keyFaults } from './ssh-keys.ts';
import { hasStrayedSalt } from './stack-file.ts';

/**
 * The configuration of the running stack, with what is known of its hosts. Warnings go to Pulumi's log.
 *
 * @throws one error that lists every fault, which Pulumi prints without a stack trace
 */
export function loadConfig(lock = readLock(), record = recordOf(pulumi.getStack())): ClusterConfig {
  const stack = pulumi.getStack();
  const { config, faults, warnings } = parse(pulumi.runtime.allConfig(), { stack, lock, record });
  for (const warning of warnings) void pulumi.log.warn(renderFault(warning));
  // Set by .hardway/env alone: the verbs of make take the salt out by themselves.
  const plain = process.env.HARDWAY_STATE !== undefined && process.env.HARDWAY_DRIVER === undefined;
  if (plain && hasStrayedSalt(stack)) void pulumi.log.warn(strayedSalt(stack));
  if (config === undefined) throw new pulumi.RunError(new ConfigError(stack, faults).message);
  const ofKeys = keyFaults(config);
  if (ofKeys.length > 0) throw new pulumi.RunError(new ConfigError(stack, ofKeys).message);
  const unseen = unseenHosts(config, record);
  if (unseen.length > 0) {
    throw new pulumi.RunError(
      `nobody has looked at ${unseen.length === 1 ? 'the host' : 'the hosts'} ${unseen.join(', ')} yet, so that it is ` +
        `not known what goes there; nothing was changed. Run "make preflight STACK=${stack}" first.`,
    );
  }
  return config;
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
