import { executableFile, publicFile } from '../../lib/format/certificates.ts';
import { keepalivedBlock as block, keepalived as line, renderKeepalived } from '../../lib/format/keepalived.ts';
import { type NginxDirective, nginx, nginxBlock } from '../../lib/format/nginx.ts';
import type { RolePlan } from '../../lib/format/role.ts';
import { renderKeepTryingDropIn } from '../../lib/format/systemd.ts';

/** The address that moves, as one load balancer sees it. */
export interface Floating {
  /** The address that moves: IPv4, free, in the network that all load balancers are in. */
  readonly address: string;
  /** This machine's own address, by which it is known to the others and its interface is found. */
  readonly own: string;
  /**
   * Own addresses of all load balancers, this one's too, in the same order on each machine: the earlier ones are the
   * first to take the address when nobody has it. 2 to 9.
   */
  readonly all: readonly string[];
}

const CONFIGURATION = '/etc/keepalived/keepalived.conf';
const DROP_IN = '/etc/systemd/system/keepalived.service.d/hardway.conf';
const FIND_INTERFACE = '/usr/local/sbin/hardway-floating-interface';
const CHECK_NGINX = '/usr/local/sbin/hardway-nginx-answers';
/** Made anew at each start: which interface it is can differ from machine to machine, and from boot to boot. */
const INTERFACE = '/run/hardway/floating-interface.conf';
/** Where nginx answers keepalived, on loopback. Not 6443: asking there would ask an API server each time. */
const CHECK_PORT = 6444;

/** Seconds between two signs of life of the machine that has the address. */
const ADVERT_SECONDS = 0.4;

/**
 * The number by which a group of machines is told from another on one network, 1 to 255: the last part of its address,
 * which is what differs between two clusters side by side. Where it does not differ (larger networks), the groups still
 * do not hear each other, since each machine listens only to the peers it was told of.
 */
export function virtualRouterId(address: string): number {
  return Number(address.split('.').at(-1)) || 255;
}

/** What nginx has besides: the place where keepalived asks whether it works. */
export function checkedServer(): NginxDirective {
  return nginxBlock(['server'], [nginx('listen', `127.0.0.1:${CHECK_PORT}`), nginx('return', 'ok')]);
}

/**
 * keepalived, which gives the address to one of several load balancers: Debian's package and unit with a drop-in, and
 * our keepalived.conf.
 */
export function floatingPlan(
  floating: Floating,
): Required<Pick<RolePlan, 'files' | 'services' | 'require' | 'health'>> {
  const place = floating.all.indexOf(floating.own);
  if (place < 0 || floating.all.length < 2) {
    throw new Error(`${floating.own} must be one of two or more load balancers to share ${floating.address}`);
  }
  return {
    files: {
      [CONFIGURATION]: publicFile(configuration(floating, place)),
      [DROP_IN]: publicFile(dropIn()),
      [FIND_INTERFACE]: executableFile(findInterface(floating.own)),
      [CHECK_NGINX]: executableFile(checkNginx()),
    },
    services: [{ unit: 'keepalived.service', restartOn: [DROP_IN, FIND_INTERFACE], reloadOn: [CONFIGURATION] }],
    require: requireSameNetwork(floating.address),
    health: `systemctl is-active --quiet keepalived.service && ${settled()}`,
  };
}

/** Seconds until a keepalived that was started may take the address: it has seen nginx answer, and heard the others. */
const SETTLED_SECONDS = 5;

/**
 * Whether keepalived has run for long enough to take the address when the next machine's stops. A container may be told
 * of an uptime that is its own, and shorter than the system's clock: that is taken for long enough.
 */
function settled(): string {
  const since = 'systemctl show --property=ActiveEnterTimestampMonotonic --value keepalived.service';
  const tooNew = 'echo "keepalived was started a moment ago and cannot take the address yet" >&2; false';
  return [
    'read -r up _ </proc/uptime',
    `since=$(${since})`,
    `age=$((\${up%.*} - \${since:-0} / 1000000))`,
    `if [ "$age" -ge 0 ] && [ "$age" -lt ${SETTLED_SECONDS} ]; then ${tooNew}; fi`,
  ].join(' && ');
}

function configuration({ address, own, all }: Floating, place: number): string {
  return renderKeepalived([
    block(
      ['global_defs'],
      [
        line('enable_script_security'),
        line('script_user', 'nobody', 'nogroup'),
        line('vrrp_version', 3),
        line('vrrp_check_unicast_src'),
        // A machine under load must not be taken for a dead one.
        line('vrrp_priority', -15),
        line('max_auto_priority', -1),
        // Announced at once, again after a second, and from then on: who missed it is not lost for long.
        line('vrrp_garp_master_delay', 1),
        line('vrrp_garp_master_refresh', 10),
      ],
    ),
    block(
      ['vrrp_script', 'nginx'],
      [
        line('script', CHECK_NGINX),
        line('interval', 1),
        line('timeout', 1),
        // systemd has an nginx that died back in a second, and then the address need not move.
        line('fall', 2),
        line('rise', 2),
        line('init_fail'),
      ],
    ),
    block(
      ['vrrp_instance', 'api'],
      [
        // Whoever comes back does not take the address from whom it is with: each move breaks connections.
        line('state', 'BACKUP'),
        line('nopreempt'),
        line('include', INTERFACE),
        line('virtual_router_id', virtualRouterId(address)),
        line('priority', 200 - 20 * place),
        line('advert_int', ADVERT_SECONDS),
        line('unicast_src_ip', own),
        block(
          ['unicast_peer'],
          all.filter((other) => other !== own).map((other) => line(other)),
        ),
        // Of no network: the machine's own connections keep the machine's own address.
        block(['virtual_ipaddress'], [line(`${address}/32`)]),
        block(['track_script'], [line('nginx')]),
      ],
    ),
  ]);
}

function dropIn(): string {
  return renderKeepTryingDropIn({
    after: ['nginx.service'],
    startPre: [{ binary: FIND_INTERFACE }],
    // VRRP alone: the other half of keepalived is IPVS, which kernels may lack.
    start: { binary: '/usr/sbin/keepalived', arguments: ['--dont-fork', '--vrrp'] },
  });
}

function findInterface(own: string): string {
  return `#!/bin/sh
# Tells keepalived the interface that has this machine's address.
set -eu
found=$(ip -4 -oneline address show to ${own}/32)
if [ -z "$found" ]; then
  echo "no interface has ${own}, the address of this machine" >&2
  exit 1
fi
interface=$(echo "$found" | while read -r _ name _; do echo "$name"; break; done)
mkdir -p ${INTERFACE.slice(0, INTERFACE.lastIndexOf('/'))}
echo "interface $interface" >${INTERFACE}
`;
}

function checkNginx(): string {
  return `#!/bin/bash
# Whether nginx on this machine accepts connections and answers them.
read -rt 1 answer </dev/tcp/127.0.0.1/${CHECK_PORT}
[ "$answer" = ok ]
`;
}

/** An address can be announced only in a network that the machine is in itself. */
function requireSameNetwork(address: string): string[] {
  const way = `way=$(ip -4 route get ${address} 2>&1) || true`;
  const said = `echo "$(hostname): ${address}, which is to move between the load balancers, is not in a network of this machine: $way. Next: set hardway:loadBalancerAddress to a free address of the network that all load balancers are in." >&2`;
  return [way, `case "$way" in *' via '* | *unreachable*) ${said}; exit 1 ;; esac`];
}
