/** What is known of a snapshot, and why one may not be restored. Pure. */
import { z } from 'zod';
import { compareVersions, minorOf } from '../../config/changes/versions.ts';

/** What belongs to a snapshot: `components/etcd/snapshot.sh` writes it. */
const schema = z.object({
  /** When it was taken, RFC 3339. */
  taken: z.string(),
  member: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Which cluster it is of, and with what its Secrets are encrypted: compared with the stack's. */
  cluster: z.string(),
  encryption: z.string(),
  kubernetes: z.string(),
  etcd: z.string(),
  members: z.array(z.string()),
  status: z.object({ revision: z.number(), totalKey: z.number(), totalSize: z.number() }),
  /** UIDs that tell whether what runs afterwards is what was saved. */
  kubeSystem: z.string(),
  nodes: z.record(z.string(), z.string()),
});

export type SnapshotMetadata = z.infer<typeof schema>;

/** @throws Error that says what is missing or malformed */
export function parseMetadata(text: string): SnapshotMetadata {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

/** The stack that a snapshot is to be restored into. */
export interface RestoreTarget {
  readonly cluster: string;
  readonly encryption: string;
  readonly etcd: string;
  readonly kubernetes: string;
}

/** Whether the data of a version can be read by another: patch releases read each other's. */
const reads = (version: string, data: string): boolean => compareVersions(minorOf(data), minorOf(version)) <= 0;

/**
 * Why a snapshot may not be restored, with the way on.
 *
 * @param sum - SHA-256 of the file as it is here
 */
export function snapshotProblems(snapshot: SnapshotMetadata, sum: string, target: RestoreTarget): string[] {
  return [
    ...(sum === snapshot.sha256
      ? []
      : [
          `the file has SHA-256 ${sum}, and was taken with ${snapshot.sha256}: it is cut or damaged. Fix: fetch it again, or use another one.`,
        ]),
    ...(snapshot.cluster === target.cluster
      ? []
      : [`it is of the cluster ${snapshot.cluster}, and the stack has ${target.cluster}. Fix: use one of this stack.`]),
    ...(snapshot.encryption === target.encryption
      ? []
      : [
          `its Secrets are encrypted with ${snapshot.encryption}, and the stack has ${target.encryption}: they could not be read. Fix: restore the stack's state of that time first.`,
        ]),
    ...(reads(target.etcd, snapshot.etcd)
      ? []
      : [
          `it was taken by etcd ${snapshot.etcd}, which ${target.etcd} cannot read. Fix: set hardway:etcdVersion to ${snapshot.etcd}.`,
        ]),
    ...(reads(target.kubernetes, snapshot.kubernetes)
      ? []
      : [
          `it was written by Kubernetes ${snapshot.kubernetes}, which ${target.kubernetes} may not be able to read. Fix: set hardway:kubernetesVersion to ${snapshot.kubernetes}.`,
        ]),
  ];
}
