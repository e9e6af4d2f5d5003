import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import { labelNodes, nodesCondition } from '../../lib/format/nodes.ts';
import { RetiredBeforeDelete } from '../remote/before-delete.ts';
import { Drain } from '../remote/drain.ts';
import { Gate } from '../remote/gate.ts';
import { LeavingNodes } from '../remote/leaving-nodes.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import type { ImageMirror } from './containerd.ts';
import { drainedFor, drainScript, uncordonScript } from './drain.ts';
import { type NodePlanArgs, planNode } from './plan.ts';

export interface WorkersArgs {
  readonly config: ClusterConfig;
  /** The machines that register as nodes, tainted controllers included. */
  readonly nodes: readonly Machine[];
  /** The controller on which the nodes' registration is checked. */
  readonly observer: Machine | undefined;
  /** A node's certificates by its machine's name. */
  readonly certificates: (machine: string) => pulumi.Input<NodePlanArgs['certificates']>;
  /** Image reference of the pods' sandboxes. */
  readonly pauseImage: string;
  /** Where images come from before their publisher is asked. Default: the publishers alone. */
  readonly imageMirror: ImageMirror | undefined;
  /**
   * What an update of a node follows: the control plane's roles, so that no kubelet gets newer than an API server.
   * On a first creation these wait for nothing, and nodes keep trying until the API answers.
   */
  readonly dependsOn: readonly pulumi.Resource[];
  /** What is about nodes is deleted with this: then no cluster is left. */
  readonly deletedWith: pulumi.Resource;
}

/** containerd, kubelet and kube-proxy on every node. */
export class Workers extends pulumi.ComponentResource {
  /** Names of the nodes, known only once all of them are registered and, on the bridge network, ready. */
  readonly nodes: pulumi.Output<string[]>;
  /** Exists once all nodes are registered. */
  readonly registered: pulumi.Resource;
  /** Exists once the nodes that leave have left; with Weave Net, that comes later. */
  readonly left: pulumi.Resource;

  constructor(name: string, args: WorkersArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:workers:Workers', name, { version: args.config.kubernetesVersion }, opts);
    const { config, observer } = args;
    if (!observer) throw new Error('a cluster needs at least one controller');
    const wanted = drainedFor(config);
    const drains = new Map<string, Drain>();
    const drainOf = (node: string, dependsOn: readonly pulumi.Resource[]): readonly pulumi.Resource[] => {
      if (!wanted) return dependsOn;
      const [drainIt, uncordon] = [drainScript(node, wanted, config.drainTimeoutSeconds), uncordonScript(node)];
      const { versions } = wanted;
      const parts = { node, machine: observer, versions, drain: drainIt, uncordon, dependsOn };
      const drain = new Drain(`${name}-drain-${node}`, parts, { parent: this });
      drains.set(node, drain);
      return [drain.drained];
    };
    const roles = rolling(
      args.nodes,
      (machine, previous) => {
        const dependsOn = drainOf(machine.name, [...args.dependsOn, ...previous]);
        const parts = { machine, role: 'node', plan: this.#plan(args, machine), dependsOn };
        return new RemoteRole(`${name}-${machine.name}`, parts, { parent: this });
      },
      config.workersAtOnce,
      (role, { name: node }) => drains.get(node)?.uncordon([role]) ?? role,
    );
    const names = args.nodes.map((node) => node.name);
    const answering = args.nodes.filter((node) => !node.leftOut).map((node) => node.name);
    // With the other networks a node is Ready only once something was applied through the API, which comes later.
    const ready = config.cni === 'bridge';
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: observer,
        description: `nodes ${answering.join(', ')} are ${ready ? 'Ready' : 'registered'}`,
        condition: `(${nodesCondition(answering, ready)}) && ${labelNodes(answering)}`,
        triggers: roles.map((role) => role.revision),
        dependsOn: roles,
      },
      { parent: this },
    );
    this.registered = gate;
    this.left = gate;
    // With Weave Net, the add-on does both, since a peer has to hand its addresses over before its node goes.
    if (config.cni !== 'weave') {
      for (const node of names) {
        const retired = `${name}-leave-${node}`;
        new RetiredBeforeDelete(retired, observer, args.deletedWith, { parent: this });
      }
      const leaving = { config, nodes: names, machine: observer, dependsOn: [gate] };
      this.left = new LeavingNodes(`${name}-leaving`, leaving, { parent: this }).step;
    }
    this.nodes = gate.whenReady(names);
    this.registerOutputs({ nodes: this.nodes });
  }

  #plan({ config, pauseImage, imageMirror, ...args }: WorkersArgs, machine: Machine) {
    const { host } = machine;
    const kubectl = !machine.roles.includes('controller');
    return pulumi
      .output(args.certificates(machine.name))
      .apply((certificates) => planNode({ config, machine, host, certificates, pauseImage, imageMirror, kubectl }));
  }
}
