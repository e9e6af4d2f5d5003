import * as pulumi from '@pulumi/pulumi';
import { curlCheck, shellCommand } from '../../render/shell.ts';
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
  readonly endpointHost: string;
  /** The address that moves between two or more machines. Default: none does. */
  readonly floatingAddress?: string;
  /** What clients outside reach it at. Default {@link endpointHost}. */
  readonly clientHost?: pulumi.Input<string>;
  /** Verified addresses of the API servers: what the endpoint is verified after. */
  readonly apiServers: pulumi.Input<readonly string[]>;
  /** What the endpoint waits for beside the machines. Default nothing. */
  readonly after?: readonly pulumi.Resource[];
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
    const all = args.machines.map(({ address }) => address);
    const { floatingAddress } = args;
    const planFor = ({ name: machine, address: own }: Machine) => {
      const shared = floatingAddress === undefined ? undefined : { vip: floatingAddress, own, all };
      return pulumi
        .output(args.certificates(machine))
        .apply((certificates) => planLoadBalancer({ controllers, certificates, shared }));
    };
    this.roles = rolling(
      args.machines,
      (machine, after) =>
        new RemoteRole(
          `${name}-${machine.name}`,
          { machine, role: 'load-balancer', plan: planFor(machine), after },
          { parent: this },
        ),
    );
    const observer = args.controllers[0];
    if (!observer) throw new Error('a cluster needs at least one controller');
    const url = `https://${args.endpointHost}:6443`;
    const gate = new Gate(
      `${name}-verified`,
      {
        machine: observer,
        expects: `the API answers at ${url}`,
        condition: curlCheck({ url: `${url}/readyz`, caCertificatePath: API_CA }),
        watches: pulumi
          .all([pulumi.output(args.apiServers), pulumi.all(this.roles.map((role) => role.revision))])
          .apply(([servers, revisions]) => [...servers, ...revisions]),
        after: [...this.roles, ...(args.after ?? [])],
      },
      { parent: this },
    );
    const { clientHost, authority } = args;
    this.endpoint =
      clientHost === undefined
        ? gate.verified(url)
        : this.#reached(`${name}-reached`, gate, pulumi.output(clientHost), authority);
    this.registerOutputs({ endpoint: this.endpoint });
  }

  /** The API at another host than the machines', once it answers there on the machine that runs Pulumi too. */
  #reached(
    name: string,
    gate: Gate,
    clientHost: pulumi.Output<string>,
    authority: pulumi.Input<string>,
  ): pulumi.Output<string> {
    const host = clientHost.apply((known) => gate.verified(known));
    const create = host.apply((known) => shellCommand(['node', 'components/load-balancer/reach.ts', known]));
    // Nothing was made, so nothing is taken away.
    const step = new LocalStep(name, { create, delete: ':', stdin: authority }, { parent: this });
    return pulumi.all([host, step.id]).apply(([known]) => `https://${known}:6443`);
  }
}
