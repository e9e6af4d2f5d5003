/** Whether a host has the memory and disk that its roles require. */
import { type InstalledRole, listInstalledRoles } from '../../config/roles.ts';
import type { MachineSpec } from '../../config/schema.ts';
import type { HostFacts } from '../facts.ts';
import { type Check, type CheckContext, newRoles, reportIf } from './context.ts';
import { amountFor, diskPlaces } from './requirements.ts';

/** An amount of memory or disk as people read it. */
export const gib = (mebibytes: number): string =>
  mebibytes < 1024 ? `${mebibytes} MiB` : `${(mebibytes / 1024).toFixed(1).replace(/\.0$/, '')} GiB`;

/** Free disk that data which is there already does not get along without, in MiB. */
const LITTLE_DISK = 512;
/** Room for binaries where nothing else of the cluster is on the same file system, in MiB. */
const BINARIES = 700;

/** A file system, and what the cluster keeps there. */
interface Place {
  readonly folders: readonly string[];
  readonly free: number;
  readonly roles: readonly InstalledRole[];
  readonly least: number;
  readonly advised: number;
}

/** Every file system that is to hold data of the host's roles. Where a folder's is not known, it is left out. */
function placesOf(host: MachineSpec, facts: HostFacts, context: CheckContext): Place[] {
  const fresh = newRoles(host, facts, context);
  const places = new Map<string, Place>();
  for (const { role, folder, least, advised } of listInstalledRoles(host).flatMap(diskPlaces)) {
    const disk = facts.disks.find(({ path }) => path === folder);
    if (disk === undefined) continue;
    const isNew = fresh.includes(role);
    const before = places.get(disk.mount);
    places.set(disk.mount, {
      folders: [...new Set([...(before?.folders ?? []), folder])],
      free: disk.free,
      roles: [...new Set([...(before?.roles ?? []), role])],
      least: (before?.least ?? 0) + (isNew ? least : 0),
      advised: (before?.advised ?? 0) + (isNew ? advised : 0),
    });
  }
  return [...places.values()].map((place) => ({ ...place, least: Math.max(place.least, LITTLE_DISK) }));
}

const where = (folders: readonly string[]): string =>
  `for ${folders.length > 1 ? `${folders.slice(0, -1).join(', ')} and ${folders.at(-1)}` : folders[0]}`;

const moreRoom = 'Free some space, or use a larger disk.';

/** Too little disk for a cluster to work, or not for long. */
export const diskFault: Check = (host, facts, context) => {
  const places = placesOf(host, facts, context);
  const opt = facts.disks.find(({ path }) => path === '/opt');
  const mounts = new Set(
    facts.disks.filter(({ path }) => places.some(({ folders }) => folders.includes(path))).map(({ mount }) => mount),
  );
  const wantsBinaries = newRoles(host, facts, context).some((role) => role !== 'loadBalancer');
  return [
    ...places.flatMap(({ folders, free, roles, least }) =>
      reportIf(
        free < least,
        `has ${gib(free)} of free disk ${where(folders)}; as ${roles.join(' and ')} it needs ${gib(least)}`,
        moreRoom,
      ),
    ),
    ...reportIf(
      wantsBinaries && opt !== undefined && !mounts.has(opt.mount) && opt.free < BINARIES,
      `has ${gib(opt?.free ?? 0)} of free disk for /opt, but the binaries there need ${gib(BINARIES)}`,
      moreRoom,
    ),
  ];
};

/** What there is less of than is advised, and not less than is needed: parts of a sentence. */
export function littleDisk(host: MachineSpec, facts: HostFacts, context: CheckContext): string[] {
  return placesOf(host, facts, context)
    .filter(({ free, least, advised }) => free >= least && free < advised)
    .map(({ folders, free, advised }) => `${gib(free)} of free disk ${where(folders)} (${gib(advised)} recommended)`);
}

/** Too little memory for a cluster to work. */
export const memoryFault: Check = (host, { memory }) => {
  const { memory: least } = amountFor(listInstalledRoles(host), 'least');
  return reportIf(
    memory < least,
    `has ${gib(memory)} of memory; for ${listInstalledRoles(host).join(' and ')} it needs ${gib(least)}`,
    'Give it more memory, or fewer roles.',
  );
};
