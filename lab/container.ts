import { labLabel, nameLabel, roleLabel, specLabel } from './names.ts';

/** A container of the lab, machine or mirror, as plain facts. */
export interface ContainerPlan {
  readonly lab: string;
  /** Short name inside the lab; also its host name and its name in the lab's DNS. */
  readonly name: string;
  readonly role: 'machine' | 'mirror';
  /** Fixed IPv4 address on the lab's network. */
  readonly address: string;
  /** Hash of the facts it is made from; another hash means another container. */
  readonly spec: string;
  readonly image: string;
}

/** Where the mirror's container has the files that it serves. */
export const served = '/srv/mirror';

/** What this host allows a machine. */
export interface HostAllowance {
  /** Capabilities the host lacks, e.g. `SYS_RESOURCE`. */
  readonly missingCapabilities: readonly string[];
  /** Whether the host has loadable modules (`/lib/modules`). */
  readonly modules: boolean;
  /** Whether the host has `/dev/kmsg`, which kubelet reads. */
  readonly kmsg: boolean;
}

/**
 * `docker create` arguments of a machine. Pure.
 *
 * Everything a privileged container has, piece by piece: `--privileged` asks for every capability and fails where the
 * host lacks one, and it would put the host's disks into `/dev`.
 */
export function machineArguments(plan: ContainerPlan, host: HostAllowance): string[] {
  return [
    ...common(plan),
    ...['--cap-add', 'ALL', ...host.missingCapabilities.flatMap((name) => ['--cap-drop', name])],
    ...['--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'],
    ...['--security-opt', 'systempaths=unconfined', '--security-opt', 'label=disable'],
    ...['--cgroupns', 'private', '--device-cgroup-rule', 'a *:* rwm'],
    ...(host.kmsg ? ['--device', '/dev/kmsg'] : []),
    ...['--tmpfs', '/tmp:exec,mode=1777', '--tmpfs', '/run:exec,mode=755'],
    // containerd's overlays cannot lie on the container's own overlay.
    ...['--volume', '/var'],
    ...(host.modules ? ['--volume', '/lib/modules:/lib/modules:ro'] : []),
    // systemd says what it does on a terminal only; `docker logs` is all there is when a boot fails.
    '--tty',
    ...['--stop-signal', 'SIGRTMIN+3', '--stop-timeout', '20'],
    plan.image,
  ];
}

/** `docker create` arguments of the mirror: an ordinary container, no capabilities beyond Docker's own. Pure. */
export function mirrorArguments(plan: ContainerPlan, mirrorFolder: string): string[] {
  return [
    ...common(plan),
    ...['--mount', `type=bind,source=${mirrorFolder},target=${served},readonly`],
    ...['--volume', '/var/lib/docker-registry'],
    // The cache keeps its own SELinux label; relabelling it would lock its owner out.
    ...['--security-opt', 'label=disable'],
    ...['--stop-signal', 'SIGTERM', '--stop-timeout', '5'],
    ...['--entrypoint', '/usr/local/sbin/hardway-mirror'],
    plan.image,
  ];
}

function common(plan: ContainerPlan): string[] {
  const labels = { [labLabel]: plan.lab, [nameLabel]: plan.name, [roleLabel]: plan.role, [specLabel]: plan.spec };
  return [
    ...['container', 'create', '--name', `${plan.lab}-${plan.name}`, '--hostname', plan.name],
    ...['--network', plan.lab, '--ip', plan.address, '--network-alias', plan.name],
    ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...['--restart', 'unless-stopped'],
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=1m', '--log-opt', 'max-file=1'],
  ];
}
