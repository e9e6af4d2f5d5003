import type { Topology } from '../cli/args.ts';

/** A cluster for tests: everything that can be named otherwise than by default is. */
export interface TestCluster {
  /** The stack, and so the file `Pulumi.<stack>.yaml`. */
  readonly stack: string;
  /** Its keys, without their namespace. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** What a shape of cluster is made of. */
interface Shape {
  readonly controllers: number;
  readonly loadBalancers: number;
  readonly workers: number;
  /** Part of its subnet. */
  readonly net: number;
  readonly cni: 'weave' | 'bridge';
}

/** The shapes whose machines the program makes itself. */
export type LabTopology = Exclude<Topology, 'hosts'>;

const shapes: Readonly<Record<LabTopology, Shape>> = {
  default: { controllers: 2, loadBalancers: 1, workers: 2, net: 90, cni: 'weave' },
  minimal: { controllers: 1, loadBalancers: 0, workers: 1, net: 91, cni: 'bridge' },
  computers: { controllers: 1, loadBalancers: 0, workers: 1, net: 94, cni: 'bridge' },
  ha: { controllers: 3, loadBalancers: 2, workers: 3, net: 92, cni: 'bridge' },
  change: { controllers: 3, loadBalancers: 1, workers: 2, net: 87, cni: 'bridge' },
  keys: { controllers: 3, loadBalancers: 1, workers: 2, net: 95, cni: 'bridge' },
  download: { controllers: 1, loadBalancers: 0, workers: 1, net: 88, cni: 'bridge' },
};

/**
 * The test cluster of a shape. Names, ranges, subnet and domain differ from every default, so that a literal that
 * survived somewhere in the program shows; they differ between shapes too, so that two can stand side by side.
 */
export function testCluster(topology: LabTopology): TestCluster {
  const shape = shapes[topology];
  const stack = topology === 'default' ? 'e2e' : `e2e-${topology}`;
  const named = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at + 1}`);
  return {
    stack,
    config: {
      clusterName: `proving-${shape.net}`,
      clusterDomain: 'e2e.local',
      labName: `hardway-${stack}`,
      labSubnet: `10.${shape.net}.0.0/24`,
      controllers: named('cp', shape.controllers),
      workers: named('worker', shape.workers),
      loadBalancers: named('lb', shape.loadBalancers),
      // The bridge is the default, and a test cluster sets nothing to its default.
      ...(shape.cni === 'bridge' ? {} : { cni: shape.cni }),
      podCidr: '10.210.0.0/16',
      serviceCidr: '10.42.0.0/24',
      nodePortRange: '31000-32000',
    },
  };
}

/** Whether a cluster is made to go on when any one machine dies. */
export function survivesDeaths({ config }: TestCluster): boolean {
  const count = (key: string): number => (Array.isArray(config[key]) ? config[key].length : 0);
  return count('loadBalancers') > 1 && count('controllers') > 2;
}

/** The stack file's text. */
export function stackFileText({ config }: TestCluster): string {
  const lines = Object.entries(config).map(([key, value]) => `  hardway:${key}: ${JSON.stringify(value)}`);
  return ['# Written by `make e2e`; not committed.', 'config:', ...lines, ''].join('\n');
}
