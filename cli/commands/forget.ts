import { z } from 'zod';
import { RELEASE_COMMAND } from '../../config/host-record.ts';
import { pulumi, stackExists } from '../pulumi/engine.ts';
import { readUrn } from '../pulumi/events.ts';
import { recover } from '../pulumi/recover.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

/** A host that cannot be forgotten; the message says why. */
export class ForgetError extends Error {}

const resource = z.looseObject({
  urn: z.string(),
  deletedWith: z.string().optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
  parent: z.string().optional(),
});

const exportedSchema = z.looseObject({ deployment: z.looseObject({ resources: z.array(resource).nullish() }) });

type Exported = z.output<typeof exportedSchema>;

/** What stands for a host in the state: its claim, and the resource that is the machine. */
function anchors(resources: readonly { readonly urn: string }[], host: string): string[] {
  const ends = [`hardway:remote:Claim::machines-claim-${host}`, `random:index/randomId:RandomId::machines-${host}`];
  return resources.map(({ urn }) => urn).filter((urn) => ends.some((end) => urn.endsWith(end)));
}

/**
 * A state without what lies on a host, and with no mention of it: what goes, by name. Nothing where there is no such
 * host. Pure.
 */
export function removeHost(state: unknown, host: string): { readonly state: Exported; readonly gone: string[] } {
  const exported = exportedSchema.parse(state);
  const all = exported.deployment.resources ?? [];
  const roots = new Set(anchors(all, host));
  const gone = new Set(roots);
  if (roots.size > 0) for (const one of all) if (one.deletedWith && roots.has(one.deletedWith)) gone.add(one.urn);
  // A claim lies in a component of the same name.
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const one of all) if (one.parent !== undefined && gone.has(one.parent)) gone.add(one.urn);
  }
  const staying = (urns: readonly string[] | null | undefined) => urns?.filter((urn) => !gone.has(urn)) ?? null;
  const resources = all
    .filter(({ urn }) => !gone.has(urn))
    .map((one) => ({
      ...one,
      ...(one.dependencies ? { dependencies: staying(one.dependencies) } : {}),
      ...(one.propertyDependencies
        ? {
            propertyDependencies: Object.fromEntries(
              Object.entries(one.propertyDependencies).map(([key, urns]) => [key, staying(urns)]),
            ),
          }
        : {}),
    }));
  return {
    state: { ...exported, deployment: { ...exported.deployment, resources } },
    gone: [...gone].map((urn) => readUrn(urn).name),
  };
}

/** `make forget`: lets go of a host that nobody can log in to any more. Returns the exit status. */
export async function forget(stack: string, host: string | undefined, print: (line: string) => void): Promise<number> {
  if (!host) throw new ForgetError(`which host? make forget STACK=${stack} HOST=<its name in hardway:hosts>`);
  const workspace = await openWorkspace();
  if (!(await stackExists(workspace, stack))) throw new ForgetError(`there is no stack ${stack}`);
  await recover(workspace, stack, print);
  const before: unknown = JSON.parse(await pulumi(workspace, ['stack', 'export', '--stack', stack]));
  const { state, gone } = removeHost(before, host);
  if (gone.length === 0)
    throw new ForgetError(`stack ${stack} has nothing on a host named ${host}: nothing was changed`);
  if (!gone.includes(`machines-claim-${host}`)) {
    throw new ForgetError(
      `${host} is no host but a machine that stack ${stack} made: "make up" removes and makes those`,
    );
  }
  await pulumi(workspace, ['stack', 'import', '--stack', stack], JSON.stringify(state));
  print(`stack ${stack}: ${host} is forgotten, ${gone.length} resources; nothing was done on it`);
  print(
    `next: see that it is not in hardway:hosts any more, then "make up STACK=${stack}" brings the others up to date`,
  );
  print(`if it was an etcd member: its place in etcd is still there, "etcdctl member list" on another one shows it`);
  print(`if it ever comes back: it still holds keys of the cluster. Clean it before it joins a network:`);
  print(`  ${RELEASE_COMMAND}`);
  return 0;
}
