/** Rules about how the addresses of services work. */
import { fullKey } from '../options/index.ts';
import type { Rule } from './partial-config.ts';

/** Weave Net's pods ask the API at the address of its service. */
const weaveWithoutProxy: Rule = ({ settings: { cni, kubeProxyMode: value } }) =>
  cni !== 'weave' || value !== 'none'
    ? []
    : [
        {
          path: fullKey('kubeProxyMode'),
          value,
          problem: `is not possible with Weave Net, whose pods reach the API at the address of a service`,
          fix: `Choose "iptables" or "nftables", or set ${fullKey('cni')} to "bridge" or "none".`,
        },
      ];

/** The rules. */
export const serviceProxyRules: readonly Rule[] = [weaveWithoutProxy];
