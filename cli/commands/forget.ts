import { z } from 'zod';
import { RELEASE_COMMAND } from '../../config/host-record.ts';
import { UserError } from '../../lib/user-error.ts';
import { pulumi, stackExists } from '../pulumi/engine.ts';
import { readUrn } from '../pulumi/events.ts';
import { recover } from '../pulumi/recover.ts';
import { openWorkspace } from '../pulumi/workspace.ts';

const resource = z.looseObject({
  urn: z.string(),
  deletedWith: z.string().optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullish()).nullish(),
  parent: z.string().optional(),
});

const exportedSchema = z.looseObject({ deployment: z.looseObject({ resources: z.array(resource).nullish() }) });

type Exported = z.output<typeof exportedSchema>;

/** The resources that represent a host in the state: its claim, and the machine. */
function anchors(resources: readonly { readonly urn: string }[], host: string): string[] {
  const ends = [`hardway:remote:Claim::machines-claim-${host}`, `random:index/randomId:RandomId::machines-${host}`];
  return resources.map(({ urn }) => urn).filter((urn) => ends.some((end) => urn.endsWith(end)));
}

/**
 * Removes a host's resources, and every reference to them, from a state.
 *
 * @returns the new state, and the names of the removed resources; none where there is no such host
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

/** `make forget`: removes a permanently lost host from the state, without contacting it. */
export async function forget(stack: string, host: string | undefined, print: (line: string) => void): Promise<number> {
  if (!host) {
    throw new UserError('no host is given', {
      fix: `make forget STACK=${stack} HOST=<its name in hardway:hosts>`,
      exitCode: 2,
    });
  }
  const workspace = await openWorkspace({ stack, print });
  if (!(await stackExists(workspace, stack)))
    throw new UserError(`there is no stack ${stack}`, { fix: 'check STACK; "pulumi stack ls" lists the stacks' });
  await recover(workspace, stack, print);
  const before: unknown = JSON.parse(await pulumi(workspace, ['stack', 'export', '--stack', stack]));
  const { state, gone } = removeHost(before, host);
  if (gone.length === 0) throw new UserError(`stack ${stack} has no host named ${host}; nothing was changed`);
  if (!gone.includes(`machines-claim-${host}`)) {
    throw new UserError(`${host} is not a host but a machine that stack ${stack} created; nothing was changed`, {
      fix: 'remove it from the configuration, then run "make up"',
    });
  }
  await pulumi(workspace, ['stack', 'import', '--stack', stack], JSON.stringify(state));
  print(`stack ${stack}: removed ${host} from the state (${gone.length} resources); the host was not contacted`);
  print(
    `Fix: check that it is no longer in hardway:hosts, then run "make up STACK=${stack}" to update the other hosts`,
  );
  print('If it was an etcd member, it is still registered: "etcdctl member list" on another member shows it');
  print('If it ever comes back, it still holds keys of the cluster. Clean it before it joins a network:');
  print(`  ${RELEASE_COMMAND}`);
  return 0;
}
