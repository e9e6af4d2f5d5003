import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SNAPSHOT } from '../../components/etcd/etcd.ts';
import { UserError } from '../../lib/user-error.ts';
import { messageOf } from '../../smoke/check.ts';
import { parseOutputs, withRole } from '../../smoke/outputs.ts';
import { MachineSsh } from '../../ssh/machines.ts';
import { parseMetadata, type SnapshotMetadata } from '../backup/metadata.ts';
import { makeFor } from '../output/make.ts';
import { stackExists, stackOutputs } from '../pulumi/engine.ts';
import { openWorkspace } from '../pulumi/workspace.ts';
import { tools } from './tools.ts';

type Print = (line: string) => void;

/** How long, in seconds, a snapshot and its way here may take. */
const LIMIT_SECONDS = 900;

/** A snapshot that was fetched. */
export interface Backup {
  readonly path: string;
  readonly metadata: SnapshotMetadata;
}

/**
 * `make backup`: takes a snapshot of etcd on the first member that answers, and fetches it with what a restore compares.
 *
 * @throws UserError where no member can take one
 */
export async function backup(stack: string, print: Print): Promise<Backup> {
  const workspace = await openWorkspace({ stack, print });
  await tools();
  const up = makeFor('up', stack);
  if (!(await stackExists(workspace, stack)))
    throw new UserError(`stack ${stack} does not exist yet`, { fix: `run "${up}" first` });
  const outputs = parseOutputs(await stackOutputs(workspace, stack), { nodes: 0 });
  const folder = join(workspace.stateDir, 'backups', stack);
  return MachineSsh.using(outputs.ssh, LIMIT_SECONDS, async (ssh) => {
    const failures: string[] = [];
    for (const { name } of withRole(outputs, 'etcd')) {
      try {
        const fetched = await fetchSnapshot(ssh, name, folder);
        const { path, metadata } = fetched;
        const mib = (metadata.status.totalSize / 1024 / 1024).toFixed(1);
        print(`stack ${stack}: snapshot of ${name} at revision ${metadata.status.revision}, ${mib} MiB`);
        print(`  ${relative(workspace.repoDir, path)}`);
        print(
          'Keep it on another computer, with .hardway/state and .hardway/passphrase: they hold the keys that read it.',
        );
        return fetched;
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
    throw new UserError(`stack ${stack}: no member of etcd gave a snapshot:\n  ${failures.join('\n  ')}`, {
      fix: `"${makeFor('status', stack)}" says what is wrong; "${up}" brings the configuration of a stack of an earlier version up to date`,
    });
  });
}

async function fetchSnapshot(ssh: MachineSsh, member: string, folder: string): Promise<Backup> {
  const taken = await ssh.run(member, SNAPSHOT);
  const there = taken.split('\n').at(-1) ?? '';
  if (!/^\/var\/lib\/hardway\/snapshots\/[\w.-]+\.db$/.test(there))
    throw new Error(`${member}: it answered "${taken}"`);
  const text = await ssh.run(member, `cat '${there.replace(/\.db$/, '.json')}'`);
  const metadata = parseMetadata(text);
  const bytes = Buffer.from(await ssh.run(member, `base64 -w0 '${there}'`), 'base64');
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (sum !== metadata.sha256)
    throw new Error(`${member}: the snapshot arrived with SHA-256 ${sum}, not ${metadata.sha256}`);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const path = join(folder, there.split('/').at(-1) ?? '');
  const partial = `${path}.new`;
  try {
    await writeFile(partial, bytes, { mode: 0o600 });
    await writeFile(path.replace(/\.db$/, '.json'), `${text}\n`, { mode: 0o600 });
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  return { path, metadata };
}
