/** What is wrong between hosts: clocks that disagree, machines that are one and the same. Pure. */

import type { HostDiagnostic, HostDiagnostics } from '../diagnostic.ts';
import type { HostFacts } from '../facts.ts';

/** Facts of hosts by name. */
export type FactsByName = ReadonlyMap<string, HostFacts>;

/** How far clocks may be apart, in milliseconds. etcd warns from a second on; certificates count from their minute on. */
const LIMIT = 2000;
const NOTICED = 500;

const clockFix =
  'Let a time service keep it ("systemctl enable --now systemd-timesyncd", or chrony); "timedatectl" shows what it does.';

type Clock = HostFacts['clock'];

/** By how much a clock is off for certain, in milliseconds. */
const off = ({ ahead, give }: Clock): number => Math.max(0, Math.abs(ahead) - give);

function amount(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}

function clockDiagnostic(name: string, { ahead }: Clock): HostDiagnostic {
  const found =
    ahead < 0
      ? `its clock is ${amount(ahead)} behind this machine's: certificates made here are not valid there yet`
      : `its clock is ${amount(ahead)} ahead of this machine's`;
  return { about: [name], found: `${found}, and etcd wants clocks within a second of each other`, fix: clockFix };
}

function clocks(facts: FactsByName): HostDiagnostics {
  const all = [...facts].map(([name, { clock }]) => ({ name, clock }));
  const isFar = ({ clock }: { clock: Clock }): boolean => off(clock) > LIMIT;
  const far = all.filter(isFar);
  const sorted = [...all].sort((one, other) => one.clock.ahead - other.clock.ahead);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return { faults: [], warnings: [] };
  const apart = last.clock.ahead - first.clock.ahead;
  const surelyApart = apart - first.clock.give - last.clock.give > LIMIT;
  if (far.length === all.length && all.length > 1 && !surelyApart) {
    const found = `the clock is ${amount(first.clock.ahead)} ${first.clock.ahead < 0 ? 'ahead of' : 'behind'} those of all hosts, which agree with each other`;
    return { faults: [{ about: ['this machine'], found, fix: clockFix }], warnings: [] };
  }
  const faults = far.map(({ name, clock }) => clockDiagnostic(name, clock));
  const between: HostDiagnostic[] =
    far.length === 0 && surelyApart
      ? [{ about: [first.name, last.name], found: `their clocks are ${amount(apart)} apart`, fix: clockFix }]
      : [];
  const warnings = all
    .filter((each) => !isFar(each) && off(each.clock) > NOTICED)
    .map(({ name, clock }) => clockDiagnostic(name, clock));
  return { faults: [...faults, ...between], warnings };
}

function duplicateMachineIds(facts: FactsByName): HostDiagnostic[] {
  const byId = new Map<string, [string, HostFacts][]>();
  for (const [name, each] of facts) {
    if (each.machineId !== '') byId.set(each.machineId, [...(byId.get(each.machineId) ?? []), [name, each]]);
  }
  return [...byId.values()]
    .filter((same) => same.length > 1)
    .map((same): HostDiagnostic => {
      const about = same.map(([name]) => name);
      const isOne = new Set(same.map(([, { boot }]) => boot)).size === 1;
      return isOne
        ? { about, found: 'are one and the same machine (machine-id and boot are equal)', fix: 'Name it once.' }
        : {
            about,
            found:
              'have the same /etc/machine-id, as clones of one image do: systemd and the pod network take them for one',
            fix: 'On all but one: "rm /etc/machine-id /var/lib/dbus/machine-id; systemd-machine-id-setup", and reboot.',
          };
    });
}

/** Warns of hosts that show one and the same host key, by the hosts' names. */
export function sharedHostKeys(keys: ReadonlyMap<string, string>): HostDiagnostic[] {
  const byKey = new Map<string, string[]>();
  for (const [name, key] of keys) byKey.set(key, [...(byKey.get(key) ?? []), name]);
  return [...byKey.values()]
    .filter((about) => about.length > 1)
    .map((about) => ({
      about,
      found: 'show the same host key, as clones of one image do: each can pass for the others',
      fix: 'On all but one: "rm /etc/ssh/ssh_host_*; dpkg-reconfigure openssh-server", then put hostKey right.',
    }));
}

/** Every fault and every warning that takes more than one host to see. */
export function checkAcross(facts: FactsByName): HostDiagnostics {
  const { faults, warnings } = clocks(facts);
  return { faults: [...duplicateMachineIds(facts), ...faults], warnings };
}
