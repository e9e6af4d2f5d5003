import type { InstalledCertificate } from '../../lib/format/certificates.ts';

/** The API server of this machine, which is the one that everything on a controller talks to. */
export const LOCAL_API = 'https://127.0.0.1:6443';

/**
 * How often those who are not the leader try to become it. Half of the default: on a new cluster the first tries are
 * refused until the API server has written its roles, and everything else waits for the one that succeeds.
 */
export const ELECTION_RETRY = '1s';

/** The authorities by which controller manager and scheduler check who asks them. */
export interface LoopbackAuthorities {
  readonly 'kubernetes-ca': InstalledCertificate;
  readonly 'front-proxy-ca': InstalledCertificate;
}

/** Flags of the secure port of a program that only its own machine talks to. */
export function loopbackFlags(kubeconfigPath: string, authorities: LoopbackAuthorities) {
  return {
    'bind-address': '127.0.0.1',
    'authentication-kubeconfig': kubeconfigPath,
    'authorization-kubeconfig': kubeconfigPath,
    // Given both, it starts without first asking an API server that may not be there yet.
    'client-ca-file': authorities['kubernetes-ca'].certificate.path,
    'requestheader-client-ca-file': authorities['front-proxy-ca'].certificate.path,
  } as const;
}
