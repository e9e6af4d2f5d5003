import { renderToml, type TomlTable } from '../../lib/format/toml.ts';
import { toYaml } from '../../lib/format/yaml.ts';
import type { WorkerFilesArgs } from './files.ts';
import { PATHS } from './units.ts';

/** A registry that holds copies of other registries' images under the same repository paths and tags. */
export interface ImageMirror {
  /** E.g. `http://10.89.0.1:5000`. Plain http is for a mirror on the machines' own network. */
  readonly url: string;
  /** Host names of the registries it stands in for, e.g. `['registry.k8s.io']`. */
  readonly registries: readonly string[];
}

const RUNTIME = ['plugins', 'io.containerd.cri.v1.runtime'];
const IMAGES = ['plugins', 'io.containerd.cri.v1.images'];

/** containerd's configuration, version 3 (containerd 2.0 and later). */
export function containerdConfiguration(args: Pick<WorkerFilesArgs, 'host' | 'pauseImage'>): string {
  const runc = [...RUNTIME, 'containerd', 'runtimes', 'runc'];
  const tables: TomlTable[] = [
    { header: [], values: { version: 3 } },
    { header: [...IMAGES, 'pinned_images'], values: { sandbox: args.pauseImage } },
    { header: [...IMAGES, 'registry'], values: { config_path: PATHS.registries } },
    { header: RUNTIME, values: { restrict_oom_score_adj: args.host.canLowerOomScore ? undefined : true } },
    { header: [...RUNTIME, 'cni'], values: { bin_dirs: ['/opt/cni/bin'], conf_dir: '/etc/cni/net.d' } },
    { header: [...RUNTIME, 'containerd'], values: { default_runtime_name: 'runc' } },
    { header: runc, values: { runtime_type: 'io.containerd.runc.v2' } },
    {
      header: [...runc, 'options'],
      values: { BinaryName: '/usr/local/bin/runc', SystemdCgroup: args.host.cgroupDriver === 'systemd' },
    },
  ];
  return renderToml(tables.filter(({ values }) => Object.values(values).some((value) => value !== undefined)));
}

/**
 * A registry's `hosts.toml`: the mirror is asked first, the registry itself after it.
 *
 * Names no `server`: containerd then falls back to the registry's own address, and it alone knows where that differs from
 * the name. Images of `docker.io` are served by `registry-1.docker.io`; a `server` of `https://docker.io` is a web site,
 * and every image that the mirror lacks could not be pulled.
 *
 * @param mirrorUrl - the mirror's base URL
 * @see https://github.com/containerd/containerd/blob/v2.3.7/core/remotes/docker/config/hosts.go
 */
export function registryHosts(mirrorUrl: string): string {
  return renderToml([{ header: ['host', mirrorUrl], values: { capabilities: ['pull', 'resolve'] } }]);
}

/** Tells `crictl` where containerd is. */
export function crictlConfiguration(): string {
  return toYaml({ 'runtime-endpoint': PATHS.containerdSocket, 'image-endpoint': PATHS.containerdSocket, timeout: 10 });
}
