/** The image that the lab's registry serves: sh, httpd, wget and nslookup. */
export const smokeImage = 'registry.hardway.local/smoke:1';

/** Names of what the smoke test puts into its namespace. */
export const names = { app: 'web', nodePort: 'web-nodeport', secret: 'smoke-secret', key: 'token' } as const;

const port = 8080;

/** What the pods run: a page with their own name, and one that tells the caller's address. */
const script = [
  'mkdir -p /tmp/www/cgi-bin',
  'echo "$POD" >/tmp/www/index.html',
  `printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n%%s\\\\n" "$REMOTE_ADDR"\\n' >/tmp/www/cgi-bin/from`,
  'chmod 755 /tmp/www/cgi-bin/from 2>/dev/null || busybox chmod 755 /tmp/www/cgi-bin/from',
  'echo "serving as $POD"',
  `exec httpd -f -p ${port} -h /tmp/www`,
].join('\n');

/**
 * The objects of the smoke test, as one list that `kubectl apply` reads.
 *
 * @param namespace - the run's own
 * @param clusterDomain - e.g. `cluster.local`; `kubernetes` without a namespace is looked up in it too
 * @param token - the Secret's content
 * @param annotations - of the namespace
 */
export function workload(
  namespace: string,
  clusterDomain: string,
  token: string,
  annotations: Readonly<Record<string, string>> = {},
): string {
  const labels = { app: names.app };
  const metadata = (name: string) => ({ name, namespace });
  const container = {
    name: 'web',
    image: smokeImage,
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', script],
    env: [
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: names.secret, key: names.key } } },
    ],
    ports: [{ containerPort: port }],
    readinessProbe: { httpGet: { path: '/', port }, periodSeconds: 1 },
    volumeMounts: [{ name: 'secret', mountPath: '/secret', readOnly: true }],
  };
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    nodeTaintsPolicy: 'Honor',
    labelSelector: { matchLabels: labels },
  };
  const pod = {
    terminationGracePeriodSeconds: 0,
    containers: [container],
    topologySpreadConstraints: [spread],
    dnsConfig: { searches: [`default.svc.${clusterDomain}`] },
    volumes: [{ name: 'secret', secret: { secretName: names.secret } }],
  };
  const service = (name: string, type: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name),
    spec: { type, selector: labels, ports: [{ port: 80, targetPort: port }] },
  });
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, annotations } },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata(names.secret), stringData: { [names.key]: token } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata(names.app),
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
    service(names.app, 'ClusterIP'),
    service(names.nodePort, 'NodePort'),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
