import { chmodSync, lstatSync, readdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RolePlan } from '../../../lib/format/role.ts';
import { FakeMachine } from './fake-machine.ts';

const unit = (name: string) => ({ content: `[Service]\nExecStart=/usr/local/bin/${name}\n`, mode: 0o644 });

const base = {
  directories: { '/var/lib/thing': 0o700 },
  files: {
    '/etc/systemd/system/thing.service': unit('thing'),
    '/etc/systemd/system/other.service': unit('other'),
    '/etc/thing/key.pem': { content: 'a secret\n', mode: 0o600 },
    '/etc/thing/flags': { content: '--one\n', mode: 0o644 },
    '/etc/thing/live': { content: 'live\n', mode: 0o640 },
  },
  links: { '/usr/local/bin/thing': '/opt/hardway/thing/1.0.0/thing' },
  services: [
    { unit: 'thing.service', restartOn: ['/etc/thing/key.pem', '/usr/local/bin/thing'], reloadOn: ['/etc/thing/live'] },
    { unit: 'other.service', restartOn: ['/etc/thing/flags'] },
  ],
} satisfies Partial<RolePlan>;

/** The plan with other files over its own. */
const withFiles = (files: RolePlan['files']): Partial<RolePlan> => ({ ...base, files: { ...base.files, ...files } });

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
  machine.write('/opt/hardway/thing/1.0.0/thing', '');
  machine.write('/opt/hardway/thing/1.1.0/thing', '');
});
afterEach(() => machine.remove());

const mode = (path: string) => statSync(machine.at(path)).mode & 0o7777;
const fine = { status: 0, stderr: '' };

describe('the first start', () => {
  it('makes files with their modes, directories and links, and starts every unit without waiting', async () => {
    expect(await machine.apply('start', base)).toEqual(fine);
    expect(machine.read('/etc/thing/key.pem')).toBe('a secret\n');
    expect(mode('/etc/thing/key.pem')).toBe(0o600);
    expect(mode('/etc/thing/live')).toBe(0o640);
    expect(mode('/etc/systemd/system/thing.service')).toBe(0o644);
    expect(mode('/var/lib/thing')).toBe(0o700);
    expect(statSync(machine.at('/etc/thing/key.pem')).uid).toBe(process.getuid?.());
    expect(readlinkSync(machine.at('/usr/local/bin/thing'))).toBe(machine.at('/opt/hardway/thing/1.0.0/thing'));
    expect(machine.calls()).toEqual([
      'enable -q thing.service other.service',
      'restart --no-block thing.service other.service',
    ]);
    expect(readdirSync(machine.at('/etc/thing')).sort()).toEqual(['flags', 'key.pem', 'live']);
  });

  it('gives a private file its mode before its name', async () => {
    machine.command(
      'mv',
      '#!/bin/sh\nfor source; do [ ! -f "$source" ] || stat -c "%a %n" "$source" >>"$ROOT/seen"; done\nexec /bin/mv "$@"\n',
    );
    machine.command('chmod', '#!/bin/sh\necho "chmod $*" >>"$ROOT/seen"\nexec /bin/chmod "$@"\n');
    expect(await machine.apply('start', base)).toEqual(fine);
    const seen = machine
      .read('/seen')
      .split('\n')
      .filter((line) => line.includes('key.pem'));
    expect(seen).toEqual([`600 ${machine.at('/etc/thing/key.pem')}.hardway-new`]);
  });

  it('keeps its own notes from everyone else', async () => {
    await machine.apply('start', base);
    expect(mode('/var/lib/hardway/thing')).toBe(0o700);
  });

  it('reads the units anew where a role has drop-ins alone', async () => {
    const dropIn = { '/etc/systemd/networkd.conf.d/thing.conf': { content: '[Network]\n', mode: 0o644 } };
    expect(await machine.apply('start', { files: dropIn })).toEqual(fine);
    expect(machine.calls()).toEqual(['daemon-reload']);
  });
});

it('starts without waiting where it is to roll and the role never was: the machine is another one', async () => {
  expect(await machine.apply('roll', { ...base, health: 'false' })).toEqual(fine);
  expect(machine.calls()).toContain('restart --no-block thing.service other.service');
});

