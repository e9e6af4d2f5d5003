import type { InstalledClient } from '../../lib/format/certificates.ts';
import { kubeconfigFile } from '../../lib/format/kubeconfig.ts';
import { binaryLinks, joinPrograms, type ProgramPlan, type RolePlan } from '../../lib/format/role.ts';
import { type ApiserverArgs, planApiserver } from './apiserver.ts';
import { type ControllerManagerArgs, planControllerManager } from './controller-manager.ts';
import { planHealthzProxy } from './healthz-proxy.ts';
import { LOCAL_API } from './local-api.ts';
import { planScheduler, type SchedulerArgs } from './scheduler.ts';

/** Arguments of {@link planControlPlane}: those of the programs that a controller runs. */
export type ControlPlanePlanArgs = ApiserverArgs &
  ControllerManagerArgs &
  SchedulerArgs & { readonly certificates: { readonly admin: InstalledClient } };

/** What a controller's role puts on its machine. etcd is a role of its own, on this machine or another. */
export function planControlPlane(args: ControlPlanePlanArgs): RolePlan {
  return joinPrograms(
    planApiserver(args),
    planControllerManager(args),
    planScheduler(args),
    planHealthzProxy(args),
    planKubectl(args),
  );
}

/** kubectl for a person on the machine: `kubectl --kubeconfig /etc/kubernetes/admin.conf`. */
function planKubectl({ config, certificates }: ControlPlanePlanArgs): ProgramPlan {
  return {
    files: kubeconfigFile(config.clusterName, LOCAL_API, certificates['kubernetes-ca'], certificates.admin),
    links: binaryLinks('kubernetes', config.kubernetesVersion, ['kubectl']),
  };
}
