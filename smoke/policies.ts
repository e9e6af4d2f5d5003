import { smokeImage } from './workload.ts';

/** The pods of the policy check: one that serves, and those that call it. */
export const callers = ['friend', 'stranger', 'neighbour'] as const;

/** One of {@link callers}. */
export type Caller = (typeof callers)[number];

/** The two namespaces of the policy check, made of the run's own. */
export function policyNamespaces(namespace: string): { home: string; next: string } {
  return { home: `${namespace}-home`, next: `${namespace}-next` };
}

const port = 8080;

function pod(name: string, namespace: string, command: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      // The one that serves is elsewhere than those that call, so that traffic crosses machines where there are two.
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['server'] }] },
                namespaceSelector: {},
                topologyKey: 'kubernetes.io/hostname',
              },
            },
          ],
        },
      },
      containers: [
        { name: 'main', image: smokeImage, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', command] },
      ],
    },
  };
}

const list = (items: readonly unknown[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** The namespaces, with these annotations, and pods of the policy check. */
export function policyWorkload(namespace: string, annotations: Readonly<Record<string, string>> = {}): string {
  const { home, next } = policyNamespaces(namespace);
  const space = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { smoke: name }, annotations },
  });
  const serve = `mkdir -p /tmp/www; echo ${served} >/tmp/www/index.html; exec httpd -f -p ${port} -h /tmp/www`;
  return list([
    space(home),
    space(next),
    pod('server', home, serve),
    pod('friend', home, 'exec sleep 3600'),
    pod('stranger', home, 'exec sleep 3600'),
    pod('neighbour', next, 'exec sleep 3600'),
  ]);
}

/** What the pod that serves answers with. */
const served = 'served';

/** The status of a command that busybox's `timeout` ended. */
const TIMED_OUT = 143;

/**
 * A shell line that asks the pod that serves, twice where it must: says its answer, or how the last try ended. Never
 * `wget -T`, which Debian's busybox crashes on (decision 0013).
 */
export function requestLine(address: string): string {
  const request = `timeout 2 wget -qO- http://${address}:${port}/ 2>/dev/null`;
  return `for try in 1 2; do ${request} && exit 0; status=$?; done; echo "status $status"`;
}

/**
 * Whether a request was answered. A policy drops packets, so one that is blocked waits until its time is up; whatever else
 * ends it, such as a crash or a refused connection, proves nothing.
 *
 * @param said - what {@link requestLine} printed
 * @throws Error when the request neither was answered nor timed out
 */
export function wasAnswered(said: string): boolean {
  if (said.includes(served)) return true;
  if (said.trim() === `status ${TIMED_OUT}`) return false;
  throw new Error(`wget was neither answered nor timed out: ${said.trim() || 'it said nothing'}`);
}

/** One step: the policies that are there from then on, and who reaches the server under them. */
export interface PolicyStep {
  readonly what: string;
  readonly manifest?: string;
  readonly reaches: readonly Caller[];
}

function policy(name: string, namespace: string, spec: unknown) {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}

/** The steps of the policy check, each adding to the one before it. */
export function policySteps(namespace: string): PolicyStep[] {
  const { home, next } = policyNamespaces(namespace);
  const server = { matchLabels: { app: 'server' } };
  const friend = { matchLabels: { app: 'friend' } };
  const ports = [{ protocol: 'TCP', port }];
  const ingress = (name: string, from: unknown) =>
    list([policy(name, home, { podSelector: server, policyTypes: ['Ingress'], ingress: [{ from: [from], ports }] })]);
  return [
    { what: 'without a policy', reaches: callers },
    {
      what: 'under default deny',
      manifest: list([policy('default-deny', home, { podSelector: {}, policyTypes: ['Ingress'] })]),
      reaches: [],
    },
    { what: 'allowed by label', manifest: ingress('by-label', { podSelector: friend }), reaches: ['friend'] },
    {
      what: 'allowed by namespace',
      manifest: ingress('by-namespace', { namespaceSelector: { matchLabels: { smoke: next } } }),
      reaches: ['friend', 'neighbour'],
    },
    {
      what: 'with egress denied',
      manifest: list([policy('no-egress', home, { podSelector: friend, policyTypes: ['Egress'] })]),
      reaches: ['neighbour'],
    },
    {
      what: 'with egress to the server allowed',
      manifest: list([
        policy('egress', home, {
          podSelector: friend,
          policyTypes: ['Egress'],
          egress: [{ to: [{ podSelector: server }], ports }],
        }),
      ]),
      reaches: ['friend', 'neighbour'],
    },
  ];
}
