import { readLock } from '../config/artifacts.ts';
import { ConfigError, renderFaults } from '../config/fault.ts';
import { artifactsFor } from '../config/needs.ts';
import { type ParseResult, parse } from '../config/parse.ts';
import type { ClusterConfig } from '../config/schema.ts';
import { readStackFile } from '../config/stack-file.ts';
import { ensureMachineImage } from '../lab/image.ts';
import { smokeImage } from '../smoke/workload.ts';
import { ensureDocker } from '../toolchain/docker.ts';
import { ensureArtifacts, ensureTools } from '../toolchain/main.ts';

type Print = (line: string) => void;

/**
 * The stack's configuration, checked before anything else is done.
 *
 * @throws ConfigError with every fault at once
 */
export function checkedConfig(stack: string, print: Print): ClusterConfig {
  const { config, faults, warnings } = readConfig(stack);
  if (!config) throw new ConfigError(stack, faults);
  if (warnings.length > 0) print(`warning: ${renderFaults(warnings)}`);
  return config;
}

/** The configuration with its faults, none of them thrown: for verbs that also work without one. */
export function readConfig(stack: string): ParseResult {
  return parse(readStackFile(stack), { stack, lock: readLock() });
}

/** Makes sure of all that an update needs on this machine; says what it does. */
export async function provide(config: ClusterConfig, print: Print): Promise<void> {
  const said = { onProgress: print };
  await ensureTools(said);
  if (config.machines !== 'lab') return;
  await ensureArtifacts([...artifactsFor(config, readLock()).map(({ id }) => id), smokeImage], said);
  await ensureDocker(said);
  await ensureMachineImage(said);
}
