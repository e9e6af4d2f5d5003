import { z } from 'zod';

const address = z.string().min(1);
const machine = z.object({
  name: z.string().min(1),
  roles: z.array(z.string()),
  address,
  /** Absent in stacks that were last updated before it was said. */
  architecture: z.string().default('amd64'),
});

const login = z.object({
  address,
  port: z.number().int().default(22),
  user: z.string().min(1),
  hostKey: z.string().refine((text) => text.trim() !== '', 'is blank'),
  /** Absent where the agent is asked. */
  privateKey: z.string().min(1).optional(),
});

const ssh = z.object({ hosts: z.record(z.string(), login.extend({ bastion: login.optional() })) });

const schema = z.object({
  kubeconfig: z.string().min(1),
  endpoint: z.url(),
  clusterDomain: z.string().min(1),
  nodes: z.array(machine.extend({ podCidr: z.string().optional() })),
  machines: z.array(machine).min(1),
  serviceCidr: z.string().min(1),
  dnsServiceAddress: address,
  /** Absent in stacks that were last updated before there was a choice. */
  podNetwork: z.object({ name: z.string(), enforcesPolicies: z.boolean() }).optional(),
  /** How the addresses of services work. Absent in stacks that were last updated before there was a choice. */
  kubeProxyMode: z.string().default('iptables'),
  /** Where the machines come from. Absent in stacks that were last updated when there was only the lab. */
  machineSource: z.string().default('lab'),
  ssh,
});

/** What the smoke test has to know of a cluster: the stack's outputs, secrets included. */
export type ClusterOutputs = z.infer<typeof schema>;

/**
 * Reads the stack's outputs.
 *
 * @param nodes - how many nodes there must be at least. Default one: the smoke test runs pods
 * @throws Error that names what is missing or malformed, never a value
 */
export function parseOutputs(outputs: unknown, { nodes: least = 1 } = {}): ClusterOutputs {
  const parsed = schema.extend({ nodes: schema.shape.nodes.min(least) }).safeParse(outputs);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'outputs'}: ${issue.message}`);
  throw new Error(`the stack's outputs are not those of a cluster (did "make up" finish?): ${faults.join('; ')}`);
}

/** How each machine is logged in to; undefined where the outputs name no machine, as before the first update. */
export function parseLogins(outputs: Readonly<Record<string, unknown>>): ClusterOutputs['ssh'] | undefined {
  return ssh.safeParse(outputs.ssh).data;
}

/** The machines that have a role, e.g. `controller`. */
export function withRole(outputs: ClusterOutputs, role: string): ClusterOutputs['machines'] {
  return outputs.machines.filter(({ roles }) => roles.includes(role));
}

/**
 * What to say in every run where the API takes NetworkPolicies and nothing enforces them; `undefined` where something
 * does, or where the pod network is not ours to know.
 */
export function policyWarning({ podNetwork }: Pick<ClusterOutputs, 'podNetwork'>): string | undefined {
  if (podNetwork === undefined || podNetwork.enforcesPolicies || podNetwork.name === 'none') return undefined;
  const fix =
    podNetwork.name === 'weave'
      ? 'set hardway:weaveNetworkPolicy to true.'
      : 'choose hardway:cni "weave" for a new cluster.';
  return `warning: NetworkPolicies are accepted and not enforced on this pod network (${podNetwork.name}): every pod reaches every other. Fix: ${fix}`;
}
