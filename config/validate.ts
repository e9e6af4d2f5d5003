/** The rules across values, all of them. Pure. */
import type { Draft, Rule } from './draft.ts';
import type { Fault } from './fault.ts';
import { addressRules } from './rules/addresses.ts';
import { artifactRules } from './rules/artifacts.ts';
import { awsRules, awsWarnings } from './rules/aws.ts';
import { certificateRules } from './rules/certificates.ts';
import { hostLoginRules, hostLoginWarnings } from './rules/host-logins.ts';
import { hostRules } from './rules/hosts.ts';
import { loadBalancerRules } from './rules/load-balancers.ts';
import { machineRules, machineWarnings } from './rules/machines.ts';
import { rangeRules } from './rules/ranges.ts';
import { weaveRules, weaveWarnings } from './rules/weave.ts';

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
export function findFaults(draft: Draft): Fault[] {
  return rules.flatMap((rule) => rule(draft));
}

/** What a cluster can be made with, and its owner should know. */
export function findWarnings(draft: Draft): Fault[] {
  return warningRules.flatMap((rule) => rule(draft));
}
