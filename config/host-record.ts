/**
 * What the pre-flight learnt of the hosts of a stack, in `hosts.<stack>.yaml` beside the stack file and committed with
 * it: host keys that were accepted at first sight, and the facts that decide what goes onto a machine. The program takes
 * them from here, so that a preview is exact and needs to reach no host.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { hostKey } from './options/ssh-schemas.ts';

/** A host key as the record has it; the same form as in the config. */
const recordedKey = z
  .string()
  .refine(
    (text) => hostKey.safeParse(text).success,
    'must be a public host key: its type, a blank, and the key in base64',
  );

/** What a host is, as far as it decides what is put there; values that do not change from day to day. */
export const hostFactsSchema = z.strictObject({
  /** What was dialled, as {@link dialledAs} writes it: a record of another address is not this host's. */
  dialled: z.string().min(1),
  /** The host key shown and trusted then, `<type> <base64>`: pinned by the config, or accepted at first sight. */
  hostKey: recordedKey,
  /** `debian 12`, `ubuntu 24.04`: ID and VERSION_ID of /etc/os-release. */
  os: z.string().min(1),
  architecture: z.string().min(1),
  cgroupVersion: z.union([z.literal(1), z.literal(2)]),
  /** Whether CAP_SYS_RESOURCE can be had. */
  sysResource: z.boolean(),
  /** Whether it is a container, whose kernel and disk are another machine's. */
  container: z.boolean(),
});

const recordSchema = z.strictObject({
  /** Identity of the cluster: what its hosts are marked with. Made by the first pre-flight, 32 hexadecimal digits. */
  cluster: z.string().regex(/^[0-9a-f]{32}$/),
  /** Facts by the host's name. */
  hosts: z.record(z.string(), hostFactsSchema),
  /** Host keys of bastions by `<address>:<port>`. */
  bastions: z.record(z.string(), recordedKey).default({}),
});

/** Takes off a host all that a cluster put there, without the program: what its people run there themselves. */
export const RELEASE_COMMAND = 'sudo sh /var/lib/hardway/host.sh release "$(sudo cat /var/lib/hardway/identity)"';

/** What is known of one host. */
export type RecordedHost = z.output<typeof hostFactsSchema>;

/** What is known of the hosts of a stack. */
export type HostRecord = z.output<typeof recordSchema>;

const repository = join(import.meta.dirname, '..');

/** The file of a stack's record, in the folder of `Pulumi.yaml`. */
export function hostRecordFile(stack: string, folder = repository): string {
  return join(folder, `hosts.${stack}.yaml`);
}

/** A file that is not a record of hosts. */
export class HostRecordError extends Error {}

/**
 * The record of a stack; `undefined` when there is none yet.
 *
 * @throws HostRecordError that names the file when it is not one
 */
export function readHostRecord(stack: string, folder = repository): HostRecord | undefined {
  const path = hostRecordFile(stack, folder);
  if (!existsSync(path)) return undefined;
  const document = parseDocument(readFileSync(path, 'utf8'));
  const parsed = recordSchema.safeParse(document.errors.length > 0 ? undefined : document.toJS());
  if (parsed.success) return parsed.data;
  const why = document.errors[0]?.message.trimEnd() ?? z.prettifyError(parsed.error);
  throw new HostRecordError(`${path} is not a record of hosts: ${why}\nBring it back as it was committed.`);
}

/** Address and port, and those of the bastion before, of something that SSH dials. */
interface Dialled {
  readonly address: string;
  readonly port: number;
  readonly bastion?: { readonly address: string; readonly port: number };
}

/**
 * What stands for a machine in the record: the address and port that SSH dials, and the bastion's where there is one,
 * since a private address behind another bastion is another machine.
 */
export function dialledAs({ address, port, bastion }: Dialled): string {
  return `${address}:${port}${bastion === undefined ? '' : ` through ${dialledAs(bastion)}`}`;
}

/** What the record has of a host; `undefined` when it has nothing, or that of another address. */
export function recordedHost(
  record: HostRecord | undefined,
  name: string,
  access: Dialled | undefined,
): RecordedHost | undefined {
  const found = record?.hosts[name];
  return access !== undefined && found?.dialled === dialledAs(access) ? found : undefined;
}
