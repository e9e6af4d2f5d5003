import { networkMark, requireNetwork } from '../../lib/format/network-mark.ts';
import { binaryLinks, joinPrograms, type ProgramPlan, type RolePlan } from '../../lib/format/role.ts';
import { weaveRequirements } from '../../lib/format/weave-requirements.ts';
import { type ContainerdArgs, planContainerd } from './containerd.ts';
import { planKernel } from './kernel.ts';
import { type KubeProxyArgs, planKubeProxy, planWithoutKubeProxy } from './kube-proxy.ts';
import { type KubeletArgs, nodeReady, planKubelet } from './kubelet.ts';

/** Arguments of {@link planNode}: those of the programs that a node runs. */
export type NodePlanArgs = ContainerdArgs &
  KubeletArgs &
  KubeProxyArgs & {
    /** Whether to link `kubectl` too; not where another role of the machine does. Default true. */
    readonly kubectl?: boolean;
  };

/**
 * What a node's role puts on its machine. Nothing of it is shared with a controller's role, so that one machine can hold
 * both and either can go.
 */
export function planNode(args: NodePlanArgs): RolePlan {
  const [containerd, kubelet] = [planContainerd(args), planKubelet(args)];
  const kubeProxy = args.config.kubeProxyMode === 'none' ? planWithoutKubeProxy() : planKubeProxy(args);
  const kubectl = args.kubectl === false ? {} : binaryLinks('kubernetes', args.config.kubernetesVersion, ['kubectl']);
  const programs = [planNetworkMark(args), planKernel(args.host), containerd, kubelet, kubeProxy, { links: kubectl }];
  return {
    ...joinPrograms(...programs, { health: nodeReady(args) }),
    // In the order that they were first made in: another one would be an update of every node, for nothing.
    links: { ...kubelet.links, ...kubeProxy.links, ...kubectl, ...containerd.links },
  };
}

/** The node remembers its pod network, and refuses another one before anything on it is changed. */
function planNetworkMark({ config }: NodePlanArgs): ProgramPlan {
  const { cni } = config;
  return {
    files: networkMark(cni),
    require: [
      ...requireNetwork(cni),
      ...(cni === 'weave'
        ? weaveRequirements({
            fastDatapath: config.weaveFastDatapath,
            networkPolicy: config.weaveNetworkPolicy,
            iptablesBackend: config.weaveIptablesBackend,
          })
        : []),
    ],
  };
}
