import { type Check, until } from '../check.ts';
import type { Context } from '../context.ts';
import {
  type Caller,
  callers,
  policyNamespaces,
  policySteps,
  policyWorkload,
  requestLine,
  wasAnswered,
} from '../policies.ts';
import { here } from '../vantage.ts';

interface PodObject {
  metadata: { name: string };
  status: { podIP?: string; phase?: string };
}

/** Network policies block and allow, where something enforces them. */
export function policyChecks(context: Context): Check[] {
  const { kubectl, outputs } = context;
  const skip = outputs.podNetwork?.enforcesPolicies ? undefined : 'nothing enforces them on this pod network';
  return [
    {
      name: 'network policies: deny, allow by label and by namespace, egress',
      limitSeconds: 180,
      tried: 'kubectl apply of policies, and requests from pods by kubectl exec',
      from: here,
      fix: kubectl.fix(
        outputs.endpoint,
        'Look at the log of weave-npc: "kubectl logs -n kube-system ds/weave-net -c weave-npc".',
      ),
      skip,
      run: (signal) => tryPolicies(context, signal),
    },
  ];
}

async function tryPolicies({ kubectl, namespace, owner }: Context, signal: AbortSignal): Promise<string> {
  const { home, next } = policyNamespaces(namespace);
  const apply = (manifest: string, what: string) =>
    until<string>({ signal, expected: `the API taking ${what}`, every: 1000 }, async () => ({
      value: await kubectl.run(['apply', '--server-side', '-f', '-'], { signal, input: manifest }),
    }));
  await apply(policyWorkload(namespace, owner), 'the pods of the policy check');
  const address = await until<string>({ signal, expected: 'four running pods' }, async () => {
    const both = await Promise.all(
      [home, next].map((space) => kubectl.get<{ items: PodObject[] }>(['pods', '-n', space], { signal })),
    );
    const pods = both.flatMap(({ items }) => items);
    const running = pods.filter(({ status }) => status.phase === 'Running' && status.podIP);
    const server = running.find(({ metadata }) => metadata.name === 'server')?.status.podIP;
    return running.length === 4 && server ? { value: server } : { seen: `${running.length} running` };
  });
  const reaching = async (): Promise<Caller[]> => {
    const line = requestLine(address);
    const answers = callers.map(async (caller) => {
      const said = await kubectl.exec(caller === 'neighbour' ? next : home, caller, line, { signal });
      return wasAnswered(said) ? [caller] : [];
    });
    return (await Promise.all(answers)).flat();
  };
  const steps = policySteps(namespace);
  for (const { what, manifest, reaches } of steps) {
    if (manifest !== undefined) await apply(manifest, 'a policy');
    const expected = `${what}, the server reached by ${reaches.join(', ') || 'nobody'}`;
    await until<true>({ signal, expected, every: 500 }, async () => {
      const seen = await reaching();
      return seen.join() === reaches.join() ? { value: true } : { seen: `${what}, by ${seen.join(', ') || 'nobody'}` };
    });
  }
  return `${steps.length} steps`;
}
