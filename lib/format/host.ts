/**
 * What a machine's kernel or container lets its services do, as plain values that come with the machine: the lab
 * decides them when it creates machines, existing hosts and clouds take {@link standardHost}.
 */
export interface HostQuirks {
  /**
   * Whether a process may lower its OOM score (needs CAP_SYS_RESOURCE). Where not, containerd is told to restrict the
   * scores it asks for, and no unit asks for one below 0.
   */
  readonly canLowerOomScore: boolean;
  /** Who makes the control groups of pods, the same in containerd and kubelet. `systemd` wherever cgroup v2 is. */
  readonly cgroupDriver: 'systemd' | 'cgroupfs';
  /** Mounted cgroup version. Kubelet refuses 1 unless told otherwise. */
  readonly cgroupVersion: 1 | 2;
  /**
   * Whether the kernel is this machine's own. Where it is shared (containers), swap is left as it is, modules are not
   * loaded and conntrack limits, which are the host's, are not written.
   */
  readonly ownsKernel: boolean;
  /**
   * Whether the disk is this machine's own. Where it is shared, pods are evicted by absolute free space rather than
   * by share of a disk that others fill, and kubelet does not collect images.
   */
  readonly ownsDisk: boolean;
  /**
   * Seconds kubelet holds back a shutdown so that pods can end, the last third of it for critical ones.
   * 0 turns it off. Range 0 to 600.
   */
  readonly shutdownGracePeriodSeconds: number;
}

/** A virtual or physical machine of today: cgroup v2, own kernel, own disk. */
export const standardHost: HostQuirks = {
  canLowerOomScore: true,
  cgroupDriver: 'systemd',
  cgroupVersion: 2,
  ownsKernel: true,
  ownsDisk: true,
  shutdownGracePeriodSeconds: 30,
};

/** What the lab finds out about the host of its containers. */
export interface DetectedHost {
  /** Whether CAP_SYS_RESOURCE can be had. */
  readonly sysResource: boolean;
  readonly cgroupVersion: 1 | 2;
  readonly cgroupDriver: 'cgroupfs' | 'systemd';
}

/** What is known of a machine that exists, as far as it decides what its services may do. */
export interface HostFacts {
  readonly cgroupVersion: 1 | 2;
  /** Whether CAP_SYS_RESOURCE can be had. */
  readonly sysResource: boolean;
  /** Whether it is a container, whose kernel and disk are another machine's. */
  readonly container: boolean;
}

/** A machine that exists: what its kernel is, and whether it is its own. */
export function hostQuirks({ cgroupVersion, sysResource, container }: HostFacts): HostQuirks {
  const cgroupDriver = cgroupVersion === 2 ? 'systemd' : 'cgroupfs';
  if (container) return labHost({ sysResource, cgroupVersion, cgroupDriver });
  return { ...standardHost, canLowerOomScore: sysResource, cgroupVersion, cgroupDriver };
}

/** A machine that is a systemd container on the detected host. */
export function labHost({ sysResource, cgroupVersion, cgroupDriver }: DetectedHost): HostQuirks {
  return {
    canLowerOomScore: sysResource,
    cgroupDriver,
    cgroupVersion,
    ownsKernel: false,
    ownsDisk: false,
    shutdownGracePeriodSeconds: 0,
  };
}
