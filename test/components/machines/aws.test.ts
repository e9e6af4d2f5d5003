import { beforeAll, describe, expect, it } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { egressRules, ingressRules } from '../../../components/machines/aws/ingress.ts';
import { resolved } from '../../config/support.ts';
import { expectGoldens } from '../../lib/format/golden.ts';
import { awsBase, type Built, buildAws } from '../../support/aws.ts';
import { isSecret, plainTexts, reveal } from '../../support/recorder.ts';
import { type Shape, shapes } from './aws-shapes.ts';

const built = new Map<Shape, Built>();
const of = (shape: Shape): Built => {
  const found = built.get(shape);
  if (found === undefined) throw new Error(`${shape} was not built`);
  return found;
};
const each = Object.keys(shapes) as Shape[];
const everything = () => each.flatMap((shape) => of(shape).all.filter(({ custom }) => custom));
const known = (value: unknown): Promise<unknown> =>
  new Promise((resolve) => (pulumi.output(value) as pulumi.Output<unknown>).apply(resolve));
const instances = () => everything().filter(({ type }) => type === 'aws:ec2/instance:Instance');

beforeAll(async () => {
  for (const shape of each) built.set(shape, await buildAws(shapes[shape]));
});

describe('what is made on AWS', () => {
  it('is what test/golden/aws lists, shape by shape: no more, no less', () => {
    expectGoldens('aws', Object.fromEntries(each.map((shape) => [shape, `${of(shape).list.join('\n')}\n`])));
  });

  it('is made by one provider for the region, with tags on everything', () => {
    for (const { type, provider, urn } of everything()) {
      if (type.startsWith('aws:')) expect(`${urn} ${provider}`).toContain('pulumi:providers:aws::aws::');
    }
    const { region, defaultTags } = of('default').inputs('pulumi:providers:aws', 'aws');
    expect(region).toBe('eu-central-1');
    expect(JSON.parse(String(defaultTags))).toEqual({
      tags: { 'hardway:cluster': 'hardway', 'hardway:stack': 'test' },
    });
  });

  it('bears the tags of the config too', async () => {
    const { inputs } = await buildAws({ awsTags: { owner: 'team-a' }, workers: [], controllers: ['ctl01'] });
    expect(JSON.parse(String(inputs('pulumi:providers:aws', 'aws').defaultTags)).tags).toEqual({
      owner: 'team-a',
      'hardway:cluster': 'hardway',
      'hardway:stack': 'test',
    });
  });
});

describe('the network', () => {
  it('is one VPC with a subnet a zone, which give no public addresses by themselves', () => {
    const { inputs } = of('bastion-bridge-three-zones');
    expect(inputs('ec2.Vpc', 'machines-network')).toMatchObject({
      cidrBlock: '10.70.0.0/16',
      enableDnsHostnames: true,
      enableDnsSupport: true,
    });
    for (const [index, zone] of ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'].entries()) {
      expect(inputs('ec2.Subnet', `machines-network-${zone}`)).toMatchObject({
        vpcId: 'machines-network-id',
        availabilityZone: zone,
        cidrBlock: `10.70.${index}.0/24`,
        mapPublicIpOnLaunch: false,
      });
      expect(inputs('ec2.RouteTableAssociation', `machines-network-${zone}`)).toEqual({
        routeTableId: 'machines-network-id',
        subnetId: `machines-network-${zone}-id`,
      });
    }
    expect(inputs('ec2.Route', 'machines-network-out')).toEqual({
      routeTableId: 'machines-network-id',
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: 'machines-network-id',
    });
  });

  it('leaves its default security group without a rule', () => {
    for (const shape of each) {
      const { ingress, egress, vpcId } = of(shape).inputs('ec2.DefaultSecurityGroup', 'machines-network');
      expect({ ingress, egress, vpcId }).toEqual({ ingress: [], egress: [], vpcId: 'machines-network-id' });
    }
  });

  it('routes the pods of each node to its machine on the bridge, and on no other', () => {
    const { inputs } = of('bastion-bridge-three-zones');
    expect(inputs('ec2.Route', 'machines-pods-wrk02')).toEqual({
      routeTableId: 'machines-network-id',
      destinationCidrBlock: '10.200.1.0/24',
      networkInterfaceId: 'interface of machines-wrk02',
    });
    const routing = each.filter((shape) => of(shape).list.some((line) => line.startsWith('ec2.Route machines-pods-')));
    expect(routing).toEqual(['default', 'bastion-bridge-three-zones']);
    expect(each.filter((shape) => of(shape).source.routesPods)).toEqual(routing);
  });

  it('lets through packets of pods on their nodes alone', () => {
    for (const shape of each) {
      const { machinesList } = resolved({ ...awsBase, ...shapes[shape] });
      for (const { name, podCidr } of machinesList) {
        const { sourceDestCheck } = of(shape).inputs('ec2.Instance', `machines-${name}`);
        expect([name, sourceDestCheck]).toEqual([name, podCidr === undefined]);
      }
    }
  });
});

