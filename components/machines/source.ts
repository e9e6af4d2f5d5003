import type * as pulumi from '@pulumi/pulumi';
import type { ApiNames, Machine } from '../remote/machine.ts';

/** Where machines come from: what the lab, existing hosts and clouds each give the room. */
export interface MachineSource {
  /** Every machine, in the config's order. Staging is the room's own. */
  readonly machines: readonly Machine[];
  /** What staging waits for. */
  readonly after: readonly pulumi.Resource[];
  /** Base URL of the mirror that files come from; empty for the publishers themselves. */
  readonly files: string;
  /** URL of the registry that is asked for images before their publishers. Default none. */
  readonly registry?: string;
  /** What clients outside reach the API at, where that is another address or name than inside the cluster. */
  readonly externalEndpoint?: pulumi.Input<string>;
  /** Names and addresses of the API that only come to be with the machines: its certificate has them too. */
  readonly apiServerCertSans?: ApiNames;
  /** Whether the network below the machines routes pods itself, so that machines need no routes. Default no. */
  readonly routesPods?: boolean;
  /** What the API's endpoint waits for beside the machines. Default nothing. */
  readonly endpointDependsOn?: readonly pulumi.Resource[];
}
