/** Rules about how long certificates are valid. */

import { fullKey } from '../options/index.ts';
import type { Rule } from './partial-config.ts';

const withinAuthority: Rule = ({ settings }) => {
  const { certificateValidityHours: value, caValidityHours: limit } = settings;
  if (value === undefined || limit === undefined || value <= limit) return [];
  const rule = `is longer than ${fullKey('caValidityHours')}, ${limit}: a certificate is worth nothing after its authority's end`;
  return [{ path: fullKey('certificateValidityHours'), value, rule, fix: `Choose ${limit} or fewer hours.` }];
};

const withinValidity: Rule = ({ settings }) => {
  const { certificateRenewalHours: value, certificateValidityHours: limit } = settings;
  if (value === undefined || limit === undefined || value < limit) return [];
  const rule = `must be less than ${fullKey('certificateValidityHours')}, ${limit}: every run would renew every certificate`;
  return [{ path: fullKey('certificateRenewalHours'), value, rule, fix: `Choose ${limit - 1} or fewer hours.` }];
};

/** The faults of the validities. */
export const certificateRules: readonly Rule[] = [withinAuthority, withinValidity];
