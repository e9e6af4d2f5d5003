import { type Check, messageOf, Unmet, until } from '../check.ts';
import { type Context, describeNamespace, podsApart, workerCount, workloadCheck } from '../context.ts';
import { type ClusterOutputs, withRole } from '../outputs.ts';
import { fetchOn, from, here } from '../vantage.ts';
import { names } from '../workload.ts';

/** Services, names and pod addresses work from inside and outside. */
export function networkChecks(context: Context): Check[] {
  const { kubectl, namespace, outputs, ssh } = context;
  const api = (fix: string) => kubectl.fix(outputs.endpoint, fix);
  const single = workerCount(outputs) < 2 ? 'there is one worker only' : undefined;
  const needs = [workloadCheck];
  const shellIn = (pod: string, line: string, signal: AbortSignal) => kubectl.exec(namespace, pod, line, { signal });
  return [
    {
      name: 'a pod fetches the Service by name and is answered by every pod',
      needs,
      tried: "kubectl exec POD -- wget by the Service's name, short and in full",
      from: here,
      fix: api(
        'Look at CoreDNS ("kubectl logs -n kube-system deploy/coredns") and at "journalctl -u kube-proxy" on the node that asked.',
      ),
      run: (signal) => serviceByName(context, signal),
    },
    ...outputs.nodes.map((node) => nodePortCheck(context, node)),
    {
      name: 'a pod resolves "kubernetes", short and in full',
      needs,
      tried: 'kubectl exec POD -- nslookup',
      from: here,
      fix: api(
        'Look at CoreDNS: "kubectl get pods -n kube-system -l k8s-app=kube-dns" and "kubectl logs -n kube-system deploy/coredns".',
      ),
      run: (signal) => {
        const service = firstAddress(outputs.serviceCidr);
        const full = `kubernetes.default.svc.${outputs.clusterDomain}`;
        return until({ signal, expected: `${service} for kubernetes and ${full}` }, async () => {
          const pod = context.pods.at(-1)?.name ?? '';
          const seen = await shellIn(pod, `nslookup kubernetes 2>&1; nslookup ${full} 2>&1`, signal);
          const answers = seen
            .split('\n')
            .filter((line) => new RegExp(`^Address.*\\b${escaped(service)}\\b`).test(line));
          return answers.length >= 2 ? { value: service } : { seen: seen.trim().split('\n').join(' / ') };
        });
      },
    },
    {
      name: 'a pod reaches a pod on another worker by address, without translation',
      needs,
      skip: single,
      tried: "kubectl exec POD -- wget from the other pod's address",
      from: here,
      fix: api(
        'Nodes must pass on each other\'s pod traffic: on each node "iptables -S FORWARD", "sysctl net.ipv4.ip_forward", "ip route".',
      ),
      run: async (signal) => {
        const [from, to] = podsApart(context.pods) ?? [];
        if (!from || !to) throw new Unmet('pods on two workers', 'all on one');
        const expected = `${to.address} answering, called by ${from.address}`;
        return until({ signal, expected }, async () => {
          const url = `http://${to.address}:8080`;
          const line = `timeout 3 wget -qO- ${url}/ && timeout 3 wget -qO- ${url}/cgi-bin/from`;
          const [name, caller] = (await shellIn(from.name, line, signal)).split('\n');
          if (name === to.name && caller?.includes(from.address)) return { value: `${from.node} to ${to.node}` };
          return { seen: `${name} answering, called by ${caller}` };
        });
      },
    },
    ...withRole(outputs, 'controller').map(({ name }) => ({
      name: `nginx on ${name} passes on /healthz at port 80`,
      tried: 'GET http://127.0.0.1/healthz',
      from: () => from(name),
      fix: `On ${name}: "systemctl status nginx" and "journalctl -u nginx".`,
      run: (signal: AbortSignal) =>
        until({ signal, expected: '200 ok' }, async () => {
          const host = `kubernetes.default.svc.${outputs.clusterDomain}`;
          const { status, body } = await fetchOn(ssh, name, { url: 'http://127.0.0.1/healthz', host }, signal);
          const seen = `${status} ${body.trim().slice(0, 200)}`;
          return seen === '200 ok' ? { value: undefined } : { seen };
        }),
    })),
  ];
}

