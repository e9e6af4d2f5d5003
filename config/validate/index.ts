/** The rules across values, all of them. Pure. */

import type { Diagnostic } from '../diagnostic.ts';
import { addressRules } from './addresses.ts';
import { artifactRules } from './artifacts.ts';
import { awsRules, awsWarnings } from './aws.ts';
import { certificateRules } from './certificates.ts';
import { hostLoginRules, hostLoginWarnings } from './host-logins.ts';
import { hostRules } from './hosts.ts';
import { loadBalancerRules } from './load-balancers.ts';
import { machineRules, machineWarnings } from './machines.ts';
import type { PartialConfig, Rule } from './partial-config.ts';
import { rangeRules } from './ranges.ts';
import { weaveRules, weaveWarnings } from './weave.ts';

/** Every rule that makes a fault. */
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
];

/** Every rule that makes a warning. */
export const warningRules: readonly Rule[] = [
  ...machineWarnings,
  ...hostLoginWarnings,
  ...weaveWarnings,
  ...awsWarnings,
];

/** What no cluster can be made with. */
export function findErrors(draft: PartialConfig): Diagnostic[] {
  return rules.flatMap((rule) => rule(draft));
}

/** What a cluster can be made with, and its owner should know. */
export function findWarnings(draft: PartialConfig): Diagnostic[] {
  return warningRules.flatMap((rule) => rule(draft));
}
