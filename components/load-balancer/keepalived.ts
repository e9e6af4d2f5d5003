import { executableFile, publicFile } from '../../lib/format/certificates.ts';
import { keepalivedBlock as block, keepalived as line, renderKeepalived } from '../../lib/format/keepalived.ts';
import type { ProgramPlan } from '../../lib/format/role.ts';
import { readScript, scriptLines } from '../../lib/format/script.ts';
import { renderKeepTryingDropIn } from '../../lib/format/systemd.ts';

/** The virtual IP address (VIP) as one of the load balancers that share it sees it. */
export interface KeepalivedArgs {
  /** The VIP: IPv4, free, in the network that all load balancers are in. */
  readonly vip: string;
  /** This machine's own address, by which its peers know it and its interface is found. */
  readonly address: string;
  /**
   * Own addresses of all load balancers, this one's too, in the same order on each machine: the earlier ones are the
   * first to take the VIP when none has it. 2 to 9.
   */
  readonly members: readonly string[];
}

const CONFIGURATION = '/etc/keepalived/keepalived.conf';
const DROP_IN = '/etc/systemd/system/keepalived.service.d/hardway.conf';
const FIND_INTERFACE = '/usr/local/sbin/hardway-floating-interface';
const CHECK_NGINX = '/usr/local/sbin/hardway-nginx-answers';
/** Written at each start: the interface can differ from machine to machine, and from boot to boot. */
const INTERFACE = '/run/hardway/floating-interface.conf';
/** Where nginx answers keepalived, on loopback. Not 6443: asking there would ask an API server each time. */
export const CHECK_PORT = 6444;

/** Seconds between two advertisements of the machine that has the VIP. */
const ADVERT_SECONDS = 0.4;

/**
 * The VRRP router id, 1 to 255, by which groups on one network are told apart: the last part of the VIP, which is what
 * differs between two clusters side by side. Where it does not differ (larger networks), the groups still do not hear
 * each other, since each machine listens only to its own peers.
 */
export function virtualRouterId(vip: string): number {
  return Number(vip.split('.').at(-1)) || 255;
}

/**
 * keepalived, which gives the VIP to one of several load balancers: Debian's package and unit with a drop-in, and our
 * keepalived.conf.
 *
 * @throws Error when the machine is not one of two or more
 */
export function planKeepalived(args: KeepalivedArgs): ProgramPlan {
  const { vip, address, members } = args;
  const place = members.indexOf(address);
  if (place < 0 || members.length < 2) {
    throw new Error(`${address} must be one of two or more load balancers to share ${vip}`);
  }
  return {
    files: {
      [CONFIGURATION]: publicFile(configuration(args, place)),
      [DROP_IN]: publicFile(dropIn()),
      [FIND_INTERFACE]: executableFile(readScript(import.meta.dirname, 'find-interface.sh', { OWN: address })),
      [CHECK_NGINX]: executableFile(readScript(import.meta.dirname, 'nginx-answers.sh', { CHECK_PORT })),
    },
    services: [{ unit: 'keepalived.service', restartOn: [DROP_IN, FIND_INTERFACE], reloadOn: [CONFIGURATION] }],
    require: scriptLines(import.meta.dirname, 'require-same-network.sh', { VIP: vip }),
    health: scriptLines(import.meta.dirname, 'keepalived-settled.sh').join('\n'),
  };
}

function configuration({ vip, address, members }: KeepalivedArgs, place: number): string {
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
        // Announced at once, again after a second, and from then on: a neighbour that missed it learns it soon.
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
        // systemd restarts an nginx that died within a second, and then the VIP need not move.
        line('fall', 2),
        line('rise', 2),
        line('init_fail'),
      ],
    ),
    block(
      ['vrrp_instance', 'api'],
      [
        // A machine that comes back does not take the VIP from the one that has it: each move breaks connections.
        line('state', 'BACKUP'),
        line('nopreempt'),
        line('include', INTERFACE),
        line('virtual_router_id', virtualRouterId(vip)),
        line('priority', 200 - 20 * place),
        line('advert_int', ADVERT_SECONDS),
        line('unicast_src_ip', address),
        block(
          ['unicast_peer'],
          members.filter((peer) => peer !== address).map((peer) => line(peer)),
        ),
        // A /32: connections of the machine itself keep the machine's own address.
        block(['virtual_ipaddress'], [line(`${vip}/32`)]),
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
