import { it } from '@jest/globals';
import { buildAws } from '../support/aws.ts';

it('x', async () => {
  for (const c of [
    {},
    {
      awsZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
      awsSshAccess: 'direct',
      loadBalancers: [],
      cni: 'weave',
      controllers: ['ctl01', 'ctl02', 'ctl03'],
    },
    { awsLoadBalancer: 'network', loadBalancers: [], controllers: ['ctl01', 'ctl02', 'ctl03'], workers: ['wrk01'] },
    {
      awsSshAccess: 'private',
      awsSshCidrs: ['10.70.200.7/32'],
      awsApiCidrs: ['10.70.200.7/32'],
      awsLoadBalancer: 'network',
      loadBalancers: [],
      controllers: ['ctl01'],
      workers: ['wrk01'],
      cni: 'none',
      awsSessionManager: true,
    },
  ]) {
    const b = await buildAws(c);
    console.log(b.list.join('\n'));
  }
});
