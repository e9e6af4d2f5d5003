import * as pulumi from '@pulumi/pulumi';
import { curlCheck, shellCommand } from '../../lib/format/shell.ts';
import { Gate } from '../remote/gate.ts';
import { LocalStep } from '../remote/local.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import { type LoadBalancerPlanArgs, planLoadBalancer } from './plan.ts';

export interface LoadBalancerArgs {
  readonly machines: readonly Machine[];
  /** The controllers connections are passed to. */
  readonly controllers: readonly Machine[];
  /** The cluster's CA, PEM: clients outside know the API by it. */
  readonly authority: pulumi.Input<string>;
  /** A load balancer's certificates by its machine's name. */
  readonly certificates: (machine: string) => pulumi.Input<LoadBalancerPlanArgs['certificates']>;
  /** Where the machines reach the API: a load balancer's address, or a controller's where there is none. */
  readonly controlPlaneEndpoint: string;
  /** The virtual IP address that two or more load balancers share. Default: none. */
  readonly vip?: string;
  /** The API's address or name for clients outside. Default {@link controlPlaneEndpoint}. */
  readonly externalEndpoint?: pulumi.Input<string>;
  /** Verified addresses of the API servers: the endpoint is verified after them. */
  readonly apiServers: pulumi.Input<readonly string[]>;
  /** What the endpoint waits for besides the machines. Default nothing. */
  readonly dependsOn?: readonly pulumi.Resource[];
}

/** Where a controller has the CA that signed the API servers' certificates. */
const API_CA = '/etc/kubernetes/pki/ca.crt';

/**
 * nginx in front of the API servers, and keepalived where there are two or more of it. It starts at once: backends that
 * are not there yet are tried again.
 */
export class LoadBalancer extends pulumi.ComponentResource {
  /** The roles on the machines, one each. */
  readonly roles: readonly RemoteRole[];
  /** The API as clients reach it, `https://HOST:6443`, known only once it answers there. */
  readonly endpoint: pulumi.Output<string>;

  constructor(name: string, args: LoadBalancerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:load-balancer:LoadBalancer', name, {}, opts);
    const controllers = args.controllers.map(({ address }) => ({ address }));
    const members = args.machines.map(({ address }) => address);
    const { vip } = args;
    const planFor = ({ name: machine, address }: Machine) => {
      const shared = vip === undefined ? undefined : { vip, address, members };
      return pulumi
        .output(args.certificates(machine))
        .apply((certificates) => planLoadBalancer({ controllers, certificates, shared }));
    };
    this.roles = rolling(
      args.machines,
      (machine, dependsOn) =>
        new RemoteRole(
          `${name}-${machine.name}`,
          { machine, role: 'load-balancer', plan: planFor(machine), dependsOn },
          { parent: this },
        ),
    );
    const observer = args.controllers[0];
    if (!observer) throw new Error('a cluster needs at least one controller');
    const url = `https://${args.controlPlaneEndpoint}:6443`;
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: observer,
        description: `the API answers at ${url}`,
        condition: curlCheck({ url: `${url}/readyz`, caCertificatePath: API_CA }),
        triggers: pulumi
          .all([pulumi.output(args.apiServers), pulumi.all(this.roles.map((role) => role.revision))])
          .apply(([servers, revisions]) => [...servers, ...revisions]),
        dependsOn: [...this.roles, ...(args.dependsOn ?? [])],
      },
      { parent: this },
    );
    const { externalEndpoint, authority } = args;
    this.endpoint =
      externalEndpoint === undefined
        ? gate.whenReady(url)
        : this.#reached(`${name}-reached`, gate, pulumi.output(externalEndpoint), authority);
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** The API at another host than the machines', once it answers there on the machine that runs Pulumi too. */
  #reached(
    name: string,
    gate: Gate,
    externalEndpoint: pulumi.Output<string>,
    authority: pulumi.Input<string>,
  ): pulumi.Output<string> {
    const host = externalEndpoint.apply((known) => gate.whenReady(known));
    const create = host.apply((known) => shellCommand(['node', 'components/load-balancer/reach.ts', known]));
    // Nothing was made, so nothing is taken away.
    const step = new LocalStep(name, { create, delete: ':', stdin: authority }, { parent: this });
    return pulumi.all([host, step.id]).apply(([known]) => `https://${known}:6443`);
  }
}
