import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';

/**
 * Lets the API server reach kubelets (logs, exec, port-forward): binds its client certificate's user to the built-in
 * ClusterRole `system:kubelet-api-admin`. The user's name is taken from the certificate's row, since a misspelt one is
 * the classic cause of a Forbidden `kubectl exec`.
 */
export function kubeletAccess(
  name: string,
  user: string,
  opts: pulumi.CustomResourceOptions,
): k8s.rbac.v1.ClusterRoleBinding {
  return new k8s.rbac.v1.ClusterRoleBinding(
    name,
    {
      metadata: { name: 'hardway:kube-apiserver-to-kubelet' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
    opts,
  );
}
