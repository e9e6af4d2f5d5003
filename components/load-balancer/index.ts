import * as pulumi from '@pulumi/pulumi';
import { curlCheck, shellCommand } from '../../lib/format/shell.ts';
import { Gate } from '../remote/gate.ts';
import { LocalStep } from '../remote/local.ts';
import type { Machine } from '../remote/machine.ts';
import { RemoteRole, rolling } from '../remote/role.ts';
import { loadBalancerFiles } from './files.ts';

export interface LoadBalancerArgs {
  readonly machines: readonly Machine[];
  /** The controllers connections are passed to. */
  readonly controllers: readonly Machine[];
  /** The cluster's CA, PEM. */
  readonly authority: pulumi.Input<string>;
  /** Where the machines reach the API: a load balancer's address, or a controller's where there is none. */
  readonly controlPlaneEndpoint: string;
  /** The address that moves between two or more machines. Default: none does. */
  readonly controlPlaneVip?: string;
  /** What clients outside reach it at. Default {@link controlPlaneEndpoint}. */
  readonly externalEndpoint?: pulumi.Input<string>;
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
    const controllers = args.controllers.map(({ name, address }) => ({ name, address }));
    const all = args.machines.map(({ address }) => address);
    const { controlPlaneVip } = args;
    const planFor = ({ address: own }: Machine) => {
      const floating = controlPlaneVip === undefined ? undefined : { address: controlPlaneVip, own, all };
      return pulumi
        .output(args.authority)
        .apply((caCertificatePem) => loadBalancerFiles({ controllers, caCertificatePem, floating }));
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
    const url = `https://${args.controlPlaneEndpoint}:6443`;
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
    const { externalEndpoint, authority } = args;
    this.endpoint =
      externalEndpoint === undefined
        ? gate.verified(url)
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
    const host = externalEndpoint.apply((known) => gate.verified(known));
    const create = host.apply((known) => shellCommand(['node', 'components/load-balancer/reach.ts', known]));
    // Nothing was made, so nothing is taken away.
    const step = new LocalStep(name, { create, delete: ':', stdin: authority }, { parent: this });
    return pulumi.all([host, step.id]).apply(([known]) => `https://${known}:6443`);
  }
}
