import { type Ended, FakeMachine } from './fake-machine.ts';

const cluster = '0123456789abcdef0123456789abcdef';
/** The mark that these tests give a machine. */
export const mine = `${cluster}/wrk01/aaaa`;
/** The marks of others. */
export const marks = { newKey: `${cluster}/wrk01/bbbb`, wrk02: `${cluster}/wrk02/aaaa` };
export const home = '/var/lib/hardway';
export const fine: Ended = { status: 0, stderr: '' };

/** A machine that outlives its cluster, with what claiming and releasing ask of it. */
export class FakeHost extends FakeMachine {
  constructor() {
    super();
    this.write('/proc/swaps', 'Filename\n');
    this.write('/proc/self/mountinfo', '');
    this.write('/sys/class/net/eth0', '');
    for (const name of ['umount', 'ip', 'swapon', 'sysctl', 'iptables-nft-restore', 'ip6tables-nft-restore']) {
      this.command(
        name,
        `#!/bin/sh\necho "${name} $*" >>"$ROOT/did"\ncase $0 in *restore) cat >>"$ROOT/did-stdin" ;; esac\n`,
      );
    }
    for (const name of ['iptables-nft-save', 'ip6tables-nft-save', 'ipset']) this.command(name, '#!/bin/sh\n');
  }

  async claim(identity = mine): Promise<Ended> {
    return this.run(await this.claiming(), 'claim', identity);
  }

  release(identity = mine): Promise<Ended> {
    return this.shell(`sh ${this.at(`${home}/host.sh`)} release ${identity}`);
  }

  /** Notes roles as having been on the machine. */
  had(...roles: string[]): void {
    this.write(`${home}/roles`, roles.map((role) => `${role}\n`).join(''));
  }

  /** What the commands beside systemctl were asked. */
  did(): string[] {
    return this.has('/did') ? this.read('/did').trim().split('\n') : [];
  }
}