describe('a second run', () => {
  beforeEach(async () => {
    await machine.apply('start', base);
    machine.calls();
  });

  const inodes = () =>
    [...Object.keys(base.files), ...Object.keys(base.links)].map((path) => lstatSync(machine.at(path)).ino);

  it('writes nothing and restarts nothing when nothing changed', async () => {
    const before = inodes();
    expect(await machine.apply('roll', base)).toEqual(fine);
    expect(inodes()).toEqual(before);
    expect(machine.calls()).toEqual(['start --no-block thing.service other.service']);
  });

  it('does not wait for a role that was not well before, where nothing restarts: it may need the others first', async () => {
    const sick = { ...base, health: 'false' };
    expect(
      await machine.apply('roll', {
        ...sick,
        files: { ...sick.files, '/etc/thing/cert': { content: 'x', mode: 0o644 } },
      }),
    ).toEqual(fine);
  });

  it('waits for it where a unit of it does not run', async () => {
    machine.write('/failed', '');
    expect((await machine.apply('roll', { ...base, health: 'false' })).status).toBe(1);
  });

  it('restarts a timer without asking whether the role may stop, and without waiting for it', async () => {
    const timed = { ...base, services: [...base.services, { unit: 'thing.timer', restartOn: ['/etc/thing/when'] }] };
    const files = { ...base.files, '/etc/thing/when': { content: 'now', mode: 0o644 } };
    expect(await machine.apply('roll', { ...timed, files, health: 'false' })).toEqual(fine);
    expect(machine.calls()).toContain('restart --no-block thing.timer');
  });

  it('restarts a unit that runs another program than the installed one', async () => {
    const program = '/opt/hardway/other/1.0.0/other';
    machine.write(program, '');
    machine.write('/program', `MainPID=${process.pid}\nExecStart={ path=${machine.at(program)} ; argv[]=x }\n`);
    await machine.apply('roll', base);
    expect(machine.calls()).toContain('restart --no-block thing.service other.service');
  });

  it('has systemd read a unit file anew that was changed by hand', async () => {
    machine.write('/reload-needed', '');
    await machine.apply('roll', base);
    expect(machine.calls()).toEqual([
      'enable -q thing.service other.service',
      'stop thing.service other.service',
      'restart --no-block thing.service other.service',
    ]);
  });

  it('enables again what was disabled by hand', async () => {
    await machine.shell('systemctl disable --now other.service');
    machine.calls();
    await machine.apply('roll', base);
    expect(machine.calls()).toContain('enable -q thing.service other.service');
  });

  it('restarts the one unit that names a changed file, stopped first so that the old one is not asked', async () => {
    expect(await machine.apply('roll', withFiles({ '/etc/thing/flags': { content: '--two\n', mode: 0o644 } }))).toEqual(
      fine,
    );
    expect(machine.read('/etc/thing/flags')).toBe('--two\n');
    expect(machine.calls()).toEqual([
      'start --no-block thing.service',
      'stop other.service',
      'restart --no-block other.service',
    ]);
  });

  it('restarts a unit whose own file changed, after reading it anew', async () => {
    await machine.apply('roll', withFiles({ '/etc/systemd/system/other.service': unit('another') }));
    expect(machine.calls()).toEqual([
      'enable -q thing.service other.service',
      'start --no-block thing.service',
      'stop other.service',
      'restart --no-block other.service',
    ]);
  });

  it('restarts for a link that points elsewhere: that is an upgrade', async () => {
    await machine.apply('roll', { ...base, links: { '/usr/local/bin/thing': '/opt/hardway/thing/1.1.0/thing' } });
    expect(readlinkSync(machine.at('/usr/local/bin/thing'))).toBe(machine.at('/opt/hardway/thing/1.1.0/thing'));
    expect(machine.calls()).toContain('restart --no-block thing.service');
  });

  it('reloads, and does not restart, for what a unit reads while it runs', async () => {
    await machine.apply('roll', withFiles({ '/etc/thing/live': { content: 'other\n', mode: 0o640 } }));
    expect(machine.calls()).toEqual([
      'start --no-block thing.service other.service',
      'reload-or-restart --no-block thing.service',
    ]);
  });

  it('does not reload what it restarts', async () => {
    await machine.apply(
      'roll',
      withFiles({
        '/etc/thing/live': { content: 'other\n', mode: 0o640 },
        '/etc/thing/key.pem': { content: 'a new secret\n', mode: 0o600 },
      }),
    );
    expect(machine.calls().filter((call) => /reload|restart/.test(call))).toEqual(['restart --no-block thing.service']);
  });

  it('counts a mode alone as a change, in the plan and on the machine', async () => {
    await machine.apply('roll', withFiles({ '/etc/thing/flags': { content: '--one\n', mode: 0o600 } }));
    expect(mode('/etc/thing/flags')).toBe(0o600);
    expect(machine.calls()).toContain('restart --no-block other.service');
    chmodSync(machine.at('/etc/thing/key.pem'), 0o644);
    await machine.apply('roll', withFiles({ '/etc/thing/flags': { content: '--one\n', mode: 0o600 } }));
    expect(mode('/etc/thing/key.pem')).toBe(0o600);
    expect(machine.calls()).toContain('restart --no-block thing.service');
  });

  it('puts back what was edited or replaced by a link', async () => {
    writeFileSync(machine.at('/etc/thing/flags'), 'by hand\n');
    machine.write('/elsewhere', 'live\n');
    await machine.shell(`rm ${machine.at('/etc/thing/live')}`);
    symlinkSync(machine.at('/elsewhere'), machine.at('/etc/thing/live'));
    await machine.apply('roll', base);
    expect(machine.read('/etc/thing/flags')).toBe('--one\n');
    expect(lstatSync(machine.at('/etc/thing/live')).isSymbolicLink()).toBe(false);
  });

  it('takes away the file and the unit that the plan no longer names', async () => {
    const { '/etc/systemd/system/other.service': _, '/etc/thing/flags': __, ...files } = base.files;
    const [thing] = base.services;
    expect(await machine.apply('roll', { ...base, files, services: thing ? [thing] : [] })).toEqual(fine);
    expect(machine.has('/etc/thing/flags')).toBe(false);
    expect(machine.has('/etc/systemd/system/other.service')).toBe(false);
    expect(machine.calls()).toEqual([
      'disable --now other.service',
      'enable -q thing.service',
      'start --no-block thing.service',
    ]);
  });

  it('leaves a path that another role of the machine holds too', async () => {
    const shared = { files: {}, links: base.links };
    await machine.apply('start', shared, 'neighbour');
    await machine.apply('roll', { files: {} }, 'neighbour');
    expect(machine.has('/usr/local/bin/thing')).toBe(true);
    await machine.apply('roll', { files: {} });
    expect(machine.has('/usr/local/bin/thing')).toBe(false);
  });
});

