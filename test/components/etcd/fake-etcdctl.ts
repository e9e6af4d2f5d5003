import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A member as etcd lists it. */
export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** Default: it has started. */
  readonly started?: boolean;
  readonly learner?: boolean;
}

export const listed = (name: string, more: Partial<Listed> = {}): Listed => ({
  ...{ id: `${name}id`, name, address: name },
  ...more,
});

/** A folder with the files of a machine, and an etcdctl that lists members in its own form and changes them. */
export class FakeEtcd {
  readonly folder = mkdtempSync(join(tmpdir(), 'hardway-etcd-'));

  constructor() {
    for (const path of ['etc/etcd', 'var/lib/etcd', 'var/lib/hardway/etcd', 'run', 'bin'])
      mkdirSync(join(this.folder, path), { recursive: true });
    writeFileSync(join(this.folder, 'etc/etcd/etcdctl.env'), 'export ETCDCTL_ENDPOINTS=https://self:2379\n');
  }

  /**
   * @param members - what every member that answers lists
   * @param answering - names of the members that answer
   */
  stands(members: readonly Listed[], answering: readonly string[], leader = answering[0] ?? ''): void {
    const lines = members.map(({ id, name, address, started = true, learner = false }) =>
      [
        ...[id, started ? 'started' : 'unstarted', started ? name : '', `https://${address}:2380`],
        ...[started ? `https://${address}:2379` : '', String(learner)],
      ].join(', '),
    );
    writeFileSync(join(this.folder, 'list'), lines.map((line) => `${line}\n`).join(''));
    writeFileSync(join(this.folder, 'calls'), '');
    const learners = members.filter(({ learner }) => learner).map(({ address }) => address);
    const script = `#!/bin/sh
cd ${this.folder}
host=\${ETCDCTL_ENDPOINTS#https://}
host=\${host%:2379}
case " ${answering.join(' ')} " in *" $host "*) ;; *) echo "$host: connection refused" >&2; exit 1 ;; esac
while case $1 in --dial-timeout=*|--command-timeout=*) true ;; *) false ;; esac; do shift; done
case "$1 $2" in
  'member list')
    case " ${learners.join(' ')} " in *" $host "*) echo 'rpc not supported for learner' >&2; exit 1 ;; esac
    cat list ;;
  'member add')
    echo "member add $3 $4 $5" >>calls
    echo "addedid, unstarted, , \${5#--peer-urls=}, , true" >>list ;;
  'member remove') echo "member remove $3" >>calls; grep -v "^$3, " list >list.new; mv list.new list ;;
  'member promote')
    echo "member promote $3" >>calls
    [ "$(wc -l <calls)" -gt 1 ] || { echo 'not in sync' >&2; exit 1; }
    sed "s/^\\($3, .*\\)true$/\\1false/" list >list.new; mv list.new list ;;
  'move-leader '*) [ "$host" = "${leader}" ] || { echo 'no leader' >&2; exit 1; }; echo "move-leader $2" >>calls ;;
esac
`;
    writeFileSync(join(this.folder, 'bin/etcdctl'), script, { mode: 0o755 });
  }

  /** A script of ours with the machine's paths below this folder. */
  below(script: string): string {
    return script.replaceAll(/(?<![\w/.])\/(etc\/etcd|var\/lib|run)\b/g, `${this.folder}/$1`);
  }

  write(path: string, text = ''): void {
    mkdirSync(join(this.folder, path, '..'), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  /** What was asked for that changes members, a line each. */
  calls(): string[] {
    return this.read('calls').split('\n').filter(Boolean);
  }

  get path(): string {
    return `${this.folder}/bin:/usr/bin:/bin`;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
