import { execa } from 'execa';
import { type Check, messageOf, Unmet, until } from '../check.ts';
import { type Context, workloadCheck } from '../context.ts';
import { get } from '../http.ts';
import { withRole } from '../outputs.ts';
import { from, here } from '../vantage.ts';
import { names } from '../workload.ts';

/** What the API passes on to kubelets works, and Secrets lie encrypted in etcd. */
export function accessChecks(context: Context): Check[] {
  const { kubectl, namespace, outputs } = context;
  const needs = [workloadCheck];
  const etcd = withRole(outputs, 'etcd')[0]?.name ?? '';
  const kubelets = (what: string) =>
    kubectl.fix(
      outputs.endpoint,
      `The API server asks kubelets for ${what}: look at "journalctl -u kube-apiserver" on controllers and "journalctl -u kubelet" on workers; port 10250 must be open to controllers.`,
    );
  return [
    {
      name: 'exec into a pod on every worker',
      needs,
      tried: 'kubectl exec POD -- hostname',
      from: here,
      fix: kubelets('exec'),
      run: async (signal) => {
        for (const { name } of context.pods) {
          const seen = await kubectl.run(['exec', '-n', namespace, name, '--', 'hostname'], { signal });
          if (seen.trim() !== name) throw new Unmet(name, seen);
        }
        return undefined;
      },
    },
    {
      name: 'logs of every pod',
      needs,
      tried: 'kubectl logs POD',
      from: here,
      fix: kubelets('logs'),
      run: async (signal) => {
        for (const { name } of context.pods) {
          const seen = await kubectl.run(['logs', '-n', namespace, name], { signal });
          if (!seen.includes(`serving as ${name}`)) throw new Unmet(`serving as ${name}`, seen.slice(-300));
        }
        return undefined;
      },
    },
    {
      name: 'port-forward to a pod',
      needs,
      tried: 'kubectl port-forward POD :8080',
      from: here,
      fix: kubelets('port-forward'),
      run: (signal) => portForward(context, signal),
    },
    {
      name: 'a Secret lies encrypted in etcd',
      needs,
      skip: withRole(outputs, 'etcd').length === 0 ? 'no machine has the role etcd' : undefined,
      tried: `etcdctl get on ${etcd}`,
      from: () => from(etcd),
      fix: 'Look at --encryption-provider-config of kube-apiserver on every controller, and at "systemctl status etcd".',
      run: (signal) => secretInEtcd(context, etcd, signal),
    },
  ];
}

async function portForward({ kubectl, namespace, pods }: Context, signal: AbortSignal): Promise<string> {
  const pod = pods[0]?.name ?? '';
  const [program, ...args] = kubectl.command(['port-forward', '-n', namespace, `pod/${pod}`, ':8080']);
  const forward = execa(program, args, { cancelSignal: signal, reject: false, stdin: 'ignore' });
  try {
    let said = '';
    forward.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    forward.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    return await until<string>({ signal, expected: `${pod} behind a local port`, every: 100 }, async () => {
      const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (!port) return { seen: said.trim() || 'nothing said yet' };
      const { status, body } = await get(`http://127.0.0.1:${port}/`, signal).catch((error: unknown) => ({
        status: 0,
        body: messageOf(error),
      }));
      if (status === 200 && body.trim() === pod) return { value: `through 127.0.0.1:${port}` };
      return { seen: `${status} ${body.slice(0, 200)}; ${said.trim().split('\n').at(-1)}` };
    });
  } finally {
    forward.kill();
    await forward;
  }
}

async function secretInEtcd({ ssh, namespace, token }: Context, machine: string, signal: AbortSignal): Promise<string> {
  const key = `/registry/secrets/${namespace}/${names.secret}`;
  const script = [
    'set -a; . /etc/etcd/etcdctl.env; set +a',
    `/usr/local/bin/etcdctl get --print-value-only '${key}' | base64 -w0`,
  ].join('\n');
  const bytes = Buffer.from((await ssh.run(machine, script, { signal })).trim(), 'base64');
  const prefix = bytes.subarray(0, bytes.indexOf(':', 'k8s:enc:'.length) + 1).toString('latin1');
  if (bytes.length === 0) throw new Unmet(`a value at ${key}`, 'none');
  if (!prefix.startsWith('k8s:enc:'))
    throw new Unmet('bytes that begin with k8s:enc:', `${bytes.length} bytes of another kind`);
  if (bytes.includes(token)) throw new Unmet('bytes without the plain content', 'the plain content');
  return `${prefix}…`;
}
