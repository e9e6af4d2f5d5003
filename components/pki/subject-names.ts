/** The names and addresses that certificates of servers are valid for. */

import type { ClusterConfig } from '../../config/schema.ts';
import { addressProblem } from '../../lib/ipv4.ts';

/** A machine as far as certificates name it. */
export interface NamedMachine {
  readonly name: string;
  readonly address: string;
}

/** What a certificate is valid for, as a server. */
export interface SubjectAlternativeNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** Every name and address that clients reach the API by; those of cloud load balancers come with the machines. */
export function apiServerNames({ machinesList, clusterDomain, derived }: ClusterConfig): SubjectAlternativeNames {
  const { controlPlaneEndpoint, firstServiceAddress } = derived;
  const endpointIsAddress = addressProblem(controlPlaneEndpoint) === undefined;
  const machines = machinesList.filter(({ roles }) => roles.includes('controller') || roles.includes('loadBalancer'));
  return {
    dnsNames: unique([
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${clusterDomain}`,
      ...machines.map(({ name }) => name),
      ...(endpointIsAddress ? [] : [controlPlaneEndpoint]),
    ]),
    ipAddresses: unique([
      firstServiceAddress,
      '127.0.0.1',
      ...machines.map(({ address }) => address),
      ...(endpointIsAddress ? [controlPlaneEndpoint] : []),
    ]),
  };
}

/** What a kubelet serves at. */
export function nodeNames({ name, address }: NamedMachine): SubjectAlternativeNames {
  return { dnsNames: [name], ipAddresses: [address] };
}

/** What an etcd member serves at, and who it is to its peers. */
export function memberNames({ name, address }: NamedMachine): SubjectAlternativeNames {
  return { dnsNames: [name, 'localhost'], ipAddresses: [address, '127.0.0.1'] };
}
