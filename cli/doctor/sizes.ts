import { type Patience, send } from '../../toolchain/download/http.ts';
import { effectiveUrl } from '../../toolchain/plan/sources.ts';

/** Megabytes of downloads whose publisher does not say, by the package's id: for one architecture, rounded; only shown. */
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
  [/^machine-image$/, 130],
];

/** About how many megabytes the download of a package is. */
export function estimatedMegabytes(id: string): number {
  return sizes.find(([pattern]) => pattern.test(id))?.[1] ?? 30;
}

/** Asks for a file's size; undefined where no publisher says. */
export type SizeProbe = (url: string) => Promise<number | undefined>;

/** A size is nice to know, and no reason to wait. */
const hurried: Patience = { connectMs: 5_000, silenceMs: 5_000, attempts: 1, backoffMs: 0, longestWaitMs: 0 };

/** What a publisher says a file's size is, in bytes. Transfers one byte of it. */
export async function servedBytes(url: string): Promise<number | undefined> {
  try {
    const { status, headers, body } = await send(effectiveUrl(url), {
      headers: { range: 'bytes=0-0' },
      patience: hurried,
    });
    body.on('error', () => undefined);
    body.destroy();
    const total = status === 206 ? /\/(\d+)$/.exec(String(headers['content-range'] ?? ''))?.[1] : undefined;
    const whole = status === 200 ? headers['content-length'] : undefined;
    const bytes = Number(total ?? whole);
    return Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
  } catch {
    return undefined;
  }
}
