import { beforeAll, describe, expect, it } from '@jest/globals';
import { someImages } from '../../support/aws-outputs.ts';
import { earlierThan, registered } from '../../support/graph.ts';
import { runProgram } from '../../support/program.ts';
import { isSecret, plainTexts, type Registration, reveal } from '../../support/recorder.ts';

const COMMAND = 'command:remote:Command';
const INSTANCE = 'aws:ec2/instance:Instance';
let all: Registration[] = [];
const steps = () => all.filter(({ type }) => type === COMMAND);
const one = (name: string, type = COMMAND) => registered(all, type, name);
const ancestors = (registration: Registration) => earlierThan(registration, all);
const expectAfter = (step: string, wanted: readonly (readonly [type: string, name: string])[]) => {
  const earlier = ancestors(one(step));
  for (const [type, name] of wanted) expect(earlier).toContain(one(name, type).urn);
};

beforeAll(async () => {
  const settings = {
    machines: 'aws',
    awsRegion: 'eu-central-1',
    awsZones: JSON.stringify(['eu-central-1a', 'eu-central-1b', 'eu-central-1c']),
    awsApiCidrs: JSON.stringify(['203.0.113.7/32']),
    awsSshCidrs: JSON.stringify(['203.0.113.7/32']),
    awsLoadBalancer: 'network',
    controllers: JSON.stringify(['ctl01', 'ctl02', 'ctl03']),
    workers: JSON.stringify(['wrk01', 'wrk02']),
    loadBalancers: '[]',
    cni: 'bridge',
    clusterName: 'blue',
  };
  all = await runProgram(settings, someImages);
});

describe('the whole program on AWS', () => {
  it('reaches every machine over the bastion, and checks the keys of both', () => {
    expect(steps().length).toBeGreaterThan(20);
    const hosts = new Set<unknown>();
    // What a node does before it leaves is done on a controller, and goes with the cluster.
    for (const step of steps().filter(({ name }) => !/^(workers-(leav(e-|ing$)|drain-)|etcd-saved$)/.test(name))) {
      const connection = reveal(step.inputs.connection) as Record<string, unknown>;
      const instance = all.find(({ type, urn }) => type === INSTANCE && urn === step.deletedWith);
      const machine = instance?.name.replace('machines-', '');
      expect(connection).toMatchObject({
        host: instance?.inputs.privateIp,
        user: 'admin',
        hostKey: `ssh-ed25519 machines-${machine}`,
        proxy: {
          host: 'elastic address of machines-bastion-address',
          user: 'admin',
          hostKey: 'ssh-ed25519 machines-bastion',
        },
      });
      expect(reveal(step.inputs.triggers)).toEqual([`machines-${machine}-id`]);
      hosts.add(connection.host);
    }
    expect([...hosts].sort()).toEqual(['10.70.0.100', '10.70.0.20', '10.70.1.100', '10.70.1.20', '10.70.2.20']);
  });

  it('logs in nowhere before the way there is open', () => {
    for (const machine of ['ctl01', 'wrk02']) {
      expectAfter(`machines-stage-${machine}`, [
        ['aws:ec2/route:Route', 'machines-network-out'],
        ['aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'machines-security-in-machine-tcp-22-bastion'],
        ['aws:ec2/eipAssociation:EipAssociation', 'machines-bastion-address'],
      ]);
    }
  });

  it('lets no machine be reached by a name or address that its certificates lack', () => {
    const request = one('pki-kube-apiserver', 'tls:index/certRequest:CertRequest');
    const { dnsNames } = reveal(request.inputs) as { dnsNames: string[] };
    expect(dnsNames).toEqual(expect.arrayContaining(['api.blue.internal', 'machines-api-outside.elb.example.com']));
  });

  it('waits for the load balancer of AWS before it looks for the API there', () => {
    expectAfter('load-balancer-verified', [
      ['aws:route53/record:Record', 'machines-api-name'],
      ['aws:lb/targetGroupAttachment:TargetGroupAttachment', 'machines-api-inside-ctl03'],
      ['aws:lb/listener:Listener', 'machines-api-inside'],
    ]);
    const looked = String(reveal(one('load-balancer-verified').inputs.stdin));
    expect(looked).toContain('https://api.blue.internal:6443/readyz');
  });

  it('looks for the API where clients do, on the machine that runs Pulumi, before it applies anything there', () => {
    const reached = one('load-balancer-reached', 'command:local:Command');
    expect(ancestors(reached)).toContain(one('load-balancer-verified').urn);
    expect(reveal(reached.inputs.create)).toBe(
      'node components/load-balancer/reach.ts machines-api-outside.elb.example.com',
    );
    expect(reached.inputs.delete).toBe(':');
    expect(reveal(reached.inputs.stdin)).toContain('CERTIFICATE');
    expect(ancestors(one('addons', 'pulumi:providers:kubernetes'))).toContain(reached.urn);
  });

  it('leaves the routes to pods to the VPC', () => {
    const role = one('pod-network-wrk01', 'hardway:remote:Role');
    const script = JSON.stringify(reveal(role.inputs.plan));
    expect(script).toContain('hardway-routes');
    expect(script).not.toContain('10.200.1.0/24');
    expect(one('machines-pods-wrk02', 'aws:ec2/route:Route').inputs.destinationCidrBlock).toBe('10.200.1.0/24');
  });

  it('keeps the authorities of the cluster when all is removed', () => {
    expect(all.filter(({ name, protect }) => protect && name.endsWith('-ca')).length).toBeGreaterThan(2);
  });

  it('has no cycle, and no secret in a plain input', () => {
    for (const registration of all) {
      expect(ancestors(registration)).not.toContain(registration.urn);
      for (const text of plainTexts(registration.inputs)) expect(text).not.toContain('PRIVATE KEY');
    }
    expect(isSecret(one('machines-ctl01', INSTANCE).inputs.userDataBase64)).toBe(true);
  });
});
