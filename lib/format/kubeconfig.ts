import type { CertificatePair } from './certificates.ts';
import { toYaml } from './yaml.ts';

/** Arguments of {@link kubeconfig}. */
export interface KubeconfigArgs {
  /** Name of the cluster entry, e.g. `hardway`. */
  readonly clusterName: string;
  /** The API's address, e.g. `https://127.0.0.1:6443`. */
  readonly server: string;
  /** CA that signed the API's certificate, PEM. */
  readonly caCertificatePem: string;
  /** Name of the user entry, by custom the certificate's common name, e.g. `system:kube-proxy`. */
  readonly user: string;
  /** The user's client certificate. */
  readonly client: CertificatePair;
}

/**
 * A kubeconfig (v1) with everything embedded, so that it is one file that can be moved. It holds a private key.
 * The context is `<user>@<cluster>`, as `kubeadm` names it.
 */
export function kubeconfig(args: KubeconfigArgs): string {
  const context = `${args.user}@${args.clusterName}`;
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: args.clusterName,
        cluster: { server: args.server, 'certificate-authority-data': base64(args.caCertificatePem) },
      },
    ],
    users: [
      {
        name: args.user,
        user: {
          'client-certificate-data': base64(args.client.certificatePem),
          'client-key-data': base64(args.client.privateKeyPem),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: args.clusterName, user: args.user } }],
    'current-context': context,
  });
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