describe('the instances', () => {
  it('have encrypted gp3 disks that go with them, and the second version of the metadata service, out of pods’ reach', () => {
    expect(instances().length).toBeGreaterThan(20);
    for (const instance of instances()) {
      const inputs = reveal(instance.inputs) as Record<string, unknown>;
      expect(inputs.rootBlockDevice).toMatchObject({ volumeType: 'gp3', encrypted: true, deleteOnTermination: true });
      expect(inputs.metadataOptions).toEqual({
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
      });
      expect(inputs).toMatchObject({ keyName: 'machines-access', iamInstanceProfile: 'machines-access' });
    }
  });

  it('stand where the config puts them, with the type, disk, image and groups of their role', () => {
    const { inputs } = of('bastion-bridge-three-zones');
    expect(inputs('ec2.Instance', 'machines-ctl02')).toMatchObject({
      ami: 'image debian-12-amd64-20260923-2610',
      instanceType: 't3.medium',
      privateIp: '10.70.1.20',
      subnetId: 'machines-network-eu-central-1b-id',
      vpcSecurityGroupIds: ['machine', 'controller', 'node'].map((group) => `machines-security-${group}-id`),
      rootBlockDevice: { volumeSize: 30 },
      tags: { Name: 'hardway-ctl02', 'hardway:roles': 'controller' },
    });
    expect(inputs('ec2.Instance', 'machines-etcd03')).toMatchObject({
      instanceType: 't3.small',
      rootBlockDevice: { volumeSize: 20 },
      vpcSecurityGroupIds: ['machines-security-machine-id', 'machines-security-etcd-id'],
    });
    expect(inputs('ec2.Instance', 'machines-bastion')).toMatchObject({
      instanceType: 't3.micro',
      privateIp: '10.70.0.5',
      vpcSecurityGroupIds: ['machines-security-bastion-id'],
    });
    expect(of('network-balancer-private').inputs('ec2.Instance', 'machines-wrk01')).toMatchObject({
      ami: 'image debian-12-arm64-20260210-2384',
      instanceType: 't4g.medium',
    });
  });

  it('take types and disks from the config', async () => {
    const { inputs } = await buildAws({
      awsInstanceTypes: { worker: 'm6i.large' },
      awsDiskGiB: { worker: 100 },
      controllers: ['ctl01'],
      workers: ['wrk01'],
    });
    expect(inputs('ec2.Instance', 'machines-wrk01')).toMatchObject({
      instanceType: 'm6i.large',
      rootBlockDevice: { volumeSize: 100 },
    });
  });

  it('keep their image unless they are asked to be made anew, and never overlap with the next of their name', async () => {
    const kept = ['associatePublicIpAddress', 'ami', 'userDataBase64'];
    for (const { ignoreChanges, deleteBeforeReplace } of instances())
      expect([ignoreChanges, deleteBeforeReplace]).toEqual([kept, true]);
    const { registration, inputs } = await buildAws({ awsReplaceOnAmiChange: ['wrk02'], controllers: ['ctl01'] });
    expect(registration('ec2.Instance', 'machines-wrk02').ignoreChanges).toEqual(kept.slice(0, 1));
    expect(inputs('ec2.Instance', 'machines-wrk02').userDataReplaceOnChange).toBe(true);
    expect(registration('ec2.Instance', 'machines-wrk01').ignoreChanges).toEqual(kept);
    expect(registration('ec2.Instance', 'machines-bastion').ignoreChanges).toEqual(kept);
  });

  it('have a public address, and are not made anew when a refresh finds them stopped and without one', () => {
    for (const { inputs, ignoreChanges } of instances()) {
      expect(inputs.associatePublicIpAddress).toBe(true);
      expect(ignoreChanges).toContain('associatePublicIpAddress');
    }
  });

  it('are told their name and host key, in secret', () => {
    const { registration } = of('default');
    const { userDataBase64 } = registration('ec2.Instance', 'machines-wrk01').inputs;
    expect(isSecret(userDataBase64)).toBe(true);
    const told = Buffer.from(String(reveal(userDataBase64)), 'base64').toString();
    expect(told).toMatch(/^#cloud-config\n/);
    expect(told).toContain('hostname: wrk01\n');
    expect(told).toContain('-----BEGIN TEST PRIVATE KEY-----\n    machines-wrk01\n');
    expect(told).toContain('ed25519_public: ssh-ed25519 machines-wrk01\n');
    for (const { inputs } of everything())
      for (const text of plainTexts(inputs)) expect(text).not.toContain('PRIVATE KEY');
  });

  it('are logged in to with the private half of the key pair that they know, and with no other key', async () => {
    for (const shape of each) {
      const { all, inputs, source } = of(shape);
      expect(inputs('ec2.KeyPair', 'machines-access').publicKey).toBe('ssh-ed25519 machines-access');
      expect(inputs('iam.InstanceProfile', 'machines-access').role).toBe('machines-access');
      for (const { connection } of source.machines) {
        for (const login of [connection, ...(connection.bastion ? [connection.bastion] : [])])
          expect(await known(login.privateKey)).toContain('\nmachines-access\n');
      }
      const keys = all.filter(({ type }) => type === 'tls:index/privateKey:PrivateKey');
      expect(keys.length).toBeGreaterThan(2);
      for (const key of keys) expect(reveal(key.inputs)).toEqual({ algorithm: 'ED25519' });
    }
  });

  it('may do nothing at AWS, but for Session Manager where that is wanted', () => {
    const policies = each.flatMap((shape) => of(shape).list.filter((line) => /^iam\..*Polic/.test(line)));
    expect(policies).toEqual(['iam.RolePolicyAttachment machines-access-session-manager']);
    expect(
      of('network-balancer-private').inputs('iam.RolePolicyAttachment', 'machines-access-session-manager'),
    ).toMatchObject({ policyArn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore' });
    const { assumeRolePolicy, inlinePolicies, managedPolicyArns } = of('default').inputs('iam.Role', 'machines-access');
    expect([inlinePolicies, managedPolicyArns]).toEqual([undefined, undefined]);
    expect(JSON.parse(String(assumeRolePolicy)).Statement).toEqual([
      { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
  });
});

describe('the security groups', () => {
  it.each(each)('of %s have the rules of the table, and no others', (shape) => {
    const config = resolved({ ...awsBase, ...shapes[shape] });
    const made = of(shape).all.filter(({ type }) => /SecurityGroup(In|E)gressRule$/.test(type));
    const source = (peer: ReturnType<typeof ingressRules>[number]['peer']) =>
      'group' in peer ? { referencedSecurityGroupId: `machines-security-${peer.group}-id` } : { cidrIpv4: peer.cidr };
    const wanted = [...ingressRules(config), ...egressRules(config)].map(
      ({ group, service, protocol, first, last, peer }) => ({
        securityGroupId: `machines-security-${group}-id`,
        description: service,
        ipProtocol: protocol,
        ...(['-1', '50'].includes(protocol) ? {} : { fromPort: first, toPort: last }),
        ...source(peer),
      }),
    );
    const inOrder = (rules: unknown[]) =>
      rules
        .map((rule) =>
          Object.entries(rule as object)
            .sort()
            .join(' '),
        )
        .sort();
    expect(inOrder(made.map(({ inputs }) => reveal(inputs)))).toEqual(inOrder(wanted));
    for (const { inputs } of made) {
      // What AWS takes for a description.
      expect(inputs.description).toMatch(/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/);
    }
    for (const { type, inputs } of of(shape).all) {
      if (!type.endsWith(':SecurityGroup')) continue;
      // Rules within a group would fight with those beside it.
      expect([inputs.ingress, inputs.egress]).toEqual([undefined, undefined]);
    }
  });
});
