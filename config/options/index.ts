/**
 * The configuration options: what each means, its unit, range, default, example and source, a file for each section.
 * They make the types ({@link Settings}), the declarations in `Pulumi.yaml`, the reference in the docs, and the messages
 * about wrong values.
 */
import type { z } from 'zod';
import { awsOptions } from './aws.ts';
import { certificateOptions } from './certificates.ts';
import { clusterOptions } from './cluster.ts';
import { controlPlaneOptions } from './control-plane.ts';
import { dnsOptions } from './dns.ts';
import { extraArgsOptions } from './extra-args.ts';
import { sshOptions } from './hosts.ts';
import { labOptions } from './lab.ts';
import { machineOptions } from './machines.ts';
import { networkOptions } from './network.ts';
import { mirrorOptions, versionOptions } from './versions.ts';
import { weaveOptions } from './weave.ts';

/**
 * The options by section, in the order a reader wants them.
 *
 * @public
 */
export const sections = {
  Cluster: clusterOptions,
  Lab: labOptions,
  'Hosts over SSH': sshOptions,
  AWS: awsOptions,
  'Machines and roles': machineOptions,
  Versions: versionOptions,
  Networks: networkOptions,
  'Weave Net': weaveOptions,
  Certificates: certificateOptions,
  'Control plane': controlPlaneOptions,
  Mirrors: mirrorOptions,
  DNS: dnsOptions,
  'Further flags and fields': extraArgsOptions,
} as const;

/** Every option by its name, without the namespace `hardway:`, in the order of {@link sections}. */
export const options = {
  ...clusterOptions,
  ...labOptions,
  ...sshOptions,
  ...awsOptions,
  ...machineOptions,
  ...versionOptions,
  ...networkOptions,
  ...weaveOptions,
  ...certificateOptions,
  ...controlPlaneOptions,
  ...mirrorOptions,
  ...dnsOptions,
  ...extraArgsOptions,
} as const;

/** The name of an option, without its namespace. */
export type KeyName = keyof typeof options;

/** The value of every option, as the schemas make it: machine entries are mappings, nothing is resolved yet. */
export type Settings = { [K in KeyName]: z.output<(typeof options)[K]['schema']> };

/** The names of the options, in the order of {@link options}. */
export const optionNames = Object.keys(options) as KeyName[];

/** The namespace of the options: the project's name. */
export const namespace = 'hardway';

/** An option's name with its namespace, as stack files and messages write it. */
export function fullKey(name: string): string {
  return `${namespace}:${name}`;
}

/** Options whose values are never shown, not in messages either. */
export const secretOptions: readonly string[] = ['weavePassword', 'sshPrivateKey'] satisfies KeyName[];
