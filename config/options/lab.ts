/** Options of the lab: machines as containers on this machine. */

import { z } from 'zod';
import { option } from './option.ts';
import { cidr, labelFix, labelPattern, toLabel, withMessages } from './schemas.ts';

/** The longest lab name: the names of its containers and its network begin with it. */
const labNameLimit = 40;

/** The name of a lab: part of the names of its Docker network and containers. */
const labName = withMessages(z.string().regex(labelPattern).max(labNameLimit).or(z.literal('')), {
  rule: `must be a name that Docker accepts for networks and containers: 1 to ${labNameLimit} lower-case letters, digits and dashes, with a letter or digit at both ends`,
  fix: labelFix('hardway-dev', labNameLimit),
});

/** The lab's name when the configuration names none: `hardway-<stack>`, with dashes for what Docker refuses. */
export function defaultLabName(stack: string): string {
  return toLabel(`hardway-${stack}`, labNameLimit);
}

/** The options, in the order a reader wants them. */
export const labOptions = {
  labName: option(
    labName,
    '',
    'Name of the lab, part of the names of its Docker network and containers; two labs on one machine need two names. Empty: "hardway-<stack>". A DNS label of at most 40 characters.',
    'docker network create',
    { example: 'hardway-staging' },
  ),
  labSubnet: option(
    cidr,
    '10.89.0.0/24',
    'Network of the lab, from a /29 to a /16. Its first address is the gateway (this machine), its last usable address the artifact mirror.',
    'docker network create --subnet',
    { example: '10.93.0.0/24' },
  ),
} as const;
