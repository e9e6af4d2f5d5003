import { createHash } from 'node:crypto';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { ClusterConfig } from '../../../config/schema.ts';
import { nodesCondition } from '../../../lib/format/nodes.ts';
import { shellCommand } from '../../../lib/format/shell.ts';
import { RetiredBeforeDelete } from '../../remote/before-delete.ts';
import { Gate } from '../../remote/gate.ts';
import { LeavingNodes } from '../../remote/leaving-nodes.ts';
import type { Machine } from '../../remote/machine.ts';
import { labels, NAME, NAMESPACE, weaveAccess } from './access.ts';
import { type WeavePodArgs, weavePod } from './daemon-set.ts';
import { leaveWeave } from './leave.ts';

export interface WeaveArgs extends Omit<WeavePodArgs, 'passwordSecret'> {
  /** Whether the traffic between machines is encrypted. */
  readonly encrypted: boolean;
  /** Password of the encryption; a secret. Default: 64 random letters and digits. */
  readonly password?: pulumi.Input<string>;
  /** Names of the nodes, each of which becomes a peer. */
  readonly nodes: readonly string[];
  /** Those of them that do not answer: nothing waits for their peers. */
  readonly leftOut: readonly string[];
  readonly config: Pick<ClusterConfig, 'drainTimeoutSeconds'>;
  /** Exists once all nodes are registered. */
  readonly registered: pulumi.Resource;
  /** The controller on which the peers are checked, and on which they are removed. */
  readonly observer: Machine;
  /** Everything is deleted with this. */
  readonly deletedWith: pulumi.Resource;
}

const KUBECTL = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', '--request-timeout=2s', '-n', NAMESPACE];

/** Holds when every peer runs the present template. */
const ROLLOUT_STATUS = shellCommand([...KUBECTL, 'rollout', 'status', `daemonset/${NAME}`, '--timeout=3s']);

/** Holds when all peers but a few run it: those of nodes that do not answer cannot. */
function rolledOutBut(few: number): string {
  const status = ['updatedNumberScheduled', 'numberAvailable'].map((field) => `{.status.${field}} `).join('');
  const seen = `{.metadata.generation} {.status.observedGeneration} {.status.desiredNumberScheduled} ${status}`;
  const get = shellCommand([...KUBECTL, 'get', 'daemonset', NAME, '-o', `jsonpath=${seen}`]);
  return `${get} | awk '{ exit !($1 == $2 && $4 >= $3 - ${few} && $5 >= $3 - ${few}) }'`;
}

/** A digest of a value, which may be a secret: it tells that something changed, and not what. */
const digest = (value: pulumi.Output<unknown>): pulumi.Output<string> =>
  pulumi.unsecret(
    value.apply((known) => createHash('sha256').update(JSON.stringify(known)).digest('hex').slice(0, 16)),
  );

/** Weave Net: one peer a node, that hands out the pods' addresses and carries their traffic between machines. */
export class Weave extends pulumi.ComponentResource {
  /** Exists once every node's peer runs and every node is Ready. */
  readonly ready: Gate;

  constructor(name: string, args: WeaveArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:addons:Weave', name, {}, opts);
    const child = { parent: this, deletedWith: args.deletedWith };
    const access = weaveAccess(name, child);
    const content = args.encrypted ? this.#secretContent(name, args) : undefined;
    const secret = content && this.#secret(name, content, child);
    const spec = { ...args, passwordSecret: secret?.metadata.name };
    const { leftOut } = args;
    const answering = args.nodes.filter((node) => !leftOut.includes(node));
    const daemonSet = new k8s.apps.v1.DaemonSet(
      name,
      {
        // The gate below waits, and its message says more than a rollout's status.
        metadata: { name: NAME, namespace: NAMESPACE, labels, annotations: { 'pulumi.com/skipAwait': 'true' } },
        spec: {
          selector: { matchLabels: labels },
          minReadySeconds: 5,
          // A peer that cannot answer is unavailable for as long, and would hold up the others.
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 + leftOut.length } },
          template: {
            // Another password restarts the peers, which they need to take it. The digest is of the wanted password, not
            // of the Secret: read back from the API, that has no stringData, and a refresh would restart them too.
            metadata: { labels, annotations: content && { 'hardway.local/password': digest(content) } },
            spec: weavePod(spec, access.account.metadata.name),
          },
        },
      },
      { ...child, dependsOn: access.all },
    );
    this.ready = new Gate(
      `${name}-verified`,
      {
        machine: args.observer,
        description: `a Weave Net peer on each of ${answering.join(', ')}, and these Ready`,
        condition: `${leftOut.length > 0 ? rolledOutBut(leftOut.length) : ROLLOUT_STATUS} && ${nodesCondition(answering, true)}`,
        limitSeconds: 300,
        triggers: [digest(daemonSet.spec)],
        dependsOn: [daemonSet],
      },
      { parent: this },
    );
    for (const node of args.nodes) {
      new RetiredBeforeDelete(`${name}-peer-${node}`, args.observer, args.deletedWith, { parent: this });
    }
    new LeavingNodes(
      `${name}-leaving`,
      {
        config: args.config,
        nodes: args.nodes,
        machine: args.observer,
        leave: leaveWeave(),
        dependsOn: [this.ready, args.registered],
      },
      { parent: this },
    );
    this.registerOutputs();
  }

  #secretContent(name: string, args: WeaveArgs): pulumi.Output<{ password: string }> {
    const password =
      args.password ??
      // Not RandomBytes: its id, which lies in the state as plain text, is made of the bytes themselves.
      new random.RandomPassword(`${name}-password`, { length: 64, special: false }, { parent: this }).result;
    return pulumi.output({ password: pulumi.secret(password) });
  }

  #secret(
    name: string,
    stringData: pulumi.Output<{ password: string }>,
    child: pulumi.CustomResourceOptions,
  ): k8s.core.v1.Secret {
    return new k8s.core.v1.Secret(name, { metadata: { name: NAME, namespace: NAMESPACE, labels }, stringData }, child);
  }
}
