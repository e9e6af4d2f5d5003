import { type Check, Unmet, until } from '../check.ts';
import type { Context } from '../context.ts';
import { withRole } from '../outputs.ts';
import { fetchOn, from, here } from '../vantage.ts';

/** Where a controller has the CA that signed the API servers' certificates, and the administrator's kubeconfig. */
const onController = { ca: '/etc/kubernetes/pki/ca.crt', kubeconfig: '/etc/kubernetes/admin.conf' } as const;

/** The lines of `/readyz?verbose` that are not fine. */
export function unreadyLines(verbose: string): string[] {
  return verbose.split('\n').filter((line) => /^\[-\]/.test(line));
}

/** Every part of the control plane is healthy, on every controller. */
export function componentChecks(context: Context): Check[] {
  const { kubectl, ssh, outputs } = context;
  const unit = (name: string, program: string) => `On ${name}: "journalctl -u ${program} -n 50".`;
  const controllers = withRole(outputs, 'controller');
  return [
    ...controllers.map(({ name, address }) => ({
      name: `the API server on ${name} is ready, etcd behind it too`,
      tried: `GET https://${address}:6443/readyz?verbose`,
      from: () => from(name),
      fix: unit(name, 'kube-apiserver -u etcd'),
      run: (signal: AbortSignal) =>
        until({ signal, expected: 'every line of /readyz?verbose ok' }, async () => {
          const url = `https://${address}:6443/readyz?verbose`;
          const { body: verbose } = await fetchOn(ssh, name, { url, caFile: onController.ca }, signal);
          const unready = unreadyLines(verbose);
          if (unready.length > 0) return { seen: unready.join('; ') };
          if (!/^\[\+\]etcd ok/m.test(verbose)) return { seen: 'no line about etcd' };
          return { value: undefined };
        }),
    })),
    ...controllers.map(({ name }) => ({
      name: `scheduler and controller-manager on ${name} are healthy`,
      tried: 'GET https://127.0.0.1:10259/healthz and :10257/healthz',
      from: () => from(name),
      fix: unit(name, 'kube-scheduler -u kube-controller-manager'),
      run: (signal: AbortSignal) =>
        until({ signal, expected: 'ok from 127.0.0.1:10259 and :10257 /healthz' }, async () => {
          const script =
            'for port in 10259 10257; do printf "%s=%s " $port "$(curl -sk -m 3 https://127.0.0.1:$port/healthz)"; done';
          const seen = (await ssh.run(name, script, { signal })).trim();
          return seen === '10259=ok 10257=ok' ? { value: undefined } : { seen };
        }),
    })),
    ...['kube-scheduler', 'kube-controller-manager'].map((lease) => ({
      name: `a ${lease} leads and renews its lease`,
      tried: `kubectl get lease ${lease} -n kube-system`,
      from: here,
      fix: kubectl.fix(outputs.endpoint, `On every controller: "journalctl -u ${lease} -n 50".`),
      run: (signal: AbortSignal) => leaseRenews(context, lease, signal),
    })),
  ];
}

interface Lease {
  spec: { holderIdentity?: string; renewTime?: string };
}

async function leaseRenews({ kubectl }: Context, lease: string, signal: AbortSignal): Promise<string> {
  const read = async () => (await kubectl.get<Lease>(['lease', lease, '-n', 'kube-system'], { signal })).spec;
  let first: Lease['spec'] | undefined;
  return until<string>({ signal, expected: 'renewTime going forward', every: 700 }, async () => {
    const now = await read();
    first ??= now;
    if (!now.holderIdentity) return { seen: 'no holder' };
    if (now.renewTime === first.renewTime) return { seen: `${now.holderIdentity} renewed last at ${now.renewTime}` };
    return { value: now.holderIdentity.replace(/_.*$/, '') };
  });
}

/** The API is reachable as a client finds it: through the endpoint, whole, and each request is written down. */
export function apiChecks({ kubectl, ssh, outputs, namespace }: Context): Check[] {
  const controllers = withRole(outputs, 'controller');
  const requests = 8;
  return [
    {
      name: `the API answers at ${outputs.endpoint}`,
      tried: 'kubectl get --raw /version',
      from: here,
      fix: kubectl.fix(
        outputs.endpoint,
        `Port 6443 of ${new URL(outputs.endpoint).hostname} must lead from this computer to a load balancer or controller (hardway:apiAddress); on load balancers: "journalctl -u nginx".`,
      ),
      run: async (signal) => {
        for (let count = 0; count < requests; count += 1) {
          const version = await kubectl.run(['get', '--raw', '/version'], { signal, server: outputs.endpoint });
          if (!version.includes('gitVersion')) throw new Unmet('a version', version.slice(0, 200));
        }
        return `${requests} requests in a row`;
      },
    },
    {
      name: 'API discovery is whole',
      tried: 'kubectl get apiservices',
      from: here,
      fix: kubectl.fix(outputs.endpoint, 'Look at the APIServices that are named: "kubectl describe apiservice NAME".'),
      run: (signal) =>
        until({ signal, expected: 'every APIService Available, apps/v1 Deployments listed' }, async () => {
          interface Service {
            metadata: { name: string };
            status?: { conditions?: { type: string; status: string }[] };
          }
          const { items } = await kubectl.get<{ items: Service[] }>(['apiservices'], { signal });
          const down = items.filter(
            ({ status }) =>
              !status?.conditions?.some(({ type, status: value }) => type === 'Available' && value === 'True'),
          );
          if (items.length === 0 || down.length > 0)
            return { seen: down.map(({ metadata }) => metadata.name).join(', ') };
          const resources = await kubectl.run(['api-resources', '--api-group=apps', '-o', 'name'], { signal });
          if (!resources.includes('deployments.apps')) return { seen: resources };
          return { value: `${items.length} groups` };
        }),
    },
    ...controllers.map(({ name, address }) => ({
      name: `the API server on ${name} writes its audit log`,
      tried: 'a request there, then its line in the file of --audit-log-path',
      from: () => from(name),
      fix: `On ${name}: look at --audit-log-path and --audit-policy-file of kube-apiserver, and at "df /var/log".`,
      run: (signal: AbortSignal) => {
        // A name of its own in the request's path, so that only this run's request can match.
        const mark = `${namespace}-${name}`;
        const script = [
          `/usr/local/bin/kubectl --kubeconfig ${onController.kubeconfig} --server https://${address}:6443 get configmap ${mark} -n default --ignore-not-found`,
          "log=$(tr ' ' '\\n' </etc/systemd/system/kube-apiserver.service | sed -n 's/^--audit-log-path=//p' | tr -d '\\\\\"')",
          '[ -n "$log" ] || { echo "no --audit-log-path in the unit"; exit 0; }',
          `tail -n 2000 "$log" | grep -c '${mark}' || true`,
        ].join('\n');
        return until({ signal, expected: `a line about ${mark} in the audit log` }, async () => {
          const lines = (await ssh.run(name, script, { signal })).trim();
          return Number(lines) > 0 ? { value: undefined } : { seen: Number.isNaN(Number(lines)) ? lines : 'none' };
        });
      },
    })),
  ];
}
