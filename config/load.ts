/** The only reader of Pulumi's configuration. */
import * as pulumi from '@pulumi/pulumi';
import { readLock } from './artifacts.ts';
import { ConfigError, renderFault } from './fault.ts';
import { parse } from './parse.ts';
import type { ClusterConfig } from './schema.ts';

/**
 * The configuration of the running stack. Warnings go to Pulumi's log.
 *
 * @throws one error that lists every fault, which Pulumi prints without a stack trace
 */
export function loadConfig(lock = readLock()): ClusterConfig {
  const stack = pulumi.getStack();
  const { config, faults, warnings } = parse(pulumi.runtime.allConfig(), { stack, lock });
  for (const warning of warnings) void pulumi.log.warn(renderFault(warning));
  if (config === undefined) throw new pulumi.RunError(new ConfigError(stack, faults).message);
  return config;
}
