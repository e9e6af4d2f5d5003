import { z } from 'zod';

const address = z.string().min(1);
const machine = z.object({ name: z.string().min(1), roles: z.array(z.string()), address });

const schema = z.object({
  kubeconfig: z.string().min(1),
  endpoint: z.url(),
  clusterDomain: z.string().min(1),
  nodes: z.array(machine.extend({ podCidr: z.string().optional() })).min(1),
  machines: z.array(machine).min(1),
  serviceCidr: z.string().min(1),
  dnsServiceAddress: address,
  /** Absent in stacks that were last updated before there was a choice. */
  podNetwork: z.object({ name: z.string(), enforcesPolicies: z.boolean() }).optional(),
  ssh: z.object({
    user: z.string().min(1),
    privateKey: z.string().min(1),
    hosts: z.record(z.string(), z.object({ address, port: z.number().int().optional(), hostKey: z.string().min(1) })),
  }),
});

/** What the smoke test has to know of a cluster: the stack's outputs, secrets included. */
export type ClusterOutputs = z.infer<typeof schema>;

/**
 * Reads the stack's outputs.
 *
 * @throws Error that names what is missing or malformed, never a value
 */
export function parseOutputs(outputs: unknown): ClusterOutputs {
  const parsed = schema.safeParse(outputs);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'outputs'}: ${issue.message}`);
  throw new Error(`the stack's outputs are not those of a cluster (did "make up" finish?): ${faults.join('; ')}`);
}

/** The machines that have a role, e.g. `controller`. */
export function withRole(outputs: ClusterOutputs, role: string): ClusterOutputs['machines'] {
  return outputs.machines.filter(({ roles }) => roles.includes(role));
}
