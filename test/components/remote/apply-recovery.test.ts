import { lstatSync, readlinkSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RolePlan } from '../../../lib/format/role.ts';
import { FakeMachine } from './fake-machine.ts';

const file = (content: string) => ({ content, mode: 0o644 });

const base = {
  files: { '/etc/systemd/system/thing.service': file('[Service]\n'), '/etc/thing/flags': file('--one\n') },
  services: [{ unit: 'thing.service', restartOn: ['/etc/thing/flags'] }],
} satisfies Partial<RolePlan>;

/** The plan whose flags changed. */
const changed = { ...base, files: { ...base.files, '/etc/thing/flags': file('--two\n') } };

let machine: FakeMachine;
beforeEach(async () => {
  machine = new FakeMachine();
  await machine.apply('start', base);
  machine.calls();
});
afterEach(() => machine.remove());

const fine = { status: 0, stderr: '' };

describe('a run that was cut off', () => {
  // The script's own shell, as kill -9 or a power cut would end it: no trap of it runs.
  const cutOff = { settle: ['kill -9 "$PPID"'] };

  it('after files were written and before units were restarted is finished by the next', async () => {
    expect((await machine.apply('roll', { ...changed, ...cutOff })).status).not.toBe(0);
    expect(machine.read('/etc/thing/flags')).toBe('--two\n');
    expect(machine.calls()).toEqual([]);
    expect(await machine.apply('roll', changed)).toEqual(fine);
    expect(machine.calls()).toContain('restart --no-block thing.service');
    await machine.apply('roll', changed);
    expect(machine.calls().join()).not.toContain('restart');
  });

  it('in the middle of the files leaves nothing behind that a later plan no longer names', async () => {
    // Dies once the first file has its name, before any later one.
    machine.command('mv', '#!/bin/sh\n/bin/mv "$@"\ncase "$*" in *new-file*) kill -9 "$PPID" ;; esac\n');
    const plan = { ...base, files: { ...base.files, '/etc/thing/a-new-file': file('x') } };
    expect((await machine.apply('roll', plan)).status).not.toBe(0);
    expect(machine.has('/etc/thing/a-new-file')).toBe(true);
    machine.write('/etc/thing/a-new-file.hardway-new', 'a half');
    expect(await machine.apply('roll', base)).toEqual(fine);
    expect(machine.has('/etc/thing/a-new-file')).toBe(false);
    expect(machine.has('/etc/thing/a-new-file.hardway-new')).toBe(false);
  });

  it('leaves the script that a removal needs whole', async () => {
    machine.command('cp', '#!/bin/sh\n/bin/cp "$@"\ncase "$*" in *apply.sh*) kill -9 "$PPID" ;; esac\n');
    machine.write('/var/lib/hardway/apply.sh', 'an older one');
    await machine.apply('roll', changed);
    expect(machine.read('/var/lib/hardway/apply.sh')).toBe('an older one');
  });
});

