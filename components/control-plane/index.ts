import * as pulumi from '@pulumi/pulumi';
import type { ClusterConfig } from '../../config/schema.ts';
import { Gate } from '../remote/gate.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import { type ControlPlanePlanArgs, planControlPlane } from './plan.ts';

export interface ControlPlaneArgs {
  readonly config: ClusterConfig;
  readonly controllers: readonly Machine[];
  /** Verified client URLs of etcd: the API servers get them only when it answers. */
  readonly etcdEndpoints: pulumi.Input<readonly string[]>;
  /** A controller's certificates by its machine's name. */
  readonly certificates: (machine: string) => pulumi.Input<ControlPlanePlanArgs['certificates']>;
  /** Key of encryption at rest, 32 bytes in base64; a secret. */
  readonly encryptionKey: pulumi.Input<string>;
}

/** API server, controller manager and scheduler as units on every controller. */
export class ControlPlane extends pulumi.ComponentResource {
  /** The roles, one a controller: nodes follow them, so that on an upgrade no kubelet is newer than an API server. */
  readonly roles: readonly RemoteRole[];
  /** URLs of the API servers on the controllers themselves, known only once each answers and has its controllers. */
  readonly apiServers: pulumi.Output<string[]>;

  constructor(name: string, args: ControlPlaneArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:control-plane:ControlPlane', name, { version: args.config.kubernetesVersion }, opts);
    this.roles = rolling(
      args.controllers,
      (machine, dependsOn) =>
        new RemoteRole(
          `${name}-${machine.name}`,
          { machine, role: 'control-plane', plan: this.#plan(args, machine), dependsOn },
          { parent: this },
        ),
    );
    const gates = args.controllers.map(
      (machine) =>
        new Gate(
          `${name}-verified-${machine.name}`,
          {
            machine,
            description: 'the API server is ready, and controller manager and scheduler are healthy',
            condition: 'sh /var/lib/hardway/control-plane/health.sh',
            units: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((unit) => `${unit}.service`),
            triggers: this.roles.map((role) => role.revision),
            dependsOn: this.roles,
          },
          { parent: this },
        ),
    );
    const urls = args.controllers.map(({ address }) => `https://${address}:6443`);
    this.apiServers = pulumi.all(gates.map((gate, index) => gate.whenReady(urls[index] ?? '')));
    this.registerOutputs({ apiServers: this.apiServers });
  }

  #plan({ config, ...args }: ControlPlaneArgs, machine: Machine) {
    return pulumi
      .all([args.etcdEndpoints, args.certificates(machine.name), args.encryptionKey])
      .apply(([etcdServers, certificates, encryptionKey]) =>
        planControlPlane({ config, machine, etcdServers, certificates, encryptionKey }),
      );
  }
}
