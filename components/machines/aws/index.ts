import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { AwsLayout } from '../../../config/resolve/aws.ts';
import { BASTION, diskOf, instanceTypeOf, leadingRole } from '../../../config/resolve/aws-instances.ts';
import type { ClusterConfig, MachineSpec } from '../../../config/schema.ts';
import { standardHost } from '../../../lib/format/host.ts';
import type { Connection, Machine, SshLogin } from '../../remote/machine.ts';
import type { Cloud } from '../cloud.ts';
import type { MachineSource } from '../source.ts';
import { AwsAccess } from './access.ts';
import { AwsBalancer, BalancerName } from './balancer.ts';
import { ElasticAddress } from './elastic.ts';
import { findImages, type Images } from './images.ts';
import { AwsInstance } from './instance.ts';
import { AwsNetwork } from './network.ts';
import { AwsSecurity } from './security.ts';

/** Who logs in to Debian's images. */
const LOGIN = 'admin';

export interface AwsArgs {
  readonly config: ClusterConfig;
  readonly images: Images;
}

/**
 * The provider, and the images in the region: what must be there before anything is made.
 *
 * @throws RunError when an image is not there
 */
export async function prepareAws(config: ClusterConfig): Promise<Cloud> {
  const { awsRegion, awsTags, clusterName, stack } = config;
  const tags = { ...awsTags, 'hardway:cluster': clusterName, 'hardway:stack': stack };
  const provider = new aws.Provider('aws', { region: awsRegion as aws.Region, defaultTags: { tags } });
  const images = await findImages(config, provider);
  return (name, opts) => new Aws(name, { config, images }, { ...opts, providers: [provider] });
}

function layoutOf({ derived }: ClusterConfig): AwsLayout {
  if (derived.aws === undefined) throw new Error('the machines are not on AWS');
  return derived.aws;
}

/** Machines as instances of EC2, in a VPC of their own. */
export class Aws extends pulumi.ComponentResource implements MachineSource {
  readonly machines: readonly Machine[];
  readonly after: readonly pulumi.Resource[];
  readonly files: string;
  readonly routesPods: boolean;
  readonly externalEndpoint: MachineSource['externalEndpoint'];
  readonly apiServerCertSans: MachineSource['apiServerCertSans'];
  readonly endpointDependsOn: readonly pulumi.Resource[];
  readonly #name: string;
  readonly #config: ClusterConfig;
  readonly #images: Images;

