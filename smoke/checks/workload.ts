import { type Check, Unmet, until } from '../check.ts';
import { type Context, describeNamespace, type Pod, workerCount, workloadCheck } from '../context.ts';
import { here } from '../vantage.ts';
import { names, workload } from '../workload.ts';
import { imageChecks } from './image.ts';

interface PodObject {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: { podIP?: string; conditions?: { type: string; status: string }[] };
}

/** The pods that are ready and stay. */
export function readyPods(items: readonly PodObject[]): Pod[] {
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ status }) => status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'))
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      node: spec.nodeName ?? '',
      address: status.podIP ?? '',
    }));
}

/** A Deployment with a Secret and two Services is created, scaled, and runs; its pods have what they were given. */
export function workloadChecks(context: Context): Check[] {
  const { kubectl, namespace, outputs, owner, token } = context;
  return [
    {
      name: workloadCheck,
      needs: imageChecks(context).map(({ name }) => name),
      limitSeconds: 120,
      tried: 'kubectl apply and scale of a Deployment',
      from: here,
      fix: kubectl.fix(
        outputs.endpoint,
        'The pods and events that are listed name the reason; on the node: "journalctl -u kubelet -n 50".',
      ),
      run: async (signal) => {
        const manifest = workload(namespace, outputs.clusterDomain, token, owner);
        try {
          // A cluster that is just coming back refuses some requests: each is one that may be repeated.
          await until<string>({ signal, expected: 'the API taking the workload', every: 1000 }, async () => ({
            value: await kubectl.run(['apply', '--server-side', '-f', '-'], { signal, input: manifest }),
          }));
          const scale = ['scale', '-n', namespace, `deployment/${names.app}`, '--replicas=3'];
          await until<string>({ signal, expected: 'the API scaling the Deployment' }, async () => ({
            value: await kubectl.run(scale, { signal }),
          }));
          const spread = Math.min(3, workerCount(outputs));
          const expected = `3 ready pods on ${spread} nodes`;
          context.pods = await until<Pod[]>({ signal, expected }, async () => {
            const args = ['pods', '-n', namespace, '-l', `app=${names.app}`];
            const { items } = await kubectl.get<{ items: PodObject[] }>(args, { signal });
            const pods = readyPods(items);
            const nodes = new Set(pods.map(({ node }) => node)).size;
            if (pods.length === 3 && nodes >= spread) return { value: pods };
            return { seen: `${pods.length} ready pods on ${nodes} nodes` };
          });
          return context.pods.map(({ node }) => node).join(', ');
        } catch (error) {
          const details = await describeNamespace(context);
          if (error instanceof Unmet) throw new Unmet(error.expected, error.seen, details);
          throw new Unmet('the workload created', error instanceof Error ? error.message : String(error), details);
        }
      },
    },
    {
      name: 'a pod has the Secret as a file and as a variable',
      tried: 'kubectl exec POD -- cat',
      from: here,
      fix: kubectl.fix(
        outputs.endpoint,
        'Look at the pod: "kubectl describe pod", and at "journalctl -u kubelet" on its node.',
      ),
      needs: [workloadCheck],
      run: async (signal) => {
        const line = `cat /secret/${names.key}; echo; echo "$TOKEN"`;
        const seen = await kubectl.exec(namespace, context.pods[0]?.name ?? '', line, { signal });
        // The token itself is only of this run, but a habit of printing secrets is none to start.
        const [file, variable] = seen.split('\n');
        if (file !== token)
          throw new Unmet("the Secret's content in the file", `${file?.length ?? 0} other characters`);
        if (variable !== token)
          throw new Unmet("the Secret's content in TOKEN", `${variable?.length ?? 0} other characters`);
        return undefined;
      },
    },
  ];
}
