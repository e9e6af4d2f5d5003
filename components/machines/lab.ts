import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import * as tls from '@pulumi/tls';
import type { Artifact } from '../../artifacts/lock.ts';
import { RESTORING_VARIABLE } from '../../config/left-out.ts';
import type { Role } from '../../config/roles.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { hostFacts } from '../../lab/facts.ts';
import { type HostCapabilities, labHost } from '../../lib/format/host.ts';
import { shellQuote } from '../../lib/format/shell.ts';
import { LocalStep } from '../remote/local.ts';
import type { Machine } from '../remote/machine.ts';
import type { MachineSource } from './source.ts';

/** One machine as the config describes it, addresses resolved. */
export interface LabMachineSpec {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly address: string;
  readonly architecture: string;
}

export interface LabArgs {
  /** Name of the lab: of its Docker network and the prefix of its containers. */
  readonly labName: string;
  /** IPv4 range of the lab's network. */
  readonly subnet: string;
  /** Address of this host on that network. */
  readonly gateway: string;
  /** Address of the artifact mirror. */
  readonly mirrorAddress: string;
  /** The images the mirror serves. */
  readonly images: readonly Artifact[];
  readonly machines: readonly LabMachineSpec[];
  /** What this host lets containers do. */
  readonly host: HostCapabilities;
  /** A mirror of the user's own for files, in place of the lab's; empty for none. */
  readonly artifactMirror: string;
  /** Machines of the lab whose containers are gone. */
  readonly missing: readonly string[];
}

/** The word for when a machine was made, in place of a time, of those that were never made again. */
const FIRST = 'first';

/** The arguments that a configuration means. */
export function labArgs(config: ClusterConfig, images: readonly Artifact[], missing: readonly string[] = []): LabArgs {
  return {
    labName: config.labName,
    subnet: config.labSubnet,
    gateway: config.derived.gateway,
    mirrorAddress: config.derived.mirrorAddress,
    images,
    machines: config.machinesList,
    host: labHost(hostFacts()),
    artifactMirror: config.artifactMirror,
    missing,
  };
}

const lab = (...words: string[]): string => ['node lab/main.ts', ...words.map(shellQuote)].join(' ');

/** Machines as systemd containers on this host, and an artifact mirror; `lab/` does the work. */
export class Lab extends pulumi.ComponentResource implements MachineSource {
  readonly machines: readonly Machine[];
  /** The mirror: what staging waits for. */
  readonly stagingDependsOn: readonly pulumi.Resource[];
  readonly files: string;
  readonly registry: string;

  constructor(name: string, args: LabArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('hardway:machines:Lab', name, {}, opts);
    const scope = ['--lab', args.labName];
    const owner = new random.RandomId(`${name}-owner`, { byteLength: 8 }, { parent: this });
    const network = new LocalStep(
      `${name}-network`,
      {
        create: owner.hex.apply((id) =>
          lab('network', 'create', ...scope, '--subnet', args.subnet, '--gateway', args.gateway, '--owner', id),
        ),
        delete: lab('network', 'delete', ...scope),
        triggers: [args.labName, args.subnet, args.gateway],
      },
      { parent: this, deleteBeforeReplace: true },
    );
    const mirror = new LocalStep(
      `${name}-mirror`,
      {
        create: lab(
          'mirror',
          'create',
          ...scope,
          '--address',
          args.mirrorAddress,
          ...args.images.flatMap(({ url }) => ['--image', url]),
        ),
        delete: lab('mirror', 'delete', ...scope),
        // Not read by anything: an image of the same name with other content is pushed again because this text differs.
        stdin: args.images.map(({ url, sha256 }) => `${url} ${sha256}\n`).join(''),
        triggers: [network.id, args.mirrorAddress],
      },
      { parent: this, deleteBeforeReplace: true, deletedWith: network },
    );
    this.stagingDependsOn = [mirror];
    this.files = args.artifactMirror || `http://${args.mirrorAddress}`;
    this.registry = `http://${args.mirrorAddress}:5000`;
    const userKey = new tls.PrivateKey(`${name}-user`, { algorithm: 'ED25519' }, { parent: this });
    this.machines = args.machines.map((spec) => this.#machine(name, args, spec, network, userKey));
    this.registerOutputs();
  }

  #machine(name: string, args: LabArgs, spec: LabMachineSpec, network: LocalStep, userKey: tls.PrivateKey): Machine {
    const machineName = `${name}-${spec.name}`;
    const hostKey = new tls.PrivateKey(machineName, { algorithm: 'ED25519' }, { parent: this });
    const scope = ['--lab', args.labName, '--name', spec.name];
    // A container that was removed is made again by an update, and not by a replacement: that would first delete what is
    // on the machine, by dialling it. The only etcd member is not: with it, all that the cluster knew is gone.
    const members = args.machines.filter(({ roles }) => roles.includes('etcd'));
    const onlyMember = members.length === 1 && members[0]?.name === spec.name;
    const again = args.missing.includes(spec.name) && (!onlyMember || process.env[RESTORING_VARIABLE] === '1');
    const record = new random.RandomId(
      `${machineName}-made`,
      { byteLength: 4, keepers: { made: again ? new Date().toISOString() : FIRST } },
      { parent: this, ignoreChanges: again ? [] : ['keepers'] },
    );
    const made = record.keepers.apply((kept) => (kept?.made === FIRST ? undefined : kept?.made));
    const resource = new LocalStep(
      machineName,
      {
        create: lab('machine', 'create', ...scope, '--address', spec.address),
        delete: lab('machine', 'delete', ...scope),
        stdin: pulumi.secret(
          pulumi.jsonStringify({
            hostPrivateKey: hostKey.privateKeyOpenssh,
            authorizedKeys: [userKey.publicKeyOpenssh.apply((key) => key.trim())],
          }),
        ),
        triggers: [network.id, spec.address],
        // Nothing reads it: its change is what runs the command again. The type has no word for an absent one.
        environment: made.apply(
          (time) => (time === undefined ? undefined : { HARDWAY_MADE: time }) as Record<string, string>,
        ),
      },
      // Names are fixed, so the old container has to go first. Removing the network takes its machines with it.
      { parent: this, deleteBeforeReplace: true, deletedWith: network },
    );
    const identity = pulumi.all([resource.id, made]).apply(([id, time]) => (time === undefined ? id : `${id}-${time}`));
    return {
      name: spec.name,
      roles: spec.roles,
      address: spec.address,
      architecture: spec.architecture,
      connection: {
        host: spec.address,
        user: 'root',
        privateKey: userKey.privateKeyOpenssh,
        hostKey: hostKey.publicKeyOpenssh.apply((key) => key.trim()),
      },
      host: args.host,
      identity,
      resource,
    };
  }
}
