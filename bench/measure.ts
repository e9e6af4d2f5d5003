import { until } from '../smoke/check.ts';
import type { Kubectl } from '../smoke/kubectl.ts';
import { type Link, type Links, roundTrip, throughput } from './figures.ts';

/** The link test's image: iperf3 and ping. */
export const benchImage = 'registry.hardway.local/bench:1';

const space = 'hardway-bench';

/** How long a throughput is measured, in seconds, and how often a round trip. */
const effort = { seconds: 5, pings: 200 } as const;

function pod(name: string, node: string, hostNetwork: boolean, command: string[]) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: space },
    spec: {
      nodeName: node,
      hostNetwork,
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'main',
          image: benchImage,
          imagePullPolicy: 'IfNotPresent',
          command,
          // iperf3 keeps what it sends in a file, and the image has no such folder.
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}

/** A server and a client on two nodes, once among the pods and once on the machines' own network. */
export function benchPods(nodes: readonly [string, string]): string {
  const serve = ['iperf3', '--server'];
  const wait = ['sleep', '3600'];
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } },
    pod('pods-server', nodes[0], false, serve),
    pod('pods-client', nodes[1], false, wait),
    pod('machines-server', nodes[0], true, serve),
    pod('machines-client', nodes[1], true, wait),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

interface PodObject {
  metadata: { name: string };
  status: { podIP?: string; phase?: string };
}

/** Measures throughput and round trip between two nodes: machine to machine, and pod to pod. */
export async function measureLinks(
  kubectl: Kubectl,
  nodes: readonly [string, string],
  signal: AbortSignal,
): Promise<Links> {
  await kubectl.run(['apply', '--server-side', '-f', '-'], { signal, input: benchPods(nodes) });
  const addresses = await until<Map<string, string>>({ signal, expected: 'four running pods' }, async () => {
    const { items } = await kubectl.get<{ items: PodObject[] }>(['pods', '-n', space], { signal });
    const running = items.filter(({ status }) => status.phase === 'Running' && status.podIP);
    if (running.length < 4) return { seen: `${running.length} running` };
    return { value: new Map(running.map(({ metadata, status }) => [metadata.name, status.podIP ?? ''])) };
  });
  const link = async (kind: 'machines' | 'pods'): Promise<Link> => {
    const address = addresses.get(`${kind}-server`) ?? '';
    const run = (line: string) => kubectl.exec(space, `${kind}-client`, line, { signal });
    // Twice, for what the first packets have to find out.
    await run(`iperf3 --client ${address} --time 1 --json`);
    const mbits = throughput(await run(`iperf3 --client ${address} --time ${effort.seconds} --json`));
    return { mbits, roundTripMs: roundTrip(await run(`ping -q -c ${effort.pings} -i 0.01 ${address}`)) };
  };
  return { machines: await link('machines'), pods: await link('pods') };
}
