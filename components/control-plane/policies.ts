import { toYaml } from '../../lib/format/yaml.ts';

const CONFIG_API = 'apiserver.config.k8s.io/v1';

/**
 * How often those who are not the leader try to become it. Half of the default: on a new cluster the first tries are
 * refused until the API server has written its roles, and everything else waits for the one that succeeds.
 */
export const ELECTION_RETRY = '1s';

/** A key of {@link encryptionConfiguration}. */
export interface EncryptionKey {
  /** Name that is stored with what it encrypts, e.g. `key1`. Never used twice for different keys. */
  readonly name: string;
  /** 32 random bytes, base64. */
  readonly keyBase64: string;
}

/** Arguments of {@link encryptionConfiguration}. */
export interface EncryptionConfigurationArgs {
  /** How Secrets are encrypted: `aescbc` (AES-CBC with PKCS#7 padding) or `secretbox` (XSalsa20 and Poly1305). */
  readonly provider: 'aescbc' | 'secretbox';
  /** The first key encrypts, the others still decrypt: at least one, more only while keys are replaced. */
  readonly keys: readonly [EncryptionKey, ...EncryptionKey[]];
}

/**
 * Encryption of Secrets at rest. `identity` comes last, so that Secrets written before it was turned on can be read.
 * See https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/.
 *
 * @throws when a key is not 32 bytes, or two keys share a name.
 */
export function encryptionConfiguration({ provider, keys }: EncryptionConfigurationArgs): string {
  for (const { name, keyBase64 } of keys) {
    const bytes = Buffer.from(keyBase64, 'base64').length;
    if (bytes !== 32) {
      throw new Error(`encryption key ${name} has ${bytes} bytes; ${provider} needs 32, as base64`);
    }
  }
  if (new Set(keys.map(({ name }) => name)).size !== keys.length) {
    throw new Error(`encryption keys must have different names, not ${keys.map(({ name }) => name).join(', ')}`);
  }
  return toYaml({
    apiVersion: CONFIG_API,
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        providers: [
          { [provider]: { keys: keys.map(({ name, keyBase64 }) => ({ name, secret: keyBase64 })) } },
          { identity: {} },
        ],
      },
    ],
  });
}

/** Nobody is anonymous but those who ask whether the API server lives. */
export function anonymousHealthChecksOnly(): string {
  return toYaml({
    apiVersion: CONFIG_API,
    kind: 'AuthenticationConfiguration',
    anonymous: { enabled: true, conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }] },
  });
}

/** The scheduler with its defaults. Its kubeconfig is named here because `--kubeconfig` is ignored beside `--config`. */
export function schedulerConfiguration(kubeconfigPath: string): string {
  return toYaml({
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig: kubeconfigPath },
    leaderElection: { leaderElect: true, retryPeriod: ELECTION_RETRY },
    enableProfiling: false,
  });
}

/**
 * What the API server writes down: who changed what, with bodies for changes, without the bodies of anything secret,
 * and without the machinery's constant reading. The first rule that matches decides.
 * See https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/.
 */
export function auditPolicy(): string {
  const none = (rule: Record<string, unknown>) => ({ level: 'None', ...rule });
  return toYaml({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      none({ nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version', '/openapi/*'] }),
      // Heartbeats and elections: several a second, and they say nothing about people.
      none({ resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] }),
      none({
        resources: [
          { group: '', resources: ['events'] },
          { group: 'events.k8s.io', resources: ['events'] },
        ],
      }),
      none({ userGroups: ['system:nodes'], verbs: ['get', 'list', 'watch'] }),
      none({ users: ['system:kube-proxy'], verbs: ['list', 'watch'] }),
      none({
        users: ['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler'],
        verbs: ['get', 'list', 'watch'],
      }),
      {
        level: 'Metadata',
        resources: [
          { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
          { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
          { group: 'certificates.k8s.io', resources: ['certificatesigningrequests'] },
        ],
      },
      { level: 'Metadata', verbs: ['get', 'list', 'watch'] },
      { level: 'Request' },
    ],
  });
}
