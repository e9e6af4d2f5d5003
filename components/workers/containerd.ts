import type { ClusterConfig } from '../../config/schema.ts';
import { publicFile } from '../../lib/format/certificates.ts';
import { flags } from '../../lib/format/flags.ts';
import type { HostCapabilities } from '../../lib/format/host.ts';
import { binaryLinks, type FilePlan, type ProgramPlan, stagedPath } from '../../lib/format/role.ts';
import { renderUnit } from '../../lib/format/systemd.ts';
import { renderToml, type TomlTable } from '../../lib/format/toml.ts';
import { toYaml } from '../../lib/format/yaml.ts';

/** A registry that holds copies of other registries' images under the same repository paths and tags. */
export interface ImageMirror {
  /** E.g. `http://10.89.0.1:5000`. Plain http is for a mirror on the machines' own network. */
  readonly url: string;
  /** Host names of the registries it stands in for, e.g. `['registry.k8s.io']`. */
  readonly registries: readonly string[];
}

/** Arguments of {@link planContainerd}. */
export interface ContainerdArgs {
  readonly config: ClusterConfig;
  /** What the machine lets services do. */
  readonly host: HostCapabilities;
  /** What pods' sandboxes run, e.g. `registry.k8s.io/pause:3.10.1`. */
  readonly pauseImage: string;
  /** Where images come from before their publisher is asked. Default: the publishers alone. */
  readonly imageMirror?: ImageMirror;
}

/** Where containerd listens: kubelet and crictl ask there. */
export const CONTAINERD_SOCKET = 'unix:///run/containerd/containerd.sock';

/** CNI plugins that are linked into /opt/cni/bin. */
const CNI_PLUGINS = ['bridge', 'host-local', 'loopback', 'portmap'] as const;

const CONFIGURATION = '/etc/containerd/config.toml';
const REGISTRIES = '/etc/containerd/certs.d';

/** containerd with what it runs: runc, its shim, the CNI plugins; and crictl to look at it. */
export function planContainerd(args: ContainerdArgs): ProgramPlan {
  const { config } = args;
  return {
    files: {
      [CONFIGURATION]: publicFile(configuration(args)),
      ...registryFiles(args.imageMirror),
      '/etc/crictl.yaml': publicFile(crictlConfiguration()),
      '/etc/systemd/system/containerd.service': publicFile(unit(args)),
    },
    directories: { '/etc/cni/net.d': 0o755, '/opt/cni/bin': 0o755, [REGISTRIES]: 0o755 },
    links: {
      ...binaryLinks('containerd', config.containerdVersion, ['containerd', 'ctr', 'containerd-shim-runc-v2']),
      ...binaryLinks('runc', config.runcVersion, ['runc']),
      ...binaryLinks('crictl', config.crictlVersion, ['crictl']),
      ...Object.fromEntries(
        CNI_PLUGINS.map((name) => [`/opt/cni/bin/${name}`, stagedPath('cni-plugins', config.cniPluginsVersion, name)]),
      ),
    },
    services: [
      {
        unit: 'containerd.service',
        restartOn: [
          CONFIGURATION,
          '/usr/local/bin/containerd',
          '/usr/local/bin/containerd-shim-runc-v2',
          '/usr/local/bin/runc',
        ],
      },
    ],
  };
}

/** containerd keeps its containers when it is restarted. */
function unit({ config, host }: ContainerdArgs): string {
  return renderUnit({
    description: 'containerd',
    documentation: 'https://containerd.io/docs/',
    type: 'notify',
    start: {
      binary: '/usr/local/bin/containerd',
      arguments: flags({ config: CONFIGURATION, ...config.containerdExtraArgs }),
    },
    settings: {
      Delegate: 'yes',
      KillMode: 'process',
      LimitNPROC: 'infinity',
      LimitCORE: 'infinity',
      TasksMax: 'infinity',
      ...(host.canLowerOomScore ? { OOMScoreAdjust: -999 } : {}),
    },
  });
}

const RUNTIME = ['plugins', 'io.containerd.cri.v1.runtime'];
const IMAGES = ['plugins', 'io.containerd.cri.v1.images'];

/** containerd's configuration, version 3 (containerd 2.0 and later). */
function configuration({ host, pauseImage }: ContainerdArgs): string {
  const runc = [...RUNTIME, 'containerd', 'runtimes', 'runc'];
  const tables: TomlTable[] = [
    { header: [], values: { version: 3 } },
    { header: [...IMAGES, 'pinned_images'], values: { sandbox: pauseImage } },
    { header: [...IMAGES, 'registry'], values: { config_path: REGISTRIES } },
    { header: RUNTIME, values: { restrict_oom_score_adj: host.canLowerOomScore ? undefined : true } },
    { header: [...RUNTIME, 'cni'], values: { bin_dirs: ['/opt/cni/bin'], conf_dir: '/etc/cni/net.d' } },
    { header: [...RUNTIME, 'containerd'], values: { default_runtime_name: 'runc' } },
    { header: runc, values: { runtime_type: 'io.containerd.runc.v2' } },
    {
      header: [...runc, 'options'],
      values: { BinaryName: '/usr/local/bin/runc', SystemdCgroup: host.cgroupDriver === 'systemd' },
    },
  ];
  return renderToml(tables.filter(({ values }) => Object.values(values).some((value) => value !== undefined)));
}

/**
 * A `hosts.toml` a registry: the mirror is asked first, the registry itself after it.
 *
 * Names no `server`: containerd then falls back to the registry's own address, and it alone knows where that differs from
 * the name. Images of `docker.io` are served by `registry-1.docker.io`; a `server` of `https://docker.io` is a web site,
 * and every image that the mirror lacks could not be pulled.
 *
 * @see https://github.com/containerd/containerd/blob/v2.3.7/core/remotes/docker/config/hosts.go
 */
function registryFiles(mirror: ImageMirror | undefined): Record<string, FilePlan> {
  const hosts = (mirrorUrl: string): string =>
    renderToml([{ header: ['host', mirrorUrl], values: { capabilities: ['pull', 'resolve'] } }]);
  return Object.fromEntries(
    (mirror?.registries ?? []).map((registry) => [
      `${REGISTRIES}/${registry}/hosts.toml`,
      publicFile(hosts(mirror?.url ?? '')),
    ]),
  );
}

/** Tells `crictl` where containerd is. */
function crictlConfiguration(): string {
  return toYaml({ 'runtime-endpoint': CONTAINERD_SOCKET, 'image-endpoint': CONTAINERD_SOCKET, timeout: 10 });
}
