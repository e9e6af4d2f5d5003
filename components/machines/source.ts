import type * as pulumi from '@pulumi/pulumi';
import type { ApiServerCertSans, Machine } from '../remote/machine.ts';

/** Where machines come from: what the lab, existing hosts and clouds each provide. */
export interface MachineSource {
  /** Every machine, in the config's order. Staging them is not the source's. */
  readonly machines: readonly Machine[];
  /** What staging waits for. */
  readonly stagingDependsOn: readonly pulumi.Resource[];
  /** Base URL of the mirror that files come from; empty for the publishers themselves. */
  readonly files: string;
  /** URL of the registry that is asked for images before their publishers. Default none. */
  readonly registry?: string;
  /** The API's address or name for clients outside, where that is another than inside the cluster. */
  readonly externalEndpoint?: pulumi.Input<string>;
  /** Names and addresses of the API's certificate that are known only once the machines exist. */
  readonly apiServerCertSans?: ApiServerCertSans;
  /** Whether the network below the machines routes pods itself, so that machines need no routes. Default no. */
  readonly routesPods?: boolean;
  /** What the API's endpoint waits for besides the machines. Default nothing. */
  readonly endpointDependsOn?: readonly pulumi.Resource[];
}

/** Makes the machines of a cloud below a component. */
export type Cloud = (name: string, opts: pulumi.ComponentResourceOptions) => MachineSource;