describe('names with characters that mean something to a shell', () => {
  it('are taken as they are', async () => {
    const odd = '/etc/odd/*?[a]$HOME\'"\\n;&';
    const all = '/etc/odd/*';
    const unitFile = '/etc/systemd/system/odd@a-b\\x2d.service';
    const files = (text: Record<string, string>) => ({
      ...Object.fromEntries(Object.entries(text).map(([path, content]) => [path, { content, mode: 0o644 }])),
      [unitFile]: unit('odd'),
    });
    const services = [{ unit: 'odd@a-b\\x2d.service', restartOn: [odd, all] }];
    expect(
      await machine.apply('start', { files: files({ [odd]: 'x', [all]: 'x', '/etc/odd/b': 'x' }), services }),
    ).toEqual(fine);
    expect(machine.read(odd)).toBe('x');
    machine.calls();
    await machine.apply('roll', { files: files({ [odd]: 'x', [all]: 'x', '/etc/odd/b': 'y' }), services });
    expect(machine.calls()).toEqual(['start --no-block odd@a-b\\x2d.service']);
    await machine.apply('roll', { files: files({ [odd]: 'y', [all]: 'x', '/etc/odd/b': 'y' }), services });
    expect(machine.calls()).toContain('restart --no-block odd@a-b\\x2d.service');
  });
});
