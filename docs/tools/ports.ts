/** The table of ports of docs/reference/ports.md, made of config/ports.ts. */
import { fullestCluster, type PortRule, podTraffic, portTable } from '../../config/ports.ts';

const words: Record<string, string> = {
  loadBalancer: 'load balancers',
  controller: 'controllers',
  etcd: 'etcd members',
  node: 'nodes',
  worker: 'workers',
  clients: 'clients',
  itself: 'the machine itself',
  pods: 'pods',
};

const list = (peers: readonly string[]): string => peers.map((peer) => words[peer] ?? peer).join(', ');

/** Protocols without ports. */
const portless: Partial<Record<PortRule['protocol'], string>> = {
  vrrp: 'VRRP (IP protocol 112)',
  esp: 'ESP (IP protocol 50)',
};

const ports = ({ protocol, first, last }: PortRule): string =>
  portless[protocol] ?? `${protocol} ${first === last ? first : `${first} to ${last}`}`;

/** The rows: what listens, where, and who connects. */
export function renderPortTable(): string {
  const listening = portTable(fullestCluster).map(
    (rule) => `| ${ports(rule)} | ${words[rule.on]} | ${rule.service} | ${list(rule.from)} |`,
  );
  const passing = (['bridge', 'none'] as const).flatMap((cni) =>
    podTraffic({ cni }).map(({ service, from }) => `| all (\`cni: ${cni}\`) | nodes | ${service} | ${list(from)} |`),
  );
  return ['| port | on | what | who connects |', '|---|---|---|---|', ...listening, ...passing].join('\n');
}
