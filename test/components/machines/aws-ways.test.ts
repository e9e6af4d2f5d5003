import { beforeAll, describe, expect, it } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { type Built, buildAws } from '../../support/aws.ts';
import { type Shape, shapes } from './aws-shapes.ts';

const built = new Map<Shape, Built>();
const of = (shape: Shape): Built => {
  const found = built.get(shape);
  if (found === undefined) throw new Error(`${shape} was not built`);
  return found;
};
const known = (value: unknown): Promise<unknown> =>
  new Promise((resolve) => (pulumi.output(value) as pulumi.Output<unknown>).apply(resolve));

beforeAll(async () => {
  for (const shape of Object.keys(shapes) as Shape[]) built.set(shape, await buildAws(shapes[shape]));
});

describe('the way to the machines', () => {
  const connectionOf = async (shape: Shape, name: string) => {
    const machine = of(shape).source.machines.find((one) => one.name === name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return known(machine.connection);
  };

  it('leads over the bastion, whose host key is checked too', async () => {
    expect(await connectionOf('default', 'wrk01')).toMatchObject({
      host: '10.70.0.100',
      user: 'admin',
      hostKey: 'ssh-ed25519 machines-wrk01',
      bastion: {
        host: 'elastic address of machines-bastion-address',
        user: 'admin',
        hostKey: 'ssh-ed25519 machines-bastion',
      },
    });
  });

  it('leads to each machine itself, by its elastic address where it has one', async () => {
    const worker = await connectionOf('direct-weave', 'wrk01');
    expect(worker).toMatchObject({ host: 'public address of machines-wrk01' });
    expect(worker).not.toHaveProperty('bastion');
    expect(await connectionOf('direct-weave', 'ctl01')).toMatchObject({ host: 'elastic address of machines-api' });
  });

  it('stays inside the VPC', async () => {
    const worker = await connectionOf('network-balancer-private', 'wrk01');
    expect(worker).toMatchObject({ host: '10.70.0.100' });
    expect(worker).not.toHaveProperty('bastion');
  });
});

describe('the way to the API', () => {
  it.each([
    ['default', 'elastic address of machines-api', { dnsNames: [], ipAddresses: ['elastic address of machines-api'] }],
    [
      'network-balancer-public',
      'machines-api-outside.elb.example.com',
      { dnsNames: ['machines-api-outside.elb.example.com'], ipAddresses: [] },
    ],
    // The private zone's name is not known in a network that is joined to the VPC; AWS's own is.
    [
      'network-balancer-private',
      'machines-api-inside.elb.example.com',
      { dnsNames: ['machines-api-inside.elb.example.com'], ipAddresses: [] },
    ],
  ] as const)('of %s has a name or address that its certificate has too', async (shape, host, names) => {
    expect(await known(of(shape).source.externalEndpoint)).toBe(host);
    expect(await known(of(shape).source.apiServerCertSans)).toEqual(names);
  });

  it('is the elastic address of the load balancer', () => {
    expect(of('default').inputs('ec2.EipAssociation', 'machines-api')).toEqual({
      allocationId: 'machines-api-id',
      instanceId: 'machines-kubelb-id',
    });
  });

  it('is a load balancer of AWS with addresses and a name that are known before it', () => {
    const { inputs, source } = of('network-balancer-public');
    expect(inputs('lb.LoadBalancer', 'machines-api-inside')).toMatchObject({
      loadBalancerType: 'network',
      internal: true,
      enableCrossZoneLoadBalancing: true,
      securityGroups: ['machines-security-balancer-id'],
      subnetMappings: [
        { subnetId: 'machines-network-eu-central-1a-id', privateIpv4Address: '10.70.0.4' },
        { subnetId: 'machines-network-eu-central-1b-id', privateIpv4Address: '10.70.1.4' },
      ],
    });
    expect(inputs('lb.TargetGroup', 'machines-api-inside')).toMatchObject({
      protocol: 'TCP',
      port: 6443,
      targetType: 'instance',
      preserveClientIp: 'false',
      healthCheck: { protocol: 'HTTPS', path: '/readyz', port: '6443', matcher: '200', interval: 10, timeout: 5 },
    });
    expect(inputs('lb.Listener', 'machines-api-inside')).toMatchObject({
      protocol: 'TCP',
      port: 6443,
      defaultActions: [{ type: 'forward', targetGroupArn: 'arn of machines-api-inside' }],
    });
    expect(inputs('route53.Record', 'machines-api-name')).toMatchObject({
      name: 'api.hardway.internal',
      type: 'A',
      aliases: [{ name: 'machines-api-inside.elb.example.com', zoneId: 'a zone of AWS' }],
    });
    expect(inputs('route53.Zone', 'machines-api-name')).toMatchObject({
      name: 'api.hardway.internal',
      vpcs: [{ vpcId: 'machines-network-id' }],
    });
    expect(inputs('lb.LoadBalancer', 'machines-api-outside')).toMatchObject({
      internal: false,
      securityGroups: ['machines-security-publicBalancer-id'],
      // AWS chooses its addresses, so no machine may stand there.
      subnetMappings: ['a', 'b'].map((zone) => ({ subnetId: `machines-network-outside-eu-central-1${zone}-id` })),
    });
    for (const [zone, cidrBlock] of [
      ['eu-central-1a', '10.70.255.224/28'],
      ['eu-central-1b', '10.70.255.240/28'],
    ] as const) {
      const subnet = `machines-network-outside-${zone}`;
      expect(inputs('ec2.Subnet', subnet)).toMatchObject({ availabilityZone: zone, cidrBlock });
      expect(inputs('ec2.RouteTableAssociation', subnet)).toEqual({
        routeTableId: 'machines-network-id',
        subnetId: `${subnet}-id`,
      });
    }
    expect(inputs('lb.TargetGroup', 'machines-api-outside')).toMatchObject({ preserveClientIp: 'true' });
    expect(source.endpointDependsOn).toHaveLength(3);
    // AWS takes 32 characters, and eight of them are Pulumi's.
    const named = of('network-balancer-public').all.filter(({ type }) => /:(LoadBalancer|TargetGroup)$/.test(type));
    for (const { name } of named) expect(name.length).toBeLessThanOrEqual(24);
  });

  it('faces nobody outside where the program is inside', () => {
    const outside = of('network-balancer-private').list.filter((line) => /Eip|outside|publicBalancer/.test(line));
    expect(outside).toEqual([]);
  });
});
