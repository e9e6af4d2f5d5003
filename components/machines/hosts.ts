import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { dialledAs, type HostRecord, type RecordedHost, recordedHost } from '../../config/host-record.ts';
import type { ClusterConfig, Login, MachineSpec } from '../../config/schema.ts';
import { hostCapabilities } from '../../lib/format/host.ts';
import { addressProblem } from '../../lib/ipv4.ts';
import { readKey } from '../../ssh/private-keys.ts';
import { Claim } from '../remote/claim.ts';
import type { Connection, Machine, SshLogin } from '../remote/machine.ts';
import type { MachineSource } from './source.ts';

export interface HostsArgs {
  readonly config: Pick<ClusterConfig, 'artifactMirror' | 'machinesList' | 'externalEndpoint' | 'derived'>;
  /** What the pre-flight recorded of them. */
  readonly record: HostRecord;
  /** Machines that this update leaves as they are. Default none. */
  readonly leftOut?: readonly string[];
}

/** The mark of a host: its cluster, its name there, and which machine it is, by its host key. */
function hostIdentity(cluster: string, name: string, hostKey: string): string {
  return `${cluster}/${name}/${createHash('sha256').update(hostKey).digest('hex').slice(0, 16)}`;
}

/** Machines that exist. They outlive the stack: what was put onto them is taken off again when they leave. */
export class Hosts extends pulumi.ComponentResource implements MachineSource {
  readonly machines: readonly Machine[];
  readonly stagingDependsOn: readonly pulumi.Resource[] = [];
  readonly files: string;
  readonly externalEndpoint: MachineSource['externalEndpoint'];
  readonly apiServerCertSans: MachineSource['apiServerCertSans'];

  constructor(name: string, args: HostsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:machines:Hosts', name, {}, opts);
    this.files = args.config.artifactMirror;
    // Always set, so that the API is checked from this computer too: the hosts' own network may be out of its reach.
    this.externalEndpoint = args.config.externalEndpoint || args.config.derived.controlPlaneEndpoint;
    this.apiServerCertSans = apiServerCertSansOf(args.config);
    this.machines = args.config.machinesList.map((spec) => this.#machine(name, args, spec));
    this.registerOutputs();
  }

  #machine(name: string, { record, leftOut = [] }: HostsArgs, spec: MachineSpec): Machine {
    const facts = recordedHost(record, spec.name, spec.access);
    if (facts === undefined) throw neverSeen(spec.name);
    const connection = connectionOf(record, spec, facts);
    const mark = hostIdentity(record.cluster, spec.name, connection.hostKey);
    const claim = new Claim(
      `${name}-claim-${spec.name}`,
      { machine: { name: spec.name, connection, leftOut: leftOut.includes(spec.name) }, identity: mark },
      { parent: this },
    );
    // What is on a machine that leaves is deleted with this and without connecting: the claim cleans the whole machine.
    const resource = new random.RandomId(`${name}-${spec.name}`, { byteLength: 8 }, { parent: this });
    return {
      name: spec.name,
      roles: spec.roles,
      address: spec.address,
      architecture: spec.architecture,
      connection,
      host: hostCapabilities(facts),
      identity: pulumi.output(mark),
      outlivesStack: true,
      resource,
      staged: claim,
    };
  }
}

/** What the API's certificate names besides the addresses of controllers and load balancers, which it has anyway. */
function apiServerCertSansOf({
  externalEndpoint,
  machinesList,
  derived,
}: HostsArgs['config']): MachineSource['apiServerCertSans'] {
  const ofApi = machinesList.filter(({ roles }) => roles.includes('controller') || roles.includes('loadBalancer'));
  const named = [...ofApi.map(({ address }) => address), derived.controlPlaneEndpoint];
  if (externalEndpoint === '' || named.includes(externalEndpoint)) return undefined;
  return addressProblem(externalEndpoint) === undefined
    ? { dnsNames: [], ipAddresses: [externalEndpoint] }
    : { dnsNames: [externalEndpoint], ipAddresses: [] };
}

function neverSeen(host: string): pulumi.RunError {
  return new pulumi.RunError(
    `no pre-flight record for the host ${host} or its bastion; nothing was changed. Fix: run "make preflight" first.`,
  );
}

function connectionOf(
  record: HostRecord,
  { name, access }: MachineSpec,
  facts: RecordedHost,
): Connection & { readonly hostKey: string } {
  if (access === undefined) throw new Error(`${name} says nothing of how it is reached`);
  const direct = { ...login(access), hostKey: access.hostKey ?? facts.hostKey };
  const { bastion } = access;
  if (bastion === undefined) return direct;
  const bastionKey = bastion.hostKey ?? record.bastions[dialledAs(bastion)];
  if (bastionKey === undefined) throw neverSeen(name);
  return { ...direct, bastion: { ...login(bastion), hostKey: bastionKey } };
}

function login({ address, port, user, key }: Login): Omit<SshLogin, 'hostKey'> {
  const privateKey = readKey(key);
  return { host: address, port, user, ...(privateKey === undefined ? {} : { privateKey: pulumi.secret(privateKey) }) };
}
