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
  { anyOf: ['overlay'], why: 'for containers' },
  { anyOf: ['br_netfilter'], why: 'for services between pods of one machine' },
  { anyOf: ['nf_conntrack'], why: 'for services' },
  { anyOf: ['nf_tables', 'ip_tables'], why: 'for services and network policies' },
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
      `has a kernel, ${facts.kernel}, without ${said(lacking)}`,
      'Install the package with the modules (linux-modules-extra on Ubuntu), or use another kernel.',
    ),
    // A container's kernel is its host's, whose modules it does not see.
    ...reportIf(
      !facts.container && !facts.hasModules && unseen.length > 0,
      `has no modules on disk for its running kernel ${facts.kernel}; these cannot be loaded: ${said(unseen)}`,
      'Reboot it if its kernel was updated; otherwise install the package with the modules.',
    ),
  ];
}
