import { z } from 'zod';
import { policyWarning } from '../../smoke/outputs.ts';
import { changesText, isUnchanged } from './progress-reporter.ts';

const schema = z.object({
  clusterName: z.string(),
  machineSource: z.string().optional(),
  endpoint: z.string(),
  nodes: z.array(z.object({ name: z.string(), roles: z.array(z.string()), address: z.string() })),
  podNetwork: z.object({ name: z.string(), enforcesPolicies: z.boolean() }).optional(),
  machines: z.array(z.object({ name: z.string(), roles: z.array(z.string()), address: z.string() })),
});

/** What the closing lines of an update are made from. */
export interface SummaryInput {
  readonly stack: string;
  /** The stack's outputs. */
  readonly outputs: unknown;
  /** The engine's count by operation. */
  readonly changes: Readonly<Record<string, number>>;
  /** The kubeconfig's file, as a person would type it. */
  readonly kubeconfig: string;
  /** The phases and their times. */
  readonly times: string;
}

/** The closing lines of an update that went well. Holds no secret. */
export function summary({ stack, outputs, changes, kubeconfig, times }: SummaryInput): string {
  const unchanged = isUnchanged(changes);
  const count = Object.values(changes).reduce((sum, each) => sum + each, 0);
  const parsed = schema.safeParse(outputs);
  const warning = parsed.success ? policyWarning(parsed.data) : undefined;
  const warnings = warning === undefined ? [] : [warning];
  if (unchanged)
    return [...warnings, `stack ${stack}: no changes, ${count} resources as they were (${times})`].join('\n');
  const lines = [...warnings, `stack ${stack}: ${changesText(changes)}`];
  const isLab = (parsed.data?.machineSource ?? 'lab') === 'lab';
  if (parsed.success) {
    const { clusterName, endpoint, nodes, machines } = parsed.data;
    const isNode = new Set(nodes.map(({ name }) => name));
    lines.push(
      `cluster ${clusterName} at ${endpoint}`,
      ...machines.map(
        ({ name, roles, address }) => `  ${name}  ${address}  ${roles.join(', ')}${isNode.has(name) ? ', node' : ''}`,
      ),
    );
  }
  const make = (verb: string) => (stack === 'dev' ? `make ${verb}` : `make ${verb} STACK=${stack}`);
  lines.push(
    `reach it:   . .hardway/env; kubectl --kubeconfig ${kubeconfig} get nodes`,
    `next:       ${make('smoke')} tests it, ${make('down')}${isLab ? '' : ` CONFIRM=${stack}`} removes it`,
    `took:       ${times}`,
  );
  return lines.join('\n');
}
