import { describe, expect, it } from '@jest/globals';
import { type ContainerPlan, type HostAllowance, machineArguments, mirrorArguments } from '../../lab/container.ts';

const plan: ContainerPlan = {
  lab: 'hardway-dev',
  name: 'ctl01',
  role: 'machine',
  address: '10.89.0.11',
  spec: 'abc',
  image: 'hardway/machine:key',
};
const ordinary: HostAllowance = { missingCapabilities: [], modules: true, kmsg: true };

/** The values given to an option, in order. */
function values(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));
}

describe('machineArguments', () => {
  it('takes every capability where the host has them', () => {
    const args = machineArguments(plan, ordinary);
    expect(values(args, '--cap-add')).toEqual(['ALL']);
    expect(values(args, '--cap-drop')).toEqual([]);
    expect(args).not.toContain('--privileged');
  });

  it('drops by name what the host lacks', () => {
    const args = machineArguments(plan, { ...ordinary, missingCapabilities: ['SYS_RESOURCE', 'SYS_MODULE'] });
    expect(values(args, '--cap-drop')).toEqual(['SYS_RESOURCE', 'SYS_MODULE']);
  });

  it('keeps /var on a volume of its own and mounts modules only where there are any', () => {
    expect(values(machineArguments(plan, ordinary), '--volume')).toEqual(['/var', '/lib/modules:/lib/modules:ro']);
    expect(values(machineArguments(plan, { ...ordinary, modules: false }), '--volume')).toEqual(['/var']);
  });

  it('passes /dev/kmsg only where the host has it', () => {
    expect(values(machineArguments(plan, ordinary), '--device')).toEqual(['/dev/kmsg']);
    expect(values(machineArguments(plan, { ...ordinary, kmsg: false }), '--device')).toEqual([]);
  });

  it('names the machine after its lab, gives it its address, and comes back after a reboot', () => {
    const args = machineArguments(plan, ordinary);
    expect(values(args, '--name')).toEqual(['hardway-dev-ctl01']);
    expect(values(args, '--hostname')).toEqual(['ctl01']);
    expect(values(args, '--network')).toEqual(['hardway-dev']);
    expect(values(args, '--ip')).toEqual(['10.89.0.11']);
    expect(values(args, '--restart')).toEqual(['unless-stopped']);
    expect(values(args, '--stop-signal')).toEqual(['SIGRTMIN+3']);
    expect(args.at(-1)).toBe('hardway/machine:key');
  });

  it('carries the labels that find it again', () => {
    expect(values(machineArguments(plan, ordinary), '--label')).toEqual([
      'hardway.lab=hardway-dev',
      'hardway.name=ctl01',
      'hardway.role=machine',
      'hardway.spec=abc',
    ]);
  });
});

describe('mirrorArguments', () => {
  const args = mirrorArguments({ ...plan, name: 'mirror', role: 'mirror' }, '/cache/mirror');

  it('serves the cache read-only', () => {
    expect(values(args, '--mount')).toEqual(['type=bind,source=/cache/mirror,target=/srv/mirror,readonly']);
  });

  it('asks for no capability', () => {
    expect(values(args, '--cap-add')).toEqual([]);
    expect(values(args, '--security-opt')).toEqual(['label=disable']);
  });
});
