import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';

/** What this host's kernel means for the machines on it; the same before and after they exist. */
export interface HostFacts {
  /** Whether CAP_SYS_RESOURCE can be had. Without it no process may lower its OOM score or raise a hard limit. */
  readonly sysResource: boolean;
  /** 1 or 2: the control group hierarchy that the machines see. */
  readonly cgroupVersion: 1 | 2;
  /** The driver that kubelet and containerd use on a machine. */
  readonly cgroupDriver: 'cgroupfs' | 'systemd';
  /** The kernel's version without its local suffix, e.g. `6.18.44`. */
  readonly kernel: string;
}

/**
 * Linux capabilities by bit, as far as Docker 20.10 knows their names. A bit missing from the host's bounding set
 * must be dropped by name: the engine refuses to start a container that asks for what it cannot give.
 */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
] as const;

/** Names of the capabilities absent from a `/proc/<pid>/status` bounding set. */
export function missingCapabilities(status: string): string[] {
  const hex = /^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1];
  if (hex === undefined) return [];
  const bounding = BigInt(`0x${hex}`);
  return capabilities.filter((_, bit) => (bounding & (1n << BigInt(bit))) === 0n);
}

/** The facts that follow from what the host shows. Pure. */
export function factsFrom(host: { status: string; unifiedCgroups: boolean; release: string }): HostFacts {
  return {
    // The safe side where there is nothing to read.
    sysResource: /^CapBnd:/m.test(host.status) && !missingCapabilities(host.status).includes('SYS_RESOURCE'),
    cgroupVersion: host.unifiedCgroups ? 2 : 1,
    cgroupDriver: host.unifiedCgroups ? 'systemd' : 'cgroupfs',
    kernel: /^\d+(\.\d+)*/.exec(host.release)?.[0] ?? host.release,
  };
}

/** The names of the capabilities this host cannot give. */
export function hostMissingCapabilities(): string[] {
  return missingCapabilities(readFileSync('/proc/self/status', 'utf8'));
}

/** Looks at this host. Needs no Docker and no root. */
export function hostFacts(): HostFacts {
  return factsFrom({
    status: readFileSync('/proc/self/status', 'utf8'),
    unifiedCgroups: existsSync('/sys/fs/cgroup/cgroup.controllers'),
    release: release(),
  });
}
