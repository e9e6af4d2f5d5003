/** Shapes of clusters on AWS that the tests look at. */
export const shapes = {
  default: {},
  'bastion-bridge-three-zones': {
    awsZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
    controllers: ['ctl01', 'ctl02', 'ctl03'],
    workers: ['wrk01', 'wrk02', 'wrk03'],
    etcdMembers: ['etcd01', 'etcd02', 'etcd03'],
    controllersAsNodes: true,
    cni: 'bridge',
  },
  'direct-weave': {
    awsSshAccess: 'direct',
    loadBalancers: [],
    controllers: ['ctl01'],
    cni: 'weave',
    awsNodePortCidrs: ['192.0.2.0/24'],
  },
  'network-balancer-public': {
    awsLoadBalancer: 'network',
    loadBalancers: [],
    controllers: ['ctl01', 'ctl02', 'ctl03'],
    workers: ['wrk01'],
    cni: 'weave',
  },
  'network-balancer-private': {
    awsLoadBalancer: 'network',
    awsSshAccess: 'private',
    awsApiCidrs: ['10.70.200.7/32'],
    awsSshCidrs: ['10.70.200.7/32'],
    awsSessionManager: true,
    architecture: 'arm64',
    loadBalancers: [],
    controllers: ['ctl01'],
    workers: ['wrk01'],
    cni: 'none',
  },
} as const satisfies Record<string, Record<string, unknown>>;

/** The name of a shape. */
export type Shape = keyof typeof shapes;
