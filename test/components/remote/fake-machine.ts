import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  activationBundle,
  claimBundle,
  type StagedArtifact,
  stagingBundle,
} from '../../../components/remote/bundle.ts';
import { checkScript } from '../../../components/remote/check.ts';
import type { RolePlan } from '../../../lib/format/role.ts';

/** How a run on a {@link FakeMachine} ended. */
export interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

/** The folders of a machine that scripts name, as a pattern. */
const folders = /(?<![\w$])\/(var\/lib\/hardway|etc\/systemd|opt\/hardway|run\/hardway|usr\/sbin\/policy-rc\.d)/g;

const id = (flag: string): string => execFileSync('id', [flag], { encoding: 'utf8' }).trim();

/** Whoever runs the tests, as `user:group`: no one else's files can be made without root. */
export const self = `${id('-un')}:${id('-gn')}`;

/** systemd as far as the script asks it; logs each call, and knows which units are enabled as systemd does. */
const systemctl = `#!/bin/sh
echo "$*" >>"$ROOT/calls"
wants=$ROOT/etc/systemd/system/multi-user.target.wants
case "$*" in 'show -p MainPID,ExecStart'*)
  cat "$ROOT/program"
  [ ! -e "$ROOT/reload-needed" ] || echo NeedDaemonReload=yes
  exit ;; esac
case $1 in
  enable) mkdir -p "$wants"; shift 2; for unit; do ln -sfn "../$unit" "$wants/$unit"; done ;;
  disable) rm -f "$wants/$3" ;;
  show)
    state=active enabled=disabled reload=no
    [ ! -e "$ROOT/failed" ] || state=failed
    [ ! -L "$wants/$4" ] || enabled=enabled
    [ ! -e "$ROOT/reload-needed" ] || reload=yes
    echo "ActiveState=$state"
    echo "UnitFileState=$enabled"
    echo "NeedDaemonReload=$reload"
    echo "DropInPaths=$(echo /usr/lib/systemd/system/service.d/x.conf $(ls -d "$ROOT/etc/systemd/system/$4.d/"* 2>/dev/null))" ;;
  is-active) [ ! -e "$ROOT/failed" ] || exit 3; echo active ;;
  --no-pager) echo "status of $4" ;;
esac
`;

/** A folder that stands for a machine's root, with the commands beside it that a test must not really run. */
export class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'machine-'));

  constructor() {
    this.command('systemctl', systemctl);
    this.write('/program', 'MainPID=0\n');
    this.command('journalctl', '#!/bin/sh\necho "journal: $*"\n');
    this.command('hostname', '#!/bin/sh\necho box\n');
    for (const folder of ['run', 'var/lib', 'opt']) mkdirSync(join(this.root, folder), { recursive: true });
  }

  /** Puts a command before the host's own. `$ROOT` is this machine's root. */
  command(name: string, text: string): void {
    this.write(`/bin/${name}`, text);
    chmodSync(join(this.root, 'bin', name), 0o755);
  }

  at(path: string): string {
    return join(this.root, path);
  }

  has(path: string): boolean {
    return existsSync(this.at(path));
  }

  read(path: string): string {
    return readFileSync(this.at(path), 'utf8');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
  }

  folder(path: string): void {
    mkdirSync(this.at(path), { recursive: true });
  }

  /** What systemctl was told to do since the last time. */
  calls(): string[] {
    const lines = this.has('/calls') ? this.read('/calls').trim().split('\n') : [];
    this.write('/calls', '');
    return lines.filter((line) => line !== '' && !line.startsWith('show '));
  }

  /** A plan whose paths lie on this machine, its files owned by whoever runs the test. */
  plan(plan: Partial<RolePlan>): RolePlan {
    const under = <T>(record: Readonly<Record<string, T>> = {}, change = (value: T): T => value) =>
      Object.fromEntries(Object.entries(record).map(([path, value]) => [this.at(path), change(value)]));
    return {
      files: under(plan.files, (file) => ({ ...file, owner: file.owner ?? self })),
      directories: under(plan.directories),
      links: under(plan.links, (target) => this.at(target)),
      services: (plan.services ?? []).map(({ unit, restartOn, reloadOn }) => ({
        unit,
        restartOn: restartOn.map((path) => this.at(path)),
        ...(reloadOn ? { reloadOn: reloadOn.map((path) => this.at(path)) } : {}),
      })),
      preStart: plan.preStart ?? [],
      health: plan.health ?? 'true',
    };
  }

  /** The bundle of a role as a folder of this machine, its script made to stay on it. */
  async role(plan: Partial<RolePlan>): Promise<string> {
    return this.#unpack(await activationBundle(this.plan(plan)));
  }

  /** The bundle of a staging step, likewise. */
  async staging(artifacts: readonly StagedArtifact[], packages: readonly string[] = []): Promise<string> {
    return this.#unpack(await stagingBundle(artifacts, packages));
  }

  /** The bundle that claims a machine, likewise: its script looks at more of it than the others. */
  async claiming(): Promise<string> {
    return this.#unpack(await claimBundle(), /(?<![\w$\]"}/])\/(etc|opt|proc|root|run|sys|usr|var)(?=\/)/g);
  }

  #unpack(bundle: string, paths = folders): string {
    const folder = mkdtempSync(join(this.root, 'bundle-'));
    execFileSync('tar', ['-xzf', '-', '-C', folder], { input: Buffer.from(bundle, 'base64') });
    for (const name of ['apply.sh', 'packages.sh']) this.#keepHere(join(folder, name), paths);
    return folder;
  }

  #keepHere(script: string, paths: RegExp): void {
    if (!existsSync(script)) return;
    writeFileSync(
      script,
      readFileSync(script, 'utf8')
        .replaceAll(paths, `${this.root}/$1`)
        // What the script is patient about, a test is not.
        .replace('limit=180', 'limit=3')
        .replace('sleep 0.5', 'sleep 0.01')
        .replace('--retry 8', '--retry 0'),
    );
  }

  /** Runs a shell text on this machine. */
  async shell(text: string, input = ''): Promise<Ended> {
    const { status, stderr } = await this.#shell(text, input);
    return { status, stderr };
  }

  /** Compares this machine with what its roles left, the way it is done over SSH: the text is the shell's input. */
  check(roles: readonly string[]): Promise<Ended & { readonly stdout: string }> {
    return this.#shell('exec sh -eu', checkScript(roles).replaceAll(folders, `${this.root}/$1`));
  }

  /** Everything that lies on this machine with mode, time and sum; calls of systemctl left out. */
  async listing(): Promise<string> {
    const list =
      'find . ! -name calls ! -path ./run -printf "%p %m %T@ %l\\n" | sort; find . -type f ! -name calls -exec sha256sum {} +';
    return (await this.#shell(`cd ${this.root}; ${list}`, '')).stdout;
  }

  #shell(text: string, input: string): Promise<Ended & { readonly stdout: string }> {
    const child = spawn('sh', ['-c', text], {
      env: { PATH: `${this.at('bin')}:${process.env.PATH}`, ROOT: this.root, LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return new Promise((resolve) => child.on('close', (status) => resolve({ status, stderr, stdout })));
  }

  /** Runs a bundle's script. */
  run(folder: string, ...args: string[]): Promise<Ended> {
    return this.shell(['umask 022; exec sh', `${folder}/apply.sh`, ...args].join(' '));
  }

  /** Applies a role's plan. */
  async apply(verb: 'start' | 'roll', plan: Partial<RolePlan>, role = 'thing', identity = 'id-1'): Promise<Ended> {
    return this.run(await this.role(plan), verb, role, identity);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
