import { z } from 'zod';
import { policyWarning } from '../../smoke/outputs.ts';
import { type Health, problemsText } from '../health/problems.ts';
import { changesText, isUnchanged } from './progress-reporter.ts';

const schema = z.object({
  clusterName: z.string(),
  machineSource: z.string().optional(),
  endpoint: z.string(),
  nodes: z.array(z.object({ name: z.string(), roles: z.array(z.string()), address: z.string() })),
  podNetwork: z.object({ name: z.string(), enforcesPolicies: z.boolean() }).optional(),
  machines: z.array(z.object({ name: z.string(), roles: z.array(z.string()), address: z.string() })),
});

/** Arguments of {@link summary}. */
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
  /** What the cluster answered after the update. */
  readonly health: Health;
}

/** The closing lines of an update that succeeded, of a cluster that answers or does not. Holds no secret. */
export function summary({ stack, outputs, changes, kubeconfig, times, health }: SummaryInput): string {
  const unchanged = isUnchanged(changes);
  const count = Object.values(changes).reduce((sum, each) => sum + each, 0);
  const parsed = schema.safeParse(outputs);
  const warning = parsed.success ? policyWarning(parsed.data) : undefined;
  const warnings = warning === undefined ? [] : [warning];
  if (health.problems.length > 0) {
    const done = unchanged ? `the configuration has nothing to change (${count} resources)` : changesText(changes);
    const problems = health.problems.length === 1 ? '1 problem' : `${health.problems.length} problems`;
    return [
      ...warnings,
      `stack ${stack}: ${done}, and the cluster is not healthy: ${problems}`,
      problemsText(health.problems),
      `took: ${times}`,
    ].join('\n');
  }
  const well = `verified: ${health.well.join(', ')}`;
  if (unchanged) return [...warnings, well, `stack ${stack}: no changes (${count} resources, ${times})`].join('\n');
  const lines = [...warnings, well, `stack ${stack}: ${changesText(changes)}`];
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
    `use it:     . .hardway/env; kubectl --kubeconfig ${kubeconfig} get nodes`,
    `test it:    ${make('smoke')}`,
    `remove it:  ${make('down')}${isLab ? '' : ` CONFIRM=${stack}`}`,
    `took:       ${times}`,
  );
  return lines.join('\n');
}
