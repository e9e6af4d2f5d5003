import { type Check, until } from '../check.ts';
import type { Context } from '../context.ts';
import { here } from '../vantage.ts';

/** The part of a Node that is looked at. */
export interface NodeObject {
  metadata: { name: string };
  status: { conditions?: { type: string; status: string; message?: string }[]; nodeInfo: { kubeletVersion: string } };
}

/** What is wrong with a node's conditions; empty when all is well. */
export function conditionFaults({ metadata, status }: NodeObject): string[] {
  const conditions = status.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const pressing = conditions.filter((one) => one.type !== 'Ready' && one.status !== 'False');
  const faults = pressing.map(({ type, status: value }) => `${metadata.name} ${type}=${value}`);
  return ready?.status === 'True' ? faults : [`${metadata.name} not Ready: ${ready?.message ?? 'no word'}`, ...faults];
}

/** The nodes are those of the outputs, Ready, and under no pressure. */
export function nodeChecks({ kubectl, outputs }: Context): Check[] {
  const wanted = outputs.nodes.map(({ name }) => name).sort();
  return [
    {
      name: 'every node is Ready and under no pressure',
      limitSeconds: 90,
      tried: 'kubectl get nodes',
      from: here,
      fix: kubectl.fix(
        outputs.endpoint,
        'On the node that is named: "journalctl -u kubelet -n 50"; then "kubectl describe node NAME".',
      ),
      run: (signal) =>
        until({ signal, expected: `${wanted.join(', ')} Ready, no pressure`, every: 500 }, async () => {
          const { items } = await kubectl.get<{ items: NodeObject[] }>(['nodes'], { signal });
          const seen = items.map(({ metadata }) => metadata.name).sort();
          if (seen.join() !== wanted.join()) return { seen: `nodes ${seen.join(', ') || 'none'}` };
          const faults = items.flatMap(conditionFaults);
          if (faults.length > 0) return { seen: faults.join('; ') };
          const versions = [...new Set(items.map(({ status }) => status.nodeInfo.kubeletVersion))];
          return { value: `${wanted.length} nodes, ${versions.join(', ')}` };
        }),
    },
  ];
}
