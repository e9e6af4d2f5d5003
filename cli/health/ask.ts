import { readScript } from '../../lib/format/script.ts';
import { messageOf } from '../../smoke/check.ts';
import type { Kubectl } from '../../smoke/kubectl.ts';
import type { ClusterOutputs } from '../../smoke/outputs.ts';
import type { MachineSsh } from '../../ssh/machines.ts';

/** An answer, or why there is none. */
export type Reply = { readonly text: string } | { readonly error: string };

/** What a cluster answers, as it came. */
export interface ClusterReplies {
  /** `/readyz?verbose` at the endpoint. */
  readonly ready: Reply;
  /** `/api/v1/nodes`. */
  readonly nodes: Reply;
  /** The EndpointSlices of kube-dns. */
  readonly dns: Reply;
  /** The lines of `machine.sh`, by machine. */
  readonly machines: Readonly<Record<string, Reply>>;
}

/** Whom to ask, and until when. */
export interface Questioner {
  readonly kubectl: Kubectl;
  readonly ssh: MachineSsh;
  readonly signal: AbortSignal;
}

const paths = {
  ready: '/readyz?verbose',
  nodes: '/api/v1/nodes',
  dns: '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices?labelSelector=kubernetes.io/service-name=kube-dns',
} as const;

const replyOf = (answer: Promise<string>): Promise<Reply> =>
  answer.then(
    (text) => ({ text }),
    (error: unknown) => ({ error: messageOf(error) }),
  );

/** Asks the API at its endpoint and every machine over SSH, all at once. Never throws. */
export async function askCluster(outputs: ClusterOutputs, ask: Questioner): Promise<ClusterReplies> {
  const { kubectl, ssh, signal } = ask;
  // By raw paths: discovery would be asked first otherwise, which takes longer than all of this.
  const get = (path: string) => replyOf(kubectl.run(['get', '--raw', path, '--request-timeout=5s'], { signal }));
  const [ready, nodes, dns, ...machines] = await Promise.all([
    get(paths.ready),
    get(paths.nodes),
    get(paths.dns),
    ...outputs.machines.map(async ({ name, address, roles }) => {
      const has = (role: string) => ({ code: String(roles.includes(role)) });
      const values = { ADDRESS: address, API_SERVER: has('controller'), ETCD: has('etcd') };
      const script = readScript(import.meta.dirname, 'machine.sh', values);
      return [name, await replyOf(ssh.run(name, script, { signal }))] as const;
    }),
  ]);
  return { ready, nodes, dns, machines: Object.fromEntries(machines) };
}
