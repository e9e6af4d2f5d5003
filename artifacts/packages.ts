/**
 * Which of the distribution's packages a machine needs: by role, under names that Debian 12 and 13 and Ubuntu 22.04 and
 * 24.04 share. Pure.
 */
import type { ClusterConfig, MachineSpec } from '../config/schema.ts';

/** What each role needs beyond a minimal installation. */
const packagesByRole = {
  /** Fetching, health checks, routes, kernel settings. */
  any: ['ca-certificates', 'curl', 'iproute2', 'kmod', 'procps'],
  /** kubelet, kube-proxy, and what pods are reached through. */
  node: ['conntrack', 'iptables', 'socat'],
  /** Answers /healthz over plain HTTP. */
  controller: ['nginx'],
  loadBalancer: ['nginx', 'libnginx-mod-stream'],
  /** Several load balancers share an address. */
  loadBalancers: ['keepalived'],
  /** kube-proxy in nftables mode. */
  nftables: ['nftables'],
  /** Address sets, of network policies. */
  weave: ['ipset'],
} as const;

/** The packages of one machine, each once, in alphabetical order. */
export function packagesFor(
  config: Pick<ClusterConfig, 'cni' | 'loadBalancers' | 'kubeProxyMode'>,
  { roles, isNode }: Pick<MachineSpec, 'roles' | 'isNode'>,
): string[] {
  const balances = roles.includes('loadBalancer');
  return [
    ...new Set<string>([
      ...packagesByRole.any,
      ...(isNode ? packagesByRole.node : []),
      ...(isNode && config.cni === 'weave' ? packagesByRole.weave : []),
      ...(isNode && config.kubeProxyMode === 'nftables' ? packagesByRole.nftables : []),
      // Routes to the pods, with their translation, are on every machine.
      ...(config.cni === 'bridge' ? ['iptables'] : []),
      ...(roles.includes('controller') ? packagesByRole.controller : []),
      ...(balances ? packagesByRole.loadBalancer : []),
      ...(balances && config.loadBalancers.length > 1 ? packagesByRole.loadBalancers : []),
    ]),
  ].sort();
}
