import { readLock } from '../../artifacts/lock.ts';
import { ConfigError } from '../../config/diagnostic.ts';
import { hostRecordFile, readHostRecord } from '../../config/host-record.ts';
import { fullKey } from '../../config/options/index.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { encryptedKeys } from '../../config/stack-file.ts';
import { preflight as lookAtLab } from '../../lab/preflight.ts';
import { mergeDiagnostics, PreflightError, renderHostDiagnostic } from '../../preflight/diagnostic.ts';
import { preflight as lookAtHosts } from '../../preflight/index.ts';
import { writeRecord } from '../../preflight/record.ts';
import { findAgentErrors } from '../../ssh/agent.ts';
import { findKeyErrors } from '../../ssh/private-keys.ts';
import { duration } from '../output/time.ts';
import { checkedConfig, checkedValues, plannedLab } from '../prepare.ts';
import { configValues, ensureStack } from '../pulumi/engine.ts';
import { openWorkspace } from '../pulumi/workspace.ts';
import { tools } from './tools.ts';

type Print = (line: string) => void;

/** Keys that logins are made of and that may hold secrets. */
const loginKeys = ['hosts', 'bastion', 'sshPrivateKey'].map(fullKey);

/** The configuration with the private keys in it that only Pulumi can read. Never to be printed. */
async function withSecrets(stack: string, config: ClusterConfig): Promise<ClusterConfig> {
  if (!encryptedKeys(stack).some((key) => loginKeys.includes(key))) return config;
  await tools();
  const workspace = await openWorkspace();
  await ensureStack(workspace, stack, false);
  return checkedValues(stack, await configValues(workspace, stack));
}

/**
 * Looks at every host of a stack, says what was found, and keeps what was learnt. A stack without hosts is left alone.
 *
 * @returns the configuration with what was learnt: which architectures the hosts have
 * @throws PreflightError with every fault of every host, ConfigError for keys that cannot be used
 */
export async function preflightHosts(stack: string, config: ClusterConfig, print: Print): Promise<ClusterConfig> {
  if (config.machines !== 'hosts') return config;
  const begin = performance.now();
  const full = await withSecrets(stack, config);
  // Now that every key is there: before, one encrypted value keeps them all from being looked at.
  const ofKeys = [...findKeyErrors(full), ...(await findAgentErrors(full))];
  if (ofKeys.length > 0) throw new ConfigError(stack, ofKeys);
  const { faults, warnings, record, lines, accepted } = await lookAtHosts({
    config: full,
    lock: readLock(),
    record: readHostRecord(stack),
  });
  for (const warning of mergeDiagnostics(warnings)) print(`warning: ${renderHostDiagnostic(warning)}`);
  for (const line of accepted) print(`host key accepted at first sight: ${line}`);
  const isNew = record !== undefined && writeRecord(stack, record);
  const file = hostRecordFile(stack, '.');
  if (isNew) print(`${file} is written: commit it`);
  if (faults.length > 0) throw new PreflightError(stack, faults, full.machinesList.length);
  for (const line of lines) print(line);
  print(
    `pre-flight: ${lines.length === 1 ? 'one host' : `${lines.length} hosts`}, no fault (${duration(performance.now() - begin)})`,
  );
  return checkedConfig(stack);
}

/** `make preflight`: what would stop an update, without one. Returns the exit status. */
export async function preflight(stack: string, print: Print): Promise<number> {
  const config = checkedConfig(stack);
  if (config.machines === 'hosts') await preflightHosts(stack, config, print);
  else if (config.machines === 'lab') {
    await lookAtLab(plannedLab(config), print);
    print(`pre-flight: nothing is in the way of the lab ${config.labName}`);
  }
  return 0;
}
