import { readLock } from '../../artifacts/lock.ts';
import { configError } from '../../config/diagnostic.ts';
import { hostRecordFile, readHostRecord } from '../../config/host-record.ts';
import { namesThatMayBeLeftOut } from '../../config/left-out.ts';
import { fullKey } from '../../config/options/index.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { encryptedKeys } from '../../config/stack-file.ts';
import { preflight as checkLab } from '../../lab/preflight.ts';
import { mergeDiagnostics, preflightError, renderHostDiagnostic } from '../../preflight/diagnostic.ts';
import { preflight as checkHosts } from '../../preflight/index.ts';
import { writeRecord } from '../../preflight/record.ts';
import { findAgentErrors } from '../../ssh/agent.ts';
import { findKeyErrors } from '../../ssh/private-keys.ts';
import type { SilentMachine } from '../health/silent.ts';
import { duration } from '../output/time.ts';
import { checkedConfig, checkedValues, plannedLab, requireLabHost } from '../prepare.ts';
import { configValues, ensureStack } from '../pulumi/engine.ts';
import { openWorkspace } from '../pulumi/workspace.ts';
import { tools } from './tools.ts';

type Print = (line: string) => void;

/** Keys that logins are made of and that may hold secrets. */
const loginKeys = ['hosts', 'bastion', 'sshPrivateKey'].map(fullKey);

/** The configuration with the private keys in it that only Pulumi can read. Never to be printed. */
async function withSecrets(stack: string, config: ClusterConfig): Promise<ClusterConfig> {
  if (!encryptedKeys(stack).some((key) => loginKeys.includes(key))) return config;
  const workspace = await openWorkspace({ stack, creates: true });
  await tools();
  await ensureStack(workspace, stack, false);
  return checkedValues(stack, await configValues(workspace, stack));
}

/**
 * Checks every host of a stack, prints the result, and records it. Does nothing for a stack without hosts.
 *
 * @param silent - where workers go that were seen before and do not answer now: an update may leave them out. Default: they
 *   are errors as of any other host.
 * @returns the configuration with the hosts' architectures
 * @throws UserError with every error of every host, or for keys that cannot be used
 */
export async function preflightHosts(
  stack: string,
  config: ClusterConfig,
  print: Print,
  silent?: SilentMachine[],
): Promise<ClusterConfig> {
  if (config.machines !== 'hosts') return config;
  const begin = performance.now();
  const full = await withSecrets(stack, config);
  // Only now is every key readable: before, one encrypted value kept all from being checked.
  const ofKeys = [...findKeyErrors(full), ...(await findAgentErrors(full))];
  if (ofKeys.length > 0) throw configError(stack, ofKeys);
  const found = await checkHosts({ config: full, lock: readLock(), record: readHostRecord(stack) });
  const { warnings, record, lines, accepted } = found;
  const tolerated = silent
    ? found.silent.filter(({ hosts }) => hosts.every((name) => namesThatMayBeLeftOut(full).includes(name)))
    : [];
  const errors = found.errors.filter((error) => !tolerated.includes(error));
  for (const warning of mergeDiagnostics(warnings)) print(`warning: ${renderHostDiagnostic(warning)}`);
  for (const line of accepted) print(`accepted host key (trust on first use): ${line}`);
  const isNew = record !== undefined && writeRecord(stack, record);
  const file = hostRecordFile(stack, '.');
  if (isNew) print(`wrote ${file}: commit it`);
  if (errors.length > 0) throw preflightError(stack, errors, full.machinesList.length);
  for (const { hosts, problem } of tolerated) silent?.push(...hosts.map((name) => ({ name, reason: problem })));
  for (const line of lines) print(line);
  print(
    `pre-flight: ${lines.length === 1 ? '1 host' : `${lines.length} hosts`}, no errors (${duration(performance.now() - begin)})`,
  );
  return checkedConfig(stack);
}

/** `make preflight`: finds what would stop an update; changes nothing. */
export async function preflight(stack: string, print: Print): Promise<number> {
  const config = checkedConfig(stack);
  requireLabHost(config);
  if (config.machines === 'hosts') await preflightHosts(stack, config, print);
  else if (config.machines === 'lab') {
    await checkLab(plannedLab(config), print);
    print(`pre-flight: lab ${config.labName} can be created`);
  }
  return 0;
}
