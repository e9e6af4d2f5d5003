/** The rules across values, all of them. */

import type { Diagnostic } from '../diagnostic.ts';
import { addressRules } from './addresses.ts';
import { artifactRules } from './artifacts.ts';
import { awsRules, awsWarnings } from './aws.ts';
import { certificateRules } from './certificates.ts';
import { extraArgsRules, extraArgsWarnings } from './extra-args.ts';
import { hostLoginRules, hostLoginWarnings } from './host-logins.ts';
import { hostRules } from './hosts.ts';
import { loadBalancerRules } from './load-balancers.ts';
import { machineRules, machineWarnings } from './machines.ts';
import type { PartialConfig, Rule } from './partial-config.ts';
import { rangeRules } from './ranges.ts';
import { serviceProxyRules } from './service-proxy.ts';
import { weaveRules, weaveWarnings } from './weave.ts';

/** Every rule whose breach is an error. */
export const rules: readonly Rule[] = [
  ...machineRules,
  ...hostRules,
  ...hostLoginRules,
  ...rangeRules,
  ...addressRules,
  ...loadBalancerRules,
  ...certificateRules,
  ...artifactRules,
  ...weaveRules,
  ...awsRules,
  ...serviceProxyRules,
  ...extraArgsRules,
];

/** Every rule whose breach is a warning. */
export const warningRules: readonly Rule[] = [
  ...machineWarnings,
  ...hostLoginWarnings,
  ...weaveWarnings,
  ...awsWarnings,
  ...extraArgsWarnings,
];

/** The errors across values: no cluster can be made of such a configuration. */
export function findErrors(partial: PartialConfig): Diagnostic[] {
  return rules.flatMap((rule) => rule(partial)).map((problem) => ({ severity: 'error', ...problem }));
}

/** The warnings across values: a cluster can be made, and its owner should know. */
export function findWarnings(partial: PartialConfig): Diagnostic[] {
  return warningRules.flatMap((rule) => rule(partial)).map((problem) => ({ severity: 'warning', ...problem }));
}
