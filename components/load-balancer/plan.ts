import { joinPrograms, type RolePlan } from '../../lib/format/role.ts';
import { CHECK_PORT, type KeepalivedArgs, planKeepalived } from './keepalived.ts';
import { type NginxArgs, planNginx } from './nginx.ts';

/** Arguments of {@link planLoadBalancer}. */
export interface LoadBalancerPlanArgs extends Omit<NginxArgs, 'checkPort'> {
  /** The address that this load balancer shares with others. Default: there is no other. */
  readonly shared?: KeepalivedArgs;
}

/** What a load balancer's role puts on its machine: nginx, and keepalived where there are two or more of it. */
export function planLoadBalancer({ shared, ...args }: LoadBalancerPlanArgs): RolePlan {
  if (shared === undefined) return joinPrograms(planNginx(args));
  return joinPrograms(planNginx({ ...args, checkPort: CHECK_PORT }), planKeepalived(shared));
}
