import { createHash } from 'node:crypto';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { ADMIN_KUBECTL, nodesCondition } from '../../../lib/format/nodes.ts';
import { Departure } from '../../remote/departure.ts';
import { Gate } from '../../remote/gate.ts';
import type { Machine } from '../../remote/machine.ts';
import { labels, NAME, NAMESPACE, weaveAccess } from './access.ts';
import { type WeavePodArgs, weavePod } from './daemon-set.ts';
import { leaveScript } from './leave.ts';

export interface WeaveArgs extends Omit<WeavePodArgs, 'passwordSecret'> {
  /** Whether the traffic between machines is encrypted. */
  readonly encrypted: boolean;
  /** Password of the encryption; a secret. Default: 64 random letters and digits. */
  readonly password?: pulumi.Input<string>;
  /** Names of the nodes, each of which becomes a peer. */
  readonly nodes: readonly string[];
  /** What a node is before it is a peer, by the node's name: it leaves Weave Net before that is taken off it. */
  readonly roles: Readonly<Record<string, pulumi.Resource>>;
  /** A controller: there the arrival of the peers is watched, and their leaving is done. */
  readonly observer: Machine;
  /** What takes everything with it when it goes. */
  readonly deletedWith: pulumi.Resource;
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
    const daemonSet = new k8s.apps.v1.DaemonSet(
      name,
      {
        // The gate below waits, and says more than a rollout's status.
        metadata: { name: NAME, namespace: NAMESPACE, labels, annotations: { 'pulumi.com/skipAwait': 'true' } },
        spec: {
          selector: { matchLabels: labels },
          minReadySeconds: 5,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
          template: {
            // Another password starts the peers anew, which alone makes them take it. What is wanted and not what the
            // Secret says: read back from the API, it has no stringData, and a refresh would start them too.
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
        expects: `a Weave Net peer on each of ${args.nodes.join(', ')}, and these Ready`,
        condition: `${ADMIN_KUBECTL} -n ${NAMESPACE} rollout status daemonset/${NAME} --timeout=3s && ${nodesCondition(args.nodes, true)}`,
        limitSeconds: 300,
        watches: [digest(daemonSet.spec)],
        after: [daemonSet],
      },
      { parent: this },
    );
    for (const node of args.nodes) {
      const role = args.roles[node];
      new Departure(
        `${name}-peer-${node}`,
        {
          machine: args.observer,
          script: leaveScript(node),
          after: [daemonSet, ...(role ? [role] : [])],
          deletedWith: args.deletedWith,
        },
        { parent: this },
      );
    }
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
