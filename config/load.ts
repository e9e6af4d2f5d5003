/** The only reader of Pulumi's configuration. */
import * as pulumi from '@pulumi/pulumi';
import { readLock } from '../artifacts/lock.ts';
import { findKeyErrors } from '../ssh/private-keys.ts';
import { hostArch } from '../toolchain/host.ts';
import { ConfigError, renderDiagnostic } from './diagnostic.ts';
import { type HostRecord, readHostRecord } from './host-record.ts';
import { parse } from './parse.ts';
import { unseenHosts } from './resolve/hosts.ts';
import type { ClusterConfig } from './schema.ts';

/**
 * The configuration of the running stack, with what is known of its hosts. Warnings go to Pulumi's log.
 *
 * @throws one error that lists every fault, which Pulumi prints without a stack trace
 */
export function loadConfig(lock = readLock(), record = recordOf(pulumi.getStack())): ClusterConfig {
  const stack = pulumi.getStack();
  const { config, faults, warnings } = parse(pulumi.runtime.allConfig(), { stack, lock, record, computer: hostArch() });
  for (const warning of warnings) void pulumi.log.warn(renderDiagnostic(warning));
  if (config === undefined) throw new pulumi.RunError(new ConfigError(stack, faults).message);
  const ofKeys = findKeyErrors(config);
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

function recordOf(stack: string): HostRecord | undefined {
  try {
    return readHostRecord(stack);
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}
