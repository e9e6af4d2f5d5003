import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { activationBundle } from '../../../components/remote/bundle.ts';
import {
  asRoot,
  bundleCommand,
  releaseCommand,
  removalCommand,
  scriptCommand,
  scriptText,
} from '../../../components/remote/connection.ts';
import type { Machine } from '../../../components/remote/machine.ts';
import { FakeMachine } from './fake-machine.ts';

const target = (user: string) => ({ name: 'box', connection: { user } }) as unknown as Machine;
const root = target('root');

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
});
afterEach(() => machine.remove());

/** A step's text, made to stay on the fake machine. */
const here = (command: string) => command.replaceAll(/(?<![\w$])\/(run|var\/lib\/hardway)\b/g, `${machine.root}/$1`);

/** A bundle whose script is these lines. */
function bundleOf(script: string): string {
  const folder = mkdtempSync(join(machine.root, 'pack-'));
  writeFileSync(join(folder, 'apply.sh'), script);
  const packed = execFileSync('tar', ['-czf', '-', '-C', folder, '.']).toString('base64');
  rmSync(folder, { recursive: true });
  return packed;
}

const run = (script: string, ...args: string[]) => machine.shell(here(bundleCommand(root, ...args)), bundleOf(script));
const lock = '/run/hardway.lock';
const unpacked = () => readdirSync(machine.at('/run')).filter((name) => /^hardway\.(?!lock$)/.test(name));

/** Waits for it to hold; gives up before jest does, so that a loop does not outlive its test. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 400) throw new Error('it does not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a step's text", () => {
  it('runs the script of the bundle with its arguments as they are, and leaves nothing unpacked', async () => {
    const odd = `it's "$(id)" * \\ ; & | > x`;
    const { status, stderr } = await run(
      'printf "<%s>" "$@" >&2; ls -ld "$(dirname "$0")" | cut -c 1-10 >&2',
      'start',
      odd,
    );
    expect(status).toBe(0);
    expect(stderr).toBe(`<start><${odd}>drwx------\n`);
    expect(unpacked()).toEqual([]);
  });

  it('ends as the script ends, and tidies up then too', async () => {
    expect(await run('echo why >&2; exit 7')).toEqual({ status: 7, stderr: 'why\n' });
    expect(unpacked()).toEqual([]);
  });

  it('does not run a bundle that did not come whole', async () => {
    const whole = bundleOf(`echo ran >&2\n# ${'x'.repeat(3000)}`);
    const { status, stderr } = await machine.shell(here(bundleCommand(root)), whole.slice(0, -40));
    expect(status).not.toBe(0);
    expect(stderr).not.toContain('ran');
  });

  it('holds nothing of the content', async () => {
    const secret = 'a-private-key';
    const bundle = await activationBundle({
      files: { '/etc/key': { content: secret, mode: 0o600 } },
      links: {},
      services: [],
      health: 'true',
    });
    const texts = [bundleCommand(root, 'start', 'role', 'id'), removalCommand(root, 'role', 'id'), scriptCommand(root)];
    for (const text of texts) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(bundle.slice(0, 40));
      expect(text.length).toBeLessThan(700);
    }
  });

  it('reads as it is to be read for a user who is not root', async () => {
    machine.command('sudo', '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n');
    const command = here(bundleCommand(target('debian'), 'start', "it's"));
    expect(command).toMatch(/^sudo -n sh -c '/);
    const { status, stderr } = await machine.shell(command, bundleOf('printf "<%s>" "$@" >&2'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "<start><it's>" });
  });
});

describe('two steps on one machine', () => {
  /** Holds the machine until the test lets go of it, or is over. */
  const hold = () => `while [ -d ${machine.root} ] && [ ! -e ${machine.at('/go')} ]; do sleep 0.02; done`;

  it('are done one after the other', async () => {
    const log = machine.at('/log');
    const script = `echo in >>${log}; ${hold()}; echo out >>${log}`;
    const first = run(script);
    await until(() => existsSync(log));
    const second = run(script);
    await until(() => unpacked().length === 2);
    // Time in which the second would begin, were nothing in its way.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(readFileSync(log, 'utf8')).toBe('in\n');
    machine.write('/go', '');
    expect([(await first).status, (await second).status]).toEqual([0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('in\nout\nin\nout\n');
  });

  it('hold a lock where only root makes files', async () => {
    expect((await run('true')).status).toBe(0);
    expect(machine.has(lock)).toBe(true);
  });

  it('do not wait for ever: the second says for what it waited', async () => {
    const first = run(`touch ${machine.at('/begun')}; ${hold()}`);
    await until(() => machine.has('/begun'));
    const impatient = here(bundleCommand(root)).replace('flock -w 600', 'flock -w 0');
    const second = await machine.shell(impatient, bundleOf('echo ran >&2'));
    machine.write('/go', '');
    await first;
    expect(second).toEqual({
      status: 98,
      stderr: 'box: another step has been at work here for 600 s. Run the same command again.\n',
    });
  });

  it('are ended when they take too long, and say so', async () => {
    const short = here(bundleCommand(root)).replace('timeout -k 10 900', 'timeout -k 1 0.3');
    const { status, stderr } = await machine.shell(short, bundleOf('exec sleep 60'));
    expect(status).toBe(124);
    expect(stderr).toContain('box: this step was ended after 900 s. Run the same command again.\n');
    expect(unpacked()).toEqual([]);
  });
});

describe('the text that takes a role off', () => {
  const removal = () => machine.shell(here(removalCommand(root, "a'b", 'id 1')));

  it('does nothing where there is nothing', async () => {
    expect(await removal()).toEqual({ status: 0, stderr: '' });
  });

  it('runs the script that was left there, its words as they are', async () => {
    machine.write('/var/lib/hardway/apply.sh', 'printf "<%s>" "$@" >&2');
    expect(await removal()).toEqual({ status: 0, stderr: "<remove><a'b><id 1>" });
  });
});

describe('the text for a login that is not root', () => {
  const ops = target('ops');
  /** sudo as far as it is asked here. */
  const sudo = '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\nexec "$@"\n';

  it.each([
    ['plain', 'echo one two'],
    ['with quotes', `echo "it's" '$HOME'`],
    ['with lines and backslashes', `printf 'a\\nb\\n'; \necho "c\\\\d"`],
  ])('does the same as for root: %s', async (_, script) => {
    machine.command('sudo', sudo);
    const said = async (text: string) => (await machine.shell(`(${text}\n) >&2`)).stderr;
    expect(await said(asRoot(ops, script))).toBe(await said(script));
    expect(await said(script)).not.toBe('');
  });

  it('finds the commands of administrators whatever PATH the login has', async () => {
    machine.command('sudo', '#!/bin/sh\nshift\nPATH=/usr/bin:/bin exec "$@"\n');
    expect((await machine.shell(asRoot(ops, 'echo $PATH >&2'))).stderr).toMatch(/\/usr\/local\/sbin:.*:\/sbin/);
  });

  it('holds nothing that shells of another family read otherwise: no line, and no backslash inside quotes', () => {
    const texts = [
      bundleCommand(ops, 'start', 'etcd', 'c/n/k'),
      removalCommand(ops, 'etcd', 'c/n/k'),
      releaseCommand(ops, 'c/n/k'),
      scriptCommand(ops),
      scriptText(ops, `a='b'\nc "d\\n"`),
    ];
    for (const text of texts) {
      expect(text).not.toContain('\n');
      // A quote within quotes ends them, stands alone behind a backslash, and begins them again.
      expect(text.replaceAll("'\\''", '')).not.toContain('\\');
    }
  });
});
