/** Options of the cluster's DNS. */
import { z } from 'zod';
import { option } from './option.ts';
import { address, count, withMessages } from './schemas.ts';

/** Name servers for the machines' resolver, which reads three at most (resolv.conf(5), MAXNS). */
const nameServers = withMessages(z.array(address).max(3), {
  rule: 'must be a list of at most 3 IPv4 addresses',
  fix: 'Write it like [192.0.2.53].',
});

/** The options, in the order a reader wants them. */
export const dnsOptions = {
  corednsReplicas: option(
    count('pods', 1, 100),
    2,
    "How many pods answer for the cluster's DNS, 1 to 100.",
    'https://kubernetes.io/docs/tasks/administer-cluster/dns-horizontal-autoscaling/',
    { example: 3 },
  ),
  upstreamNameservers: option(
    nameServers,
    [],
    'Name servers for names outside the cluster: at most 3 IPv4 addresses. Empty: only names of the cluster are answered.',
    'KubeletConfiguration resolvConf',
    { example: ['192.0.2.53'] },
  ),
} as const;
