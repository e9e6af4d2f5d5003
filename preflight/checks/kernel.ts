/** Which kernel features a host must have for what it does. Pure. */
import type { ClusterConfig, MachineSpec } from '../../config/schema.ts';
import type { Feature, HostFacts } from '../facts.ts';
import { type CheckResult, reportIf } from './context.ts';

/** A need: any one of these modules. */
interface FeatureNeed {
  readonly anyOf: readonly string[];
  readonly why: string;
}

const nodeNeeds: readonly FeatureNeed[] = [
  { anyOf: ['overlay'], why: 'containers lie on it' },
  { anyOf: ['br_netfilter'], why: 'services are reached through it between pods of one machine' },
  { anyOf: ['nf_conntrack'], why: 'services are made of it' },
  { anyOf: ['nf_tables', 'ip_tables'], why: 'services and network policies are made of it' },
];

/** Asked for only where the fast datapath is not to be done without. */
const fastDatapath: readonly FeatureNeed[] = [
  { anyOf: ['openvswitch'], why: 'weaveFastDatapath is "on"' },
  { anyOf: ['vxlan'], why: 'weaveFastDatapath is "on"' },
];

function needsOf(
  { isNode }: Pick<MachineSpec, 'isNode'>,
  { cni, weaveFastDatapath }: Pick<ClusterConfig, 'cni' | 'weaveFastDatapath'>,
): readonly FeatureNeed[] {
  if (!isNode) return [];
  return cni === 'weave' && weaveFastDatapath === 'on' ? [...nodeNeeds, ...fastDatapath] : nodeNeeds;
}

/** The faults of a host's kernel. What cannot be known is no fault: the step that needs it asks again. */
export function featureFaults(
  host: Pick<MachineSpec, 'isNode'>,
  facts: Pick<HostFacts, 'features' | 'kernel' | 'hasModules' | 'container'>,
  { config }: { readonly config: Pick<ClusterConfig, 'cni' | 'weaveFastDatapath'> },
): CheckResult[] {
  const state = (name: string): Feature => facts.features.get(name) ?? 'unknown';
  const unmet = needsOf(host, config).filter(
    ({ anyOf }) => !anyOf.some((name) => ['yes', 'module'].includes(state(name))),
  );
  const lacking = unmet.filter(({ anyOf }) => anyOf.every((name) => state(name) === 'no'));
  const unseen = unmet.filter((need) => !lacking.includes(need));
  const said = (needs: readonly FeatureNeed[]): string =>
    needs.map(({ anyOf, why }) => `${anyOf.join(' or ')} (${why})`).join(', ');
  return [
    ...reportIf(
      lacking.length > 0,
      `its kernel ${facts.kernel} lacks ${said(lacking)}`,
      'Install the package with its modules (linux-modules-extra on Ubuntu), or another kernel.',
    ),
    // A container's kernel is its host's, whose modules it does not see.
    ...reportIf(
      !facts.container && !facts.hasModules && unseen.length > 0,
      `the modules of its running kernel ${facts.kernel} are not on the disk, so that these cannot be loaded: ${said(unseen)}`,
      'Reboot it: its kernel was updated. If that changes nothing, install the package with the modules.',
    ),
  ];
}
