import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';

/** The namespace that Weave Net lives in. */
export const NAMESPACE = 'kube-system';
/** Name of its account, roles, DaemonSet, and of the ConfigMap in which its peers write down who they are. */
export const NAME = 'weave-net';
/** Labels of everything of it, and what its pods are found by. */
export const labels = { name: NAME };

const apiGroup = 'rbac.authorization.k8s.io';
const metadata = { name: NAME, labels };
const namespaced = { ...metadata, namespace: NAMESPACE };
const subjects = [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }];
const reads = ['get', 'list', 'watch'];

/**
 * What Weave Net may do: read nodes, pods, namespaces and policies, mark its node's network as available, and keep the
 * list of its peers in one ConfigMap.
 */
export function weaveAccess(name: string, child: pulumi.CustomResourceOptions) {
  const account = new k8s.core.v1.ServiceAccount(name, { metadata: namespaced }, child);
  const rules = [
    { apiGroups: [''], resources: ['pods', 'namespaces', 'nodes'], verbs: reads },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: reads },
    { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch', 'update'] },
  ];
  const clusterRole = new k8s.rbac.v1.ClusterRole(name, { metadata, rules }, child);
  const clusterBinding = new k8s.rbac.v1.ClusterRoleBinding(
    name,
    { metadata, roleRef: { apiGroup, kind: 'ClusterRole', name: NAME }, subjects },
    child,
  );
  const role = new k8s.rbac.v1.Role(
    name,
    {
      metadata: namespaced,
      rules: [
        { apiGroups: [''], resources: ['configmaps'], resourceNames: [NAME], verbs: ['get', 'update'] },
        // A creation cannot be bound to a name.
        { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
      ],
    },
    child,
  );
  const binding = new k8s.rbac.v1.RoleBinding(
    name,
    { metadata: namespaced, roleRef: { apiGroup, kind: 'Role', name: NAME }, subjects },
    child,
  );
  return { account, all: [account, clusterRole, clusterBinding, role, binding] };
}
