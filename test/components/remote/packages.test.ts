import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeMachine } from './fake-machine.ts';

/** dpkg-query as far as it is asked: says what lies in `$ROOT/installed`. */
const dpkg =
  '#!/bin/sh\nshift 2\nstatus=0\nfor name; do grep "^$name " "$ROOT/installed" || status=1; done\nexit $status\n';

/** apt-get: notes its words and whether services may start, and installs what it is told. */
const apt = `#!/bin/sh
while :; do case $1 in -o) shift 2 ;; -*) shift ;; *) break ;; esac; done
verb=$1; shift
echo "$verb $*" >>"$ROOT/apt-calls"
if [ $verb = install ]; then
  said=
  for words in '--quiet nginx start' 'nginx.service start' 'keepalived restart' 'ssh start' '--list x'; do
    [ ! -e "$ROOT/usr/sbin/policy-rc.d" ] || "$ROOT/usr/sbin/policy-rc.d" $words
    said="$said $?"
  done
  echo "policy$said, frontend $DEBIAN_FRONTEND" >>"$ROOT/apt-calls"
  [ ! -e "$ROOT/apt-fails" ] || { cat "$ROOT/apt-fails"; exit 100; }
  for name; do echo "$name ii " >>"$ROOT/installed"; done
else
  [ ! -e "$ROOT/update-fails" ] || { cat "$ROOT/update-fails"; rm "$ROOT/update-fails"; exit 100; }
fi
`;

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
  machine.command('dpkg-query', dpkg);
  machine.command('apt-get', apt);
  machine.command('sleep', '#!/bin/sh\necho "sleep $1" >>"$ROOT/apt-calls"\n');
  machine.write('/usr/sbin/.keep', '');
  machine.write('/installed', 'curl ii \nsocat rc \nipset hi \n');
});
afterEach(() => machine.remove());

const fine = { status: 0, stderr: '' };
const policy = '/usr/sbin/policy-rc.d';
const stage = async (...packages: string[]) => machine.run(await machine.staging([], packages));
const calls = () => (machine.has('/apt-calls') ? machine.read('/apt-calls').trim().split('\n') : []);

describe("the distribution's packages", () => {
  it('are left alone where all are there, one on hold among them', async () => {
    expect(await stage('curl', 'ipset')).toEqual(fine);
    expect(calls()).toEqual([]);
  });

  it('are installed where they are missing or only their settings are left, without starting anything', async () => {
    expect(await stage('curl', 'socat', 'conntrack')).toEqual(fine);
    expect(calls()).toEqual(['update ', 'install socat conntrack', 'policy 0 0 0 0 0, frontend noninteractive']);
    expect(machine.has(policy)).toBe(false);
    expect(await stage('curl', 'socat', 'conntrack')).toEqual(fine);
    expect(calls()).toHaveLength(3);
  });

  it.each(['nginx', 'keepalived', 'libnginx-mod-stream'])(
    'do not start what would have the wrong configuration, and keep no other service from it: %s',
    async (name) => {
      expect(await stage('curl', name)).toEqual(fine);
      expect(calls().at(-1)).toBe('policy 101 101 101 0 0, frontend noninteractive');
      expect(machine.has(policy)).toBe(false);
    },
  );

  it('have no policy while the lists are fetched', async () => {
    machine.command('apt-get', `#!/bin/sh\n[ ! -e ${machine.at(policy)} ] || echo "$*" >>"$ROOT/apt-calls"\n`);
    expect(await stage('nginx')).toEqual(fine);
    expect(calls()).toEqual([expect.stringContaining('install nginx')]);
  });

  it("do not touch a policy that is the machine's own", async () => {
    machine.write(policy, '#!/bin/sh\nexit 104\n');
    await machine.shell(`chmod 755 ${machine.at(policy)}`);
    expect(await stage('nginx')).toEqual(fine);
    expect(calls()).toContain('policy 104 104 104 104 104, frontend noninteractive');
    expect(machine.read(policy)).toBe('#!/bin/sh\nexit 104\n');
  });

  it('take back a policy that a killed run left behind', async () => {
    machine.command('apt-get', '#!/bin/sh\ncase " $* " in *\\ install\\ *) kill -9 "$PPID" ;; esac\n');
    expect((await stage('nginx')).status).not.toBe(0);
    expect(machine.has(policy)).toBe(true);
    expect(await stage('curl')).toEqual(fine);
    expect(machine.has(policy)).toBe(false);
  });

  it('wait for another apt to let go of its lists', async () => {
    machine.write(
      '/update-fails',
      'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)\n',
    );
    expect(await stage('nginx')).toEqual(fine);
    expect(calls().slice(0, 3)).toEqual(['update ', 'sleep 5', 'update ']);
  });

  it('are tried with the lists of another day where new ones cannot be had', async () => {
    machine.write('/update-fails', 'E: Failed to fetch it\n');
    expect(await stage('nginx')).toEqual(fine);
    expect(calls().slice(0, 2)).toEqual(['update ', 'install nginx']);
  });

  it.each([
    ['E: Unable to locate package conntrack', 'enable "universe"'],
    ["E: Package 'conntrack' has no installation candidate", 'enable "universe"'],
    ['E: Failed to fetch http://example.com/x  Temporary failure resolving', 'its package mirror cannot be reached'],
    ['E: Could not get lock /var/lib/dpkg/lock-frontend', 'another apt or dpkg has been at work there for 300 s'],
    ['E: dpkg was interrupted, you must manually run it', 'run "dpkg --configure -a" there'],
    ['dpkg: error: No space left on device', 'free some disk'],
    ['E: Something else', '"apt-get install" of these packages must pass there'],
  ])('that cannot be had: %s', async (said, next) => {
    machine.write('/apt-fails', `Reading package lists...\n${said}\n`);
    const { status, stderr } = await stage('curl', 'conntrack', 'nginx');
    expect(status).toBe(1);
    expect(stderr).toContain('box: staging: packages that are missing could not be installed: conntrack nginx\n');
    expect(stderr).toContain(said);
    expect(stderr.trim().split('\n').at(-1)).toContain(next);
    expect(stderr).not.toContain('Reading package lists');
    expect(machine.has(policy)).toBe(false);
  });
});
