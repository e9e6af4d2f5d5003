import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';

export interface CoreDnsArgs {
  /** Image reference with its version, e.g. `registry.k8s.io/coredns/coredns:v1.14.7`. */
  readonly image: string;
  /** How many pods. */
  readonly replicas: number;
  /** Address of the kube-dns Service: the one every kubelet writes into its pods' resolv.conf. */
  readonly serviceAddress: string;
  /** The Corefile. */
  readonly corefile: string;
  /** Whether an update waits until the pods are ready. */
  readonly awaitPods: boolean;
  /** What the pods wait for: nodes that come later would get none of them. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** Longer than pulling the image takes; the provider's own limit of ten minutes would hold back what went wrong. */
const ROLLOUT_LIMIT = '4m';
/** How long a pod waits for its node to answer again. */
const GONE_SECONDS = 20;
const NAMESPACE = 'kube-system';
const SKIP_AWAIT = { 'pulumi.com/skipAwait': 'true' };
const labels = { 'k8s-app': 'kube-dns' };

const probe = (path: string, port: number) => ({ httpGet: { path, port }, timeoutSeconds: 5 });

/** Cluster DNS. Source: the Kubernetes docs' page "Customizing DNS Service" and CoreDNS's kubernetes plugin. */
export class CoreDns extends pulumi.ComponentResource {
  constructor(name: string, args: CoreDnsArgs, opts: pulumi.ComponentResourceOptions, deletedWith?: pulumi.Resource) {
    super('hardway:addons:CoreDns', name, {}, opts);
    const child = { parent: this, deletedWith };
    const metadata = { name: 'coredns', namespace: NAMESPACE, labels };
    const account = new k8s.core.v1.ServiceAccount(name, { metadata }, child);
    this.#grant(name, child);
    const config = new k8s.core.v1.ConfigMap(name, { metadata, data: { Corefile: args.corefile } }, child);
    new k8s.core.v1.Service(
      name,
      {
        metadata: {
          name: 'kube-dns',
          namespace: NAMESPACE,
          labels: { ...labels, 'kubernetes.io/name': 'CoreDNS' },
          annotations: SKIP_AWAIT,
        },
        spec: {
          selector: labels,
          clusterIP: args.serviceAddress,
          ports: [
            { name: 'dns', port: 53, protocol: 'UDP' },
            { name: 'dns-tcp', port: 53, protocol: 'TCP' },
            { name: 'metrics', port: 9153, protocol: 'TCP' },
          ],
        },
      },
      child,
    );
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata: args.awaitPods ? metadata : { ...metadata, annotations: SKIP_AWAIT },
        spec: {
          replicas: args.replicas,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: this.#pod(args, account.metadata.name, config.metadata.name),
          },
        },
      },
      {
        ...child,
        customTimeouts: { create: ROLLOUT_LIMIT, update: ROLLOUT_LIMIT },
        dependsOn: [...args.dependsOn],
      },
    );
    this.registerOutputs();
  }

  #grant(name: string, opts: pulumi.CustomResourceOptions): void {
    const metadata = { name: 'system:coredns', labels };
    new k8s.rbac.v1.ClusterRole(
      name,
      {
        metadata,
        rules: [
          { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ],
      },
      opts,
    );
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
        subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: NAMESPACE }],
      },
      opts,
    );
  }

  #pod(
    args: CoreDnsArgs,
    account: pulumi.Input<string>,
    config: pulumi.Input<string>,
  ): k8s.types.input.core.v1.PodSpec {
    return {
      serviceAccountName: account,
      priorityClassName: 'system-cluster-critical',
      // Default, not ClusterFirst: the pods that are the cluster's DNS must not ask themselves.
      dnsPolicy: 'Default',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [
        { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
        // Kubernetes waits five minutes for a node that is gone: for so long every second name would not be resolved.
        ...['unreachable', 'not-ready'].map((state) => ({
          key: `node.kubernetes.io/${state}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: GONE_SECONDS,
        })),
      ],
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labels },
          // Of a roll, the new pods alone.
          matchLabelKeys: ['pod-template-hash'],
        },
      ],
      containers: [
        {
          name: 'coredns',
          image: args.image,
          args: ['-conf', '/etc/coredns/Corefile'],
          ports: [
            { name: 'dns', containerPort: 53, protocol: 'UDP' },
            { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
            { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
          ],
          resources: { requests: { cpu: '100m', memory: '70Mi' }, limits: { memory: '170Mi' } },
          livenessProbe: { ...probe('/health', 8080), initialDelaySeconds: 60, failureThreshold: 5 },
          readinessProbe: { ...probe('/ready', 8181), periodSeconds: 2 },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
          volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: config, items: [{ key: 'Corefile', path: 'Corefile' }] } }],
    };
  }
}
