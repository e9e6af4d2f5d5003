import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Artifact, type Lock, publishedSum, readLock } from '../artifacts/lock.ts';
import { artifactsFor, servedByLab } from '../artifacts/required.ts';
import { recordResolved } from '../artifacts/resolved.ts';
import { configError } from '../config/diagnostic.ts';
import { readHostRecord } from '../config/host-record.ts';
import { type ParseResult, parse } from '../config/parse.ts';
import type { ClusterConfig } from '../config/schema.ts';
import { encryptedKeys, readStackFile, stackFile } from '../config/stack-file.ts';
import { ensureMachineImage } from '../lab/image.ts';
import { mendMirror } from '../lab/mirror.ts';
import { type PlannedLab, preflight } from '../lab/preflight.ts';
import { UserError } from '../lib/user-error.ts';
import { findKeyErrors } from '../ssh/private-keys.ts';
import { stateDir } from '../toolchain/cache/paths.ts';
import { ensureAll } from '../toolchain/ensure.ts';
import { hostArch, requireLinux } from '../toolchain/host.ts';
import type { CloudPlugin } from '../toolchain/plan/tools.ts';
import { readPublisherSums, unknownSums } from '../toolchain/publisher-sums.ts';
import { hasOwnBackend } from './pulumi/env-file.ts';

type Print = (line: string) => void;

/**
 * Reads and checks the stack's configuration. Its warnings are the program's to print.
 *
 * @throws UserError with every error at once, those of hosts' keys included; and where the stack has no file: a misspelt
 * name must not become a cluster of defaults
 */
export function checkedConfig(stack: string): ClusterConfig {
  if (!existsSync(stackFile(stack))) {
    throw new UserError(`there is no Pulumi.${stack}.yaml, so there is no stack ${stack}; nothing was changed`, {
      fix:
        'check the name, or copy Pulumi.dev.yaml to that name and change what differs ' +
        '(it needs its own labName and labSubnet)',
    });
  }
  return checked(stack, readConfig(stack), encryptedKeys(stack).length > 0);
}

/**
 * Checks the configuration of values that Pulumi gave, decrypted ones among them.
 *
 * @throws UserError with every error at once
 */
export function checkedValues(stack: string, raw: Readonly<Record<string, unknown>>): ClusterConfig {
  return checked(stack, parseValues(stack, raw), false);
}

/** @param partly - whether some values cannot be read here: hosts' keys are then checked later */
function checked(stack: string, { config, errors }: ParseResult, partly: boolean): ClusterConfig {
  if (config === undefined) throw configError(stack, errors);
  const ofKeys = partly ? [] : findKeyErrors(config);
  if (ofKeys.length > 0) throw configError(stack, ofKeys);
  return config;
}

function parseValues(stack: string, raw: Readonly<Record<string, unknown>>): ParseResult {
  return parse(raw, { stack, lock: readLock(), record: readHostRecord(stack), computer: hostArch() });
}

/** The configuration, or its errors, not thrown: for commands that work without one. */
export function readConfig(stack: string): ParseResult {
  return parseValues(stack, readStackFile(stack));
}

/**
 * Refuses a lab on a computer that cannot have one, before minutes are spent on what goes into it.
 *
 * @throws UserError on macOS
 */
export function requireLabHost({ machines, stack }: Pick<ClusterConfig, 'machines' | 'stack'>): void {
  if (machines === 'lab') requireLinux(`stack ${stack} is a lab, whose machines are containers of this computer: it`);
}

/** Provides everything that an update needs on this machine. */
export async function provide(config: ClusterConfig, print: Print): Promise<void> {
  const lab = config.machines === 'lab';
  const { kubernetesVersion } = config;
  if (lab) await preflight(plannedLab(config), print);
  const artifacts = lab ? servedByLab(config, readLock()) : await withoutPublisherSum(config, readLock(), print);
  const options = { kubernetesVersion, clouds: cloudsOf(config) };
  await ensureAll({ tools: true, artifacts: artifacts.map(({ id }) => id) }, options);
  if (!lab) return;
  await ensureMachineImage({ onProgress: print });
  await mendMirror(mirrorOf(config), print);
}

/** What a stack's lab is going to be. */
export function plannedLab({ stack, labName, labSubnet, machinesList }: ClusterConfig): PlannedLab {
  const own = stateDir();
  // A backend of the user's own is not read before Pulumi is there.
  if (hasOwnBackend(process.env, own)) return { lab: labName, subnet: labSubnet, machines: machinesList.length };
  const file = join(own, 'state', '.pulumi', 'stacks', 'hardway', `${stack}.json`);
  const state = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return { lab: labName, subnet: labSubnet, machines: machinesList.length, state };
}

/** The lab's mirror, as the program creates it. */
function mirrorOf(config: ClusterConfig) {
  const images = servedByLab(config, readLock()).filter(({ kind }) => kind === 'image');
  return { lab: config.labName, address: config.derived.mirrorAddress, images: images.map(({ url }) => url) };
}

/**
 * Makes sure that hosts and AWS instances can verify every file that they fetch: sums that no one has pinned are read
 * from the publishers' lists and kept in this checkout. The files themselves never come to this computer.
 *
 * @returns the files whose sums only their bytes can tell: with a mirror of one's own, which may hold what is built here
 * @throws UserError where machines fetch from publishers whose lists cannot be read
 */
async function withoutPublisherSum(config: ClusterConfig, lock: Lock, print: Print): Promise<readonly Artifact[]> {
  const sumOf = config.artifactMirror === '' ? publishedSum : ({ sha256 }: Artifact) => sha256;
  const unpinned = artifactsFor(config, lock).filter((one) => one.kind === 'file' && sumOf(one) === null);
  if (unpinned.length === 0) return [];
  const { known, unknown } = await readPublisherSums(unpinned, print);
  if (Object.keys(known).length > 0) await recordResolved(known);
  if (unknown.length > 0 && config.artifactMirror === '') throw unknownSums(unknown);
  return unknown.map(({ artifact }) => artifact);
}

/** The clouds whose plugins a stack needs. */
export function cloudsOf({ machines }: Pick<ClusterConfig, 'machines'>): readonly CloudPlugin[] {
  return machines === 'aws' ? ['aws'] : [];
}