  constructor(name: string, { config, images }: AwsArgs, opts: pulumi.ComponentResourceOptions) {
    super('hardway:machines:Aws', name, {}, opts);
    this.#name = name;
    this.#config = config;
    this.#images = images;
    const layout = layoutOf(config);
    const parent = { parent: this };
    const { subnets, outerSubnets = [] } = layout;
    const network = new AwsNetwork(`${name}-network`, { ...config, subnets, outerSubnets }, parent);
    const security = new AwsSecurity(`${name}-security`, { config, vpcId: network.vpcId }, parent);
    const access = new AwsAccess(`${name}-access`, { config }, parent);
    const instances = new Map(
      config.machinesList.map((spec) => [spec.name, this.#instance(spec, network, security, access)]),
    );
    const bastion = this.#bastion(layout, network, security, access);
    const endpoint = this.#endpoint(instances, network);
    const balancers = this.#balancers(layout, instances, network, security);
    this.machines = config.machinesList.map((spec) => {
      const made = found(instances, spec.name);
      const attached = spec.name === endpoint?.machine ? endpoint.elastic.attached : made.instance.publicIp;
      return this.#machine(spec, made, this.#connection(spec, made, attached, access, bastion));
    });
    this.#podRoutes(instances, network);
    this.after = [network, security];
    this.files = config.artifactMirror;
    this.routesPods = config.cni === 'bridge';
    this.externalEndpoint = endpoint?.elastic.attached ?? balancers.forClients?.dnsName;
    this.apiServerCertSans = {
      dnsNames: balancers.forClients === undefined ? [] : [balancers.forClients.dnsName],
      ipAddresses: endpoint === undefined ? [] : [endpoint.elastic.address],
    };
    this.endpointDependsOn = balancers.all;
    this.registerOutputs();
  }

  #instance(spec: MachineSpec, network: AwsNetwork, security: AwsSecurity, access: AwsAccess): AwsInstance {
    const config = this.#config;
    const role = leadingRole(spec.roles);
    return new AwsInstance(
      `${this.#name}-${spec.name}`,
      {
        ...common(access),
        hostName: spec.name,
        roles: spec.roles.join(' '),
        image: found(this.#images, spec.architecture),
        instanceType: instanceTypeOf(config, role, spec.architecture),
        diskGiB: diskOf(config, role),
        subnetId: network.subnetId(spec.aws?.subnetIndex ?? 0),
        address: spec.address,
        groups: security.idsOf(spec),
        routesPods: spec.podCidr !== undefined,
        replaceOnImageChange: config.awsReplaceOnAmiChange.includes(spec.name),
      },
      { parent: this },
    );
  }

  /** The login before all others, where there is one. */
  #bastion(
    { bastionAddress }: AwsLayout,
    network: AwsNetwork,
    security: AwsSecurity,
    access: AwsAccess,
  ): SshLogin | undefined {
    if (bastionAddress === undefined) return undefined;
    const config = this.#config;
    const name = `${this.#name}-${BASTION}`;
    const parent = { parent: this };
    const made = new AwsInstance(
      name,
      {
        ...common(access),
        hostName: BASTION,
        roles: BASTION,
        image: found(this.#images, config.architecture),
        instanceType: instanceTypeOf(config, 'bastion', config.architecture),
        diskGiB: diskOf(config, 'bastion'),
        subnetId: network.subnetId(0),
        address: bastionAddress,
        groups: [security.id('bastion')],
        routesPods: false,
        replaceOnImageChange: config.awsReplaceOnAmiChange.includes(BASTION),
      },
      parent,
    );
    const tag = `${config.clusterName}-${BASTION}`;
    const elastic = new ElasticAddress(
      `${name}-address`,
      { tag, instanceId: made.instance.id, after: [network] },
      parent,
    );
    return { host: elastic.attached, user: LOGIN, privateKey: access.privateKey, hostKey: made.hostKey };
  }

  /** The address at which clients outside reach the API on a machine: the load balancer, else the first controller. */
  #endpoint(instances: ReadonlyMap<string, AwsInstance>, network: AwsNetwork) {
    const { awsLoadBalancer, awsSshAccess, derived, clusterName } = this.#config;
    const machine = derived.loadBalancerMachines[0] ?? derived.controllerMachines[0];
    if (awsLoadBalancer === 'network' || awsSshAccess === 'private' || machine === undefined) return undefined;
    const elastic = new ElasticAddress(
      `${this.#name}-api`,
      { tag: `${clusterName}-api`, instanceId: found(instances, machine).instance.id, after: [network] },
      { parent: this },
    );
    return { machine, elastic };
  }

  /** AWS's load balancers: one inside, with a name that is known before it, and one for clients outside. */
  #balancers(
    { balancerAddresses, outerSubnets }: AwsLayout,
    instances: ReadonlyMap<string, AwsInstance>,
    network: AwsNetwork,
    security: AwsSecurity,
  ): { forClients?: AwsBalancer; all: pulumi.Resource[] } {
    if (balancerAddresses === undefined) return { all: [] };
    const config = this.#config;
    const parent = { parent: this };
    const { vpcId, subnetIds, outerSubnetIds } = network;
    const controllers = config.derived.controllerMachines.map((name) => ({
      name,
      instanceId: found(instances, name).instance.id,
    }));
    const shared = { vpcId, controllers };
    const inner = new AwsBalancer(
      `${this.#name}-api-inside`,
      {
        ...{ ...shared, subnetIds, addresses: balancerAddresses },
        ...{ tag: `${config.clusterName}-api`, group: security.id('balancer') },
      },
      parent,
    );
    const host = config.derived.controlPlaneEndpoint;
    const named = new BalancerName(`${this.#name}-api-name`, { host, vpcId, balancer: inner }, parent);
    // A network that is joined to the VPC does not know the private zone; AWS's own name has the same addresses there.
    if (outerSubnets === undefined) return { forClients: inner, all: [inner, named] };
    const outer = new AwsBalancer(
      `${this.#name}-api-outside`,
      {
        ...{ ...shared, subnetIds: outerSubnetIds },
        ...{ tag: `${config.clusterName}-api-outside`, group: security.id('publicBalancer') },
      },
      { parent: this, dependsOn: [network] },
    );
    return { forClients: outer, all: [inner, named, outer] };
  }

  #connection(
    spec: MachineSpec,
    { hostKey }: AwsInstance,
    publicAddress: pulumi.Output<string>,
    { privateKey }: AwsAccess,
    bastion: SshLogin | undefined,
  ): Connection {
    const host = this.#config.awsSshAccess === 'direct' ? publicAddress : spec.address;
    return { host, user: LOGIN, privateKey, hostKey, ...(bastion === undefined ? {} : { bastion }) };
  }

  #machine(spec: MachineSpec, { instance }: AwsInstance, connection: Connection): Machine {
    const { name, roles, address, architecture } = spec;
    const identity = instance.id;
    return { name, roles, address, architecture, connection, host: standardHost, identity, resource: instance };
  }

  /** The way to each node's pods, for the whole VPC. */
  #podRoutes(instances: ReadonlyMap<string, AwsInstance>, { routeTableId }: AwsNetwork): void {
    for (const { name, podCidr } of this.#config.machinesList) {
      if (podCidr === undefined) continue;
      const networkInterfaceId = found(instances, name).instance.primaryNetworkInterfaceId;
      new aws.ec2.Route(
        `${this.#name}-pods-${name}`,
        { routeTableId, destinationCidrBlock: podCidr, networkInterfaceId },
        { parent: this, deleteBeforeReplace: true },
      );
    }
  }
}

const common = ({ clusterName, keyName, profile }: AwsAccess) => ({ clusterName, keyName, profile });

function found<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Error(`there is nothing for ${name}`);
  return value;
}
