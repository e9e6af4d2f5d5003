import { chmodSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readDifferences } from '../../../components/remote/check.ts';
import type { RolePlan } from '../../../lib/format/role.ts';
import { FakeMachine, self } from './fake-machine.ts';

const unit = '/etc/systemd/system/thing.service';
const odd = '/etc/thing/*?[a]$HOME\'"\\n;&';
const base = {
  files: {
    [unit]: { content: '[Service]\n', mode: 0o644 },
    '/etc/thing/key.pem': { content: 'a secret\n', mode: 0o600 },
    '/etc/thing/flags': { content: '--one\n', mode: 0o644 },
    [odd]: { content: 'x', mode: 0o644 },
  },
  links: { '/usr/local/bin/thing': '/opt/hardway/thing/1.0.0/thing' },
  services: [{ unit: 'thing.service', restartOn: ['/etc/thing/flags'] }],
} satisfies Partial<RolePlan>;

let machine: FakeMachine;
beforeEach(async () => {
  machine = new FakeMachine();
  machine.write('/opt/hardway/thing/1.0.0/thing', '');
  await machine.apply('start', base);
  machine.calls();
});
afterEach(() => machine.remove());

/** What the machine tells of itself, the folder that stands for its root taken out again. */
async function differences(...roles: string[]): Promise<string[]> {
  const { status, stderr, stdout } = await machine.check(roles.length > 0 ? roles : ['thing']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readDifferences(stdout.replaceAll(machine.root, '')).map(({ role, what, how }) => `${role} ${what} ${how}`);
}

describe('a machine as its roles left it', () => {
  it('shows nothing, after a start and after a change', async () => {
    expect(await differences()).toEqual([]);
    await machine.apply('roll', { ...base, files: { ...base.files, '/etc/thing/new': { content: 'y', mode: 0o640 } } });
    expect(await differences()).toEqual([]);
    await machine.apply('roll', base);
    expect(await differences()).toEqual([]);
  });

  it('is not changed by being looked at', async () => {
    const before = await machine.listing();
    await differences();
    expect(await machine.listing()).toBe(before);
    expect(machine.calls()).toEqual([]);
  });
});

describe('what runs', () => {
  it('is told where it is another program than the installed one', async () => {
    machine.write(
      '/program',
      `MainPID=${process.pid}\nExecStart={ path=${machine.at('/usr/local/bin/thing')} ; argv[]=x }\n`,
    );
    expect(await differences()).toEqual([
      `thing thing.service runs ${process.execPath}, not /opt/hardway/thing/1.0.0/thing`,
    ]);
  });

  it('is told where the health check of the role fails, in one line', async () => {
    await machine.apply('start', { ...base, health: 'echo one; echo "no\troute"; exit 1' });
    machine.calls();
    expect(await differences()).toEqual(['thing health check fails: no route']);
  });

  it('is told where the kernel has another setting than a file of the role', async () => {
    const name = 'kernel.ostype';
    await machine.apply('start', {
      ...base,
      files: {
        ...base.files,
        '/etc/sysctl.d/99-x.conf': { content: `${name} = Plan9\n-kernel.no_such = 1\n`, mode: 0o644 },
      },
    });
    machine.calls();
    expect(await differences()).toEqual([`thing sysctl ${name} is Linux, not Plan9`]);
  });
});

describe('a file', () => {
  it.each(['/etc/thing/flags', '/etc/thing/key.pem', odd])(
    'whose content was changed is told, not shown: %s',
    async (path) => {
      machine.write(path, 'by hand\n');
      expect(await differences()).toEqual([`thing ${path} has other content`]);
    },
  );

  it('that is gone, or something else, or with other rights', async () => {
    unlinkSync(machine.at('/etc/thing/flags'));
    expect(await differences()).toEqual(['thing /etc/thing/flags is missing']);
    symlinkSync(machine.at('/etc/thing/key.pem'), machine.at('/etc/thing/flags'));
    expect(await differences()).toEqual(['thing /etc/thing/flags is a link now']);
    unlinkSync(machine.at('/etc/thing/flags'));
    machine.write('/etc/thing/flags/x', '');
    expect(await differences()).toEqual(['thing /etc/thing/flags is no longer a file']);
    rmSync(machine.at('/etc/thing/flags'), { recursive: true });
    machine.write('/etc/thing/flags', '--one\n');
    chmodSync(machine.at('/etc/thing/flags'), 0o600);
    expect(await differences()).toEqual([`thing /etc/thing/flags is 0600 ${self}, was 0644 ${self}`]);
  });
});

describe('a link', () => {
  const link = '/usr/local/bin/thing';

  it('that points elsewhere, into nothing, is a file, or is gone', async () => {
    rmSync(machine.at('/opt/hardway/thing/1.0.0/thing'));
    const target = '/opt/hardway/thing/1.0.0/thing';
    expect(await differences()).toEqual([`thing ${link} points at ${target}, which is missing`]);
    unlinkSync(machine.at(link));
    expect(await differences()).toEqual([`thing ${link} is missing`]);
    machine.write('/elsewhere', '');
    symlinkSync(machine.at('/elsewhere'), machine.at(link));
    expect(await differences()).toEqual([`thing ${link} points at /elsewhere, not at ${target}`]);
    unlinkSync(machine.at(link));
    machine.write(link, '');
    expect(await differences()).toEqual([`thing ${link} is no longer a link`]);
  });
});

describe('a program behind a link', () => {
  it('that was exchanged', async () => {
    machine.write('/opt/hardway/thing/1.0.0/thing', 'another');
    expect(await differences()).toEqual(['thing /opt/hardway/thing/1.0.0/thing has another size or time']);
  });

  it('of another version, by the role itself, is no difference', async () => {
    machine.write('/opt/hardway/thing/1.1.0/thing', 'newer');
    await machine.apply('roll', { ...base, links: { '/usr/local/bin/thing': '/opt/hardway/thing/1.1.0/thing' } });
    expect(await differences()).toEqual([]);
  });
});

describe('a unit', () => {
  it('that does not run', async () => {
    machine.write('/failed', '');
    expect(await differences()).toEqual(['thing thing.service is failed, not active']);
  });

  it('that would not come back after a reboot', async () => {
    await machine.shell('systemctl disable --now thing.service');
    expect(await differences()).toEqual(['thing thing.service is disabled, not enabled']);
  });

  it('that was changed beside its file, by a drop-in of no role', async () => {
    const dropIn = '/etc/systemd/system/thing.service.d/10-mine.conf';
    machine.write(dropIn, '[Service]\nNice=5\n');
    expect(await differences()).toEqual([`thing thing.service is changed by ${dropIn}, which no role owns`]);
    await machine.apply('start', { files: { [dropIn]: { content: '[Service]\n', mode: 0o644 } } }, 'other');
    expect(await differences('thing', 'other')).toEqual([]);
  });

  it('whose file was read by systemd before it was changed', async () => {
    machine.write('/reload-needed', '');
    expect(await differences()).toEqual(['thing thing.service runs with an older unit file than the one on disk']);
  });
});

describe('the record', () => {
  const home = '/var/lib/hardway/thing';

  it('is looked at for the roles that are named, and told when it is missing', async () => {
    expect(await differences('thing', 'gone')).toEqual([
      'gone /var/lib/hardway/gone has no record of what was installed',
    ]);
  });

  it('says when the last run did not finish', async () => {
    machine.write('/failed', '');
    expect(
      (await machine.apply('roll', { ...base, files: { [unit]: { content: 'x', mode: 0o644 } }, health: 'false' }))
        .status,
    ).toBe(1);
    rmSync(machine.at('/failed'));
    expect(await differences()).toContain(`thing ${home} shows that the last run did not finish`);
  });

  it('goes with the role', async () => {
    await machine.shell(`sh ${machine.at('/var/lib/hardway/apply.sh')} remove thing id-1`);
    expect(machine.has(home)).toBe(false);
  });
});

describe('readDifferences', () => {
  it('refuses what the script did not print', () => {
    expect(() => readDifferences('sh: 1: not found\n')).toThrow('a line of another kind: sh: 1: not found');
  });
});
