/** A kernel setting to keep over reboots. */
export interface SysctlSetting {
  /** Dotted name, e.g. `net.ipv4.ip_forward`. */
  readonly name: string;
  readonly value: number | string;
  /** Do not complain where the kernel has no such setting (sysctl.d's `-`). Default false. */
  readonly optional?: boolean;
}

/** A file for `/etc/sysctl.d/`. See sysctl.d(5). */
export function renderSysctls(settings: readonly SysctlSetting[]): string {
  return settings.map(({ name, value, optional }) => `${optional === true ? '-' : ''}${name} = ${value}\n`).join('');
}
