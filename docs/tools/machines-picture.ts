import { type PortRule, portTable } from '../../config/ports.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { digraph, edge, fills, frame, node } from './drawing.ts';

/** Who shows which certificate to which port. The ports are the configuration's, the certificates the stack's. */
const connections = [
  { from: 'you', to: 'load balancer', port: 6443, certificate: 'admin' },
  { from: 'kubelet', to: 'load balancer', port: 6443, certificate: 'kubelet-client-' },
  { from: 'kube-proxy', to: 'load balancer', port: 6443, certificate: 'kube-proxy' },
  { from: 'load balancer', to: 'kube-apiserver', port: 6443, certificate: undefined },
  { from: 'kube-controller-manager', to: 'kube-apiserver', port: 6443, certificate: 'kube-controller-manager' },
  { from: 'kube-scheduler', to: 'kube-apiserver', port: 6443, certificate: 'kube-scheduler' },
  { from: 'kube-apiserver', to: 'etcd, clients', port: 2379, certificate: 'kube-apiserver-etcd-client' },
  { from: 'kube-apiserver', to: 'kubelet', port: 10250, certificate: 'kube-apiserver-kubelet-client' },
] as const;

const names: Readonly<Record<string, string>> = { 'etcd, clients': 'etcd' };
const shortName = (service: string): string => names[service] ?? service;

const labelOf = (certificate: string): string => `  ${certificate.replace(/-$/, '-<node>')}  `;

const portsOf = (rules: readonly PortRule[], service: string): string =>
  rules
    .filter((rule) => rule.service === service && rule.first > 0)
    .map(
      ({ protocol, first, last }) => `${first}${first === last ? '' : `-${last}`}${protocol === 'udp' ? '/udp' : ''}`,
    )
    .join(', ');

/** One machine of each kind, with what listens there, and who connects with which client certificate. */
export function machinesPicture(config: ClusterConfig, certificates: readonly string[]): string {
  const rules = portTable(config);
  for (const { to, port, certificate } of connections) {
    if (!rules.some(({ service, first }) => service === to && first === port))
      throw new Error(`${to} has no port ${port}`);
    if (certificate !== undefined && !certificates.some((name) => name.startsWith(certificate))) {
      throw new Error(`the stack has no certificate ${certificate}`);
    }
  }
  const box = (service: string, extra = '') =>
    node(service, { label: `${shortName(service)}\n${portsOf(rules, service)}${extra}` });
  const machineOf = (role: string) => config.machinesList.filter(({ roles }) => roles.some((one) => one === role));
  const title = (role: string) =>
    machineOf(role)
      .map(({ name, address }) => `${name}  ${address}`)
      .join('\n');
  return digraph(
    [
      node('you', { label: 'you\nkubectl, Pulumi', fillcolor: fills.gate }),
      frame('balancer', title('loadBalancer'), [box('load balancer', '\nnginx, TLS passes through')]),
      frame('controller', title('controller'), [
        box('kube-apiserver'),
        box('kube-controller-manager'),
        box('kube-scheduler'),
        box('etcd, clients', ', peers 2380'),
      ]),
      frame('worker', title('worker'), [
        box('kubelet'),
        node('kube-proxy', { label: 'kube-proxy' }),
        node('containerd', { label: 'containerd' }),
        node('Weave Net', { label: `Weave Net\n${portsOf(rules, 'Weave Net')}` }),
      ]),
      ...connections.map(({ from, to, certificate }) =>
        // One that is named like who shows it needs no label.
        edge(from, to, certificate === undefined || certificate === from ? {} : { label: labelOf(certificate) }),
      ),
      edge('kubelet', 'containerd'),
      edge('etcd, clients', 'etcd, clients', { label: '  etcd-peer-<member>  ' }),
      edge('Weave Net', 'Weave Net', { label: '  between nodes  ' }),
    ],
    { nodesep: 0.4, ranksep: 0.6 },
  );
}
