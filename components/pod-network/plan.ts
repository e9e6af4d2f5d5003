import { requireNetwork } from '../../lib/format/network-mark.ts';
import { joinPrograms, type RolePlan } from '../../lib/format/role.ts';
import { planBridge } from './bridge.ts';
import { planRoutes, type RoutesArgs } from './routes.ts';

/** The bridge network of one machine: the CNI configuration where it runs pods, and on every machine the routes. */
export function planPodNetwork(args: RoutesArgs): RolePlan {
  if (args.podCidr === undefined) return joinPrograms(planRoutes(args));
  return joinPrograms(planBridge(args.podCidr), planRoutes(args), { require: requireNetwork('bridge') });
}
