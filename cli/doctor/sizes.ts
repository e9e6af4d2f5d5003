/** Megabytes of downloads, by the part's id: what publishers serve for one architecture, rounded; only shown. */
const sizes: readonly (readonly [RegExp, number])[] = [
  [/^pulumi$/, 150],
  [/^plugin-aws$/, 220],
  [/^plugin-kubernetes$/, 40],
  [/^plugin-(tls|random)$/, 20],
  [/^plugin-command$/, 15],
  [/^crane$/, 6],
  [/^actionlint$/, 3],
  [/^kubernetes-kube-apiserver-/, 85],
  [/^kubernetes-kube-controller-manager-/, 70],
  [/^kubernetes-(kubelet|kubectl)-/, 60],
  [/^kubernetes-/, 45],
  [/^etcd-/, 25],
  [/^containerd-/, 35],
  [/^cni-plugins-/, 50],
  [/^crictl-/, 20],
  [/^runc-/, 12],
  [/^coredns-/, 25],
  [/^pause-/, 1],
  [/^weave-/, 40],
  [/^lab-image$/, 130],
];

/** About how many megabytes the download of a part is. */
export function megabytesOf(id: string): number {
  return sizes.find(([pattern]) => pattern.test(id))?.[1] ?? 30;
}