async function serviceByName(context: Context, signal: AbortSignal): Promise<string> {
  const { kubectl, namespace, outputs, pods } = context;
  const [asking] = pods;
  const wanted = pods.map(({ name }) => name).sort();
  const full = `${names.app}.${namespace}.svc.${outputs.clusterDomain}`;
  // Each round asks often enough that a pod which is in the Service is nearly always met.
  const line = `i=0; while [ $i -lt 12 ]; do timeout 3 wget -qO- http://${names.app}/; timeout 3 wget -qO- http://${full}/; i=$((i+1)); done 2>&1`;
  try {
    await until({ signal, expected: `answers from ${wanted.join(', ')}` }, async () => {
      const seen = await kubectl.exec(namespace, asking?.name ?? '', line, { signal });
      const answered = new Set(seen.split('\n').filter((one) => one !== ''));
      const strange = [...answered].filter((one) => !wanted.includes(one));
      if (strange.length > 0) return { seen: strange.join(' / ') };
      return answered.size === wanted.length ? { value: true } : { seen: `only ${[...answered].join(', ')}` };
    });
  } catch (error) {
    if (error instanceof Unmet) throw new Unmet(error.expected, error.seen, await describeNamespace(context));
    throw error;
  }
  return `asked on ${asking?.node}`;
}

interface Service {
  spec: { ports: { nodePort?: number }[] };
}

/**
 * A node port is for clients outside, and a firewall may close it to the cluster's own machines. Another machine asks
 * first, and where it is not answered the node itself does.
 */
function nodePortCheck(context: Context, { name, address }: ClusterOutputs['nodes'][number]): Check {
  const { kubectl, ssh, vantage, namespace } = context;
  let asking = 'another machine';
  return {
    name: `the node port answers on ${name}`,
    needs: [workloadCheck],
    tried: `GET http://${address}:NODEPORT/`,
    from: () => from(asking),
    fix: `On ${name}: "journalctl -u kube-proxy -n 50" and "iptables -t nat -S KUBE-NODEPORTS".`,
    run: async (signal) => {
      const service = await kubectl.get<Service>(['service', names.nodePort, '-n', namespace], { signal });
      const url = `http://${address}:${service.spec.ports[0]?.nodePort}/`;
      const ask = async (machine: string): Promise<string | undefined> => {
        const { status, body } = await fetchOn(ssh, machine, { url, limitSeconds: 3 }, signal);
        asking = machine;
        if (status === 200 && context.pods.some((pod) => pod.name === body.trim())) return undefined;
        return `${machine}: ${status} ${body.trim().slice(0, 200)}`;
      };
      // What fails because the time is up says nothing of the node.
      const orSeen = (error: unknown): string => {
        if (signal.aborted) throw error;
        return messageOf(error);
      };
      return until<string>({ signal, expected: `one of the pods at ${url}` }, async () => {
        const other = await vantage.machine(signal);
        const refused = await ask(other).catch(orSeen);
        if (refused === undefined) return { value: url };
        if (other === name) return { seen: refused };
        const own = await ask(name).catch(orSeen);
        if (own !== undefined) return { seen: `${refused}; ${own}` };
        return { value: `${url}, which ${other} does not reach (a firewall may close node ports to it)` };
      });
    },
  };
}

/** The first address of a range after its own: where the API's Service is. */
export function firstAddress(cidr: string): string {
  const octets = (cidr.split('/')[0] ?? '').split('.').map(Number);
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0) + 1;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

function escaped(text: string): string {
  return text.replaceAll('.', '\\.');
}
