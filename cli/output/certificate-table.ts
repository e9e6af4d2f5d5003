/** Every certificate of a stack with its signer, its end and where it lies. Pure. */
import {
  authorities,
  certificateId,
  certificateSpecs,
  certificates,
  installedOn,
} from '../../components/pki/certificates.ts';
import { listInstalledRoles, roleNames } from '../../config/roles.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { isDue } from './certificates.ts';

/** A certificate, as one line of the table. */
export interface CertificateRow {
  readonly name: string;
  /** The authority that signed it; `itself` for an authority. */
  readonly signer: string;
  /** RFC 3339; absent where the stack does not have it yet. */
  readonly expires?: string;
  /** Whole days from now until then, below 0 once it has expired. */
  readonly daysLeft?: number;
  /** Whether the next update renews it. */
  readonly due: boolean;
  readonly files: readonly { readonly machine: string; readonly path: string }[];
}

const DAY = 24 * 3_600_000;

/**
 * The certificates of a configuration, with the ends that the stack's outputs tell; those that end first come first.
 *
 * @param expiry - the output `certificateExpiry`
 * @param now - what the ends are compared with
 */
export function certificateTable(
  config: ClusterConfig,
  expiry: Readonly<Record<string, string>>,
  now: Date,
): CertificateRow[] {
  const files = filesOf(config);
  const row = (name: string, signer: string): CertificateRow => {
    const expires = expiry[name];
    const known = { name, signer, files: files.get(name) ?? [] };
    if (expires === undefined) return { ...known, due: false };
    const daysLeft = Math.floor((Date.parse(expires) - now.getTime()) / DAY);
    return { ...known, expires, daysLeft, due: isDue(expires, config.certificateRenewalHours, now) };
  };
  const rows = [
    ...Object.keys(authorities).map((name) => row(`${name}-ca`, 'itself')),
    ...certificateSpecs(config).map(({ id, authority }) => row(id, `${authority}-ca`)),
  ];
  const end = ({ expires }: CertificateRow): number => (expires === undefined ? Infinity : Date.parse(expires));
  return rows.sort((one, other) => (end(one) < end(other) ? -1 : end(one) > end(other) ? 1 : 0));
}

/** Where each certificate lies, by its name. */
function filesOf({ machinesList }: ClusterConfig): Map<string, { machine: string; path: string }[]> {
  const found = new Map<string, { machine: string; path: string }[]>();
  for (const machine of machinesList) {
    for (const role of listInstalledRoles(machine)) {
      for (const { name, place } of installedOn(roleNames[role])) {
        if ('privateKey' in place) continue;
        const id = name in certificates ? certificateId(name as keyof typeof certificates, machine.name) : name;
        const path = 'kubeconfig' in place ? place.kubeconfig : place.certificate;
        found.set(id, [...(found.get(id) ?? []), { machine: machine.name, path }]);
      }
    }
  }
  return found;
}

/** The table as lines of text, a line for each certificate; files that several machines have alike are named once. */
export function tableLines(rows: readonly CertificateRow[]): string[] {
  const cells = rows.map(({ name, signer, expires, daysLeft, due, files }) => {
    const paths = [...new Set(files.map(({ path }) => path))];
    const on = (path: string) => files.filter((file) => file.path === path).map(({ machine }) => machine);
    const where = paths.map((path) => `${on(path).join(', ')}: ${path}`).join('; ');
    const days = daysLeft === undefined ? 'not made yet' : daysLeft < 0 ? 'expired' : `${daysLeft} days`;
    return [name, signer, expires?.slice(0, 10) ?? '-', `${days}${due && (daysLeft ?? 0) >= 0 ? ', due' : ''}`, where];
  });
  const all = [['certificate', 'signed by', 'expires', 'left', 'where'], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