describe('a run that fails', () => {
  it('names the machine and the next step after what the tool said', async () => {
    const { status, stderr } = await machine.apply('roll', { ...changed, settle: ['echo no such knob >&2; false'] });
    expect(status).toBe(1);
    expect(stderr).toContain('no such knob\nbox: thing: stopped halfway (free space: ');
    expect(stderr).toContain('run the same command again');
  });

  it('does not hide that a directory could not be made', async () => {
    machine.write('/var/lib/in-the-way', '');
    const { status, stderr } = await machine.apply('roll', {
      ...base,
      directories: { '/var/lib/in-the-way/x': 0o700 },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('in-the-way');
  });

  it('does not move a file into a folder of its name', async () => {
    machine.write('/etc/thing/folder/keep', '');
    const plan = { ...base, files: { ...base.files, '/etc/thing/folder': file('x') } };
    expect((await machine.apply('roll', plan)).status).toBe(1);
  });

  it('says which link has no target, and starts nothing', async () => {
    const links = { '/usr/local/bin/thing': '/opt/hardway/thing/9/thing' };
    const { status, stderr } = await machine.apply('start', { ...base, links }, 'second');
    expect(status).toBe(1);
    expect(stderr).toBe(
      `box: second: ${machine.at('/usr/local/bin/thing')} would point at ${machine.at('/opt/hardway/thing/9/thing')}, ` +
        'which is not staged. The staging step of this machine must run first.\n',
    );
    expect(machine.calls()).toEqual([]);
  });
});

describe('health after a change', () => {
  it('is waited for', async () => {
    const tries = machine.at('/tries');
    const health = `echo x >>${tries}; [ "$(wc -l <${tries})" -ge 3 ]`;
    expect(await machine.apply('roll', { ...changed, health })).toEqual(fine);
    expect(machine.read('/tries')).toBe('x\nx\nx\n');
  });

  it('is not asked for at the first start, where nothing may work yet', async () => {
    expect(await machine.apply('start', { ...changed, health: 'false' })).toEqual(fine);
  });

  it('that does not come shows the units, their journal and what was seen; the next run restarts again', async () => {
    machine.write('/failed', '');
    const { status, stderr } = await machine.apply('roll', { ...changed, health: 'echo refused >&2; false' });
    expect(status).toBe(1);
    expect(stderr).toContain('status of thing.service\n');
    expect(stderr).toContain('journal: --no-pager -n 15 -o short-iso -u thing.service\n');
    expect(stderr).toContain('box: thing: not healthy after the change: refused\n');
    expect(stderr.trim().split('\n').at(-1)).toContain('run the same command again');
    expect(stderr).not.toContain('stopped halfway');
    machine.calls();
    expect(await machine.apply('roll', changed)).toEqual(fine);
    expect(machine.calls()).toContain('restart --no-block thing.service');
  });
});

describe('taking a role off', () => {
  const removal = (identity: string, role = 'thing') =>
    machine.shell(`sh ${machine.at('/var/lib/hardway/apply.sh')} remove ${role} ${identity}`);

  it('stops its units and removes its files with the script that was left there', async () => {
    expect(await removal('id-1')).toEqual(fine);
    expect(machine.has('/etc/thing/flags')).toBe(false);
    expect(machine.has('/var/lib/hardway/thing')).toBe(false);
    expect(machine.calls()).toEqual(['disable --now thing.service', 'daemon-reload']);
    expect(await removal('id-1')).toEqual(fine);
  });

  it('does nothing where another machine has taken the place', async () => {
    expect(await removal('id-0')).toEqual(fine);
    expect(machine.has('/etc/thing/flags')).toBe(true);
    expect(machine.calls()).toEqual([]);
  });

  it.each([
    ['c1/wrk01/new', 'c1/wrk01/old', true],
    ['c1/wrk02/key', 'c1/wrk01/key', false],
    ['c2/wrk01/key', 'c1/wrk01/key', false],
    ['c1/new', 'c1/old', false],
  ])('of a machine marked %s, asked for %s: %s', async (mark, asked, gone) => {
    machine.write('/var/lib/hardway/identity', `${mark}\n`);
    expect(await removal(asked)).toEqual(fine);
    expect(machine.has('/etc/thing/flags')).toBe(!gone);
  });

  it('puts back the file that was there before its own, however often that changed', async () => {
    machine.write('/etc/theirs', 'of a package\n');
    const plan = (content: string) => ({ files: { '/etc/theirs': file(content) } });
    await machine.apply('start', plan('ours\n'), 'second');
    await machine.apply('roll', plan('ours, later\n'), 'second');
    expect(await removal('id-1', 'second')).toEqual(fine);
    expect(machine.read('/etc/theirs')).toBe('of a package\n');
    expect(await removal('id-1', 'second')).toEqual(fine);
    expect(machine.read('/etc/theirs')).toBe('of a package\n');
  });

  it('puts it back too when a later plan does without it, and keeps it anew', async () => {
    machine.write('/etc/theirs', 'of a package\n');
    const plan = { files: { '/etc/theirs': file('ours\n'), '/etc/mine': file('') } };
    await machine.apply('start', plan, 'second');
    await machine.apply('roll', { files: { '/etc/mine': file('') } }, 'second');
    expect(machine.read('/etc/theirs')).toBe('of a package\n');
    await machine.apply('roll', plan, 'second');
    expect(await removal('id-1', 'second')).toEqual(fine);
    expect(machine.read('/etc/theirs')).toBe('of a package\n');
  });

  it('puts back programs and links that its own links stood in for', async () => {
    const [program, plugin, dangling] = ['/usr/local/bin/tool', '/opt/cni/bin/bridge', '/etc/theirs'];
    machine.write(program, 'theirs\n');
    for (const path of ['/opt/cni/bin/x', '/etc/x']) machine.write(path, '');
    symlinkSync('../../theirs/bridge', machine.at(plugin));
    symlinkSync('/nowhere', machine.at(dangling));
    const links = { [program]: '/opt/hardway/thing/1/thing', [plugin]: '/opt/hardway/thing/1/thing' };
    const plan = { files: { [dangling]: file('ours\n') }, links };
    machine.write('/opt/hardway/thing/1/thing', '');
    machine.write('/opt/hardway/thing/2/thing', '');
    expect(await machine.apply('start', plan, 'second')).toEqual(fine);
    // A second role with the same link, and a later version: still theirs is what is kept.
    const later = { [program]: '/opt/hardway/thing/2/thing' };
    expect(await machine.apply('start', { links: later }, 'third')).toEqual(fine);
    expect(await removal('id-1', 'second')).toEqual(fine);
    expect(readlinkSync(machine.at(program))).toBe(machine.at('/opt/hardway/thing/2/thing'));
    expect(readlinkSync(machine.at(plugin))).toBe('../../theirs/bridge');
    expect(readlinkSync(machine.at(dangling))).toBe('/nowhere');
    expect(await removal('id-1', 'third')).toEqual(fine);
    expect(lstatSync(machine.at(program)).isSymbolicLink()).toBe(false);
    expect(machine.read(program)).toBe('theirs\n');
  });

  it('does not keep a link of its own, whoever forgot that it is', async () => {
    machine.write('/opt/hardway/thing/1/thing', '');
    machine.write('/usr/local/bin/.keep', '');
    symlinkSync(machine.at('/opt/hardway/thing/0/thing'), machine.at('/usr/local/bin/tool'));
    await machine.apply('start', { links: { '/usr/local/bin/tool': '/opt/hardway/thing/1/thing' } }, 'second');
    await removal('id-1', 'second');
    expect(() => lstatSync(machine.at('/usr/local/bin/tool'))).toThrow('ENOENT');
  });

  it("does not take for the machine's own what another role of ours put there", async () => {
    await machine.apply('start', { files: { '/etc/thing/flags': file('--two\n') } }, 'second');
    await removal('id-1');
    await removal('id-1', 'second');
    expect(machine.has('/etc/thing/flags')).toBe(false);
  });

  it('leaves the other roles, and what they share with it', async () => {
    await machine.apply('start', { files: { '/etc/thing/flags': file('--one\n'), '/etc/mine': file('') } }, 'second');
    expect(await removal('id-1', 'second')).toEqual(fine);
    expect(machine.has('/etc/mine')).toBe(false);
    expect(machine.has('/etc/thing/flags')).toBe(true);
  });
});
