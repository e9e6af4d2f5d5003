import { describe, expect, it } from '@jest/globals';
import { type PageRun, runPage } from '../../docs/tools/chapter.ts';
import { masked, recordOutput, sameOutput } from '../../docs/tools/compare.ts';
import { fencesOf, replaceFences } from '../../docs/tools/page.ts';
import { parseSession, printSession } from '../../docs/tools/session.ts';
import { Shell } from '../../docs/tools/shell.ts';

const fenced = (session: string, note = '') =>
  `# Page\n\n${note}${note && '\n'}\`\`\`console\n${session}\n\`\`\`\n\nText.\n`;

describe('a page', () => {
  const page =
    'Text\n\n<!-- not-run: why -->\n```console\n$ one\n```\n\n- item\n\n  ```yaml\n  a: 1\n  ```\n\n    indented\n';

  it('has fences with their notes, lines and places', () => {
    const fences = fencesOf(page);
    expect(fences.map(({ language, text, line, note }) => ({ language, text, line, note }))).toEqual([
      { language: 'console', text: '$ one', line: 4, note: 'not-run: why' },
      { language: 'yaml', text: 'a: 1', line: 10, note: undefined },
    ]);
    const [first] = fences;
    if (!first) throw new Error('no fence');
    expect(page.slice(first.start, first.end)).toBe('$ one');
    expect(replaceFences(page, new Map([[first, '$ two\n2']]))).toBe(page.replace('$ one', '$ two\n2'));
  });

  it('has empty fences too', () => {
    const empty = '```text\n```\n';
    const [first] = fencesOf(empty);
    if (!first) throw new Error('no fence');
    expect(replaceFences(empty, new Map([[first, 'a']]))).toBe('```text\na\n```\n');
    const blank = '```text\n\n```\n';
    const [second] = fencesOf(blank);
    if (!second) throw new Error('no fence');
    expect(replaceFences(blank, new Map([[second, 'a']]))).toBe('```text\na\n```\n');
  });
});

describe('a session', () => {
  const text = '$ first \\\n> --more\nout\n\n$ second\n> no prompt, but output';

  it('is commands with outputs, and can be put together again', () => {
    const steps = parseSession(text);
    expect(steps.map(({ command, output }) => ({ command, output }))).toEqual([
      { command: 'first \\\n--more', output: ['out', ''] },
      { command: 'second', output: ['> no prompt, but output'] },
    ]);
    expect(printSession(steps)).toBe(text);
  });

  it('begins with a command', () => {
    expect(() => parseSession('out\n$ one')).toThrow('begins with a command');
  });
});

describe('the comparison', () => {
  it.each([
    ['a pod', 'coredns-559fd98b88-tgdfj   1/1   Running   0   10m', 'coredns-7d9c5b4f66-xk2vz 1/1 Running 0 2m13s'],
    ['an address of a pod', '10.200.1.2', '10.200.128.7'],
    ['a date of openssl', 'notAfter=Nov 21 15:14:30 2027 GMT', 'notAfter=Dec  1 05:00:00 2028 GMT'],
    ['a veth', 'vethwepl4a1b2c3@if7', 'vethwepl0d9e8f7@if12'],
    ['an endpoint chain', 'KUBE-SEP-ABCDEFGHIJKLMNOP', 'KUBE-SEP-QRSTUVWXYZ234567'],
    ['who dialled', '-> 10.89.0.101:6783 established', '<- 10.89.0.101:56799 established'],
    ['a share of addresses', '16384 IPs (25.0% of total)', '49152 IPs (75.0% of total) (3 active)'],
    ['an address of a pod in a rule', '-s 10.200.0.4/32 -j', '-s 10.200.0.5/32 -j'],
    ['an address of an interface', 'eth0@if10  UP  10.200.192.1/16', 'eth0@if12  UP  10.200.0.4/16'],
    ['how many processes the machine has', 'user  21 /sbin/init', 'user  27 /sbin/init'],
    ['a text by an elision', 'kernel … (amd64)', 'kernel 6.12.1-cloud (amd64)'],
  ])('passes over %s', (_, recorded, actual) => {
    expect(sameOutput([recorded], [actual])).toBe(true);
  });

  it.each([
    ['another state', 'wrk01   Ready   10m', 'wrk01   NotReady   10m'],
    ['another address of a machine', '10.89.0.20', '10.89.0.21'],
    ['a connection to another machine', '-> 10.89.0.101:6783', '-> 10.89.0.102:6783'],
    ['an interface that is down', 'weave  UP  10.200.0.1/16', 'weave  DOWN  10.200.0.1/16'],
    ['a process in other namespaces', 'net  2 /pause', 'net  3 /pause'],
    ['the range of the pods', '10.200.0.0/16', '10.200.0.0/17'],
    ['another version', 'etcd 3.7.3', 'etcd 3.6.3'],
    ['a service chain', 'KUBE-SVC-ABCDEFGHIJKLMNOP', 'KUBE-SVC-QRSTUVWXYZ234567'],
    ['what stands around an elision', 'kernel … (amd64)', 'kernel 6.12.1-cloud (arm64)'],
  ])('sees %s', (_, recorded, actual) => {
    expect(sameOutput([recorded], [actual])).toBe(false);
  });

  it('takes a line that is an elision for any lines, and for none', () => {
    const recorded = ['a', '…', 'm', '…', 'z'];
    expect(sameOutput(recorded, ['a', 'b', 'm', 'n', 'z'])).toBe(true);
    expect(sameOutput(recorded, ['a', 'm', 'z'])).toBe(true);
    expect(sameOutput(recorded, ['a', 'b', 'z'])).toBe(false);
    expect(sameOutput(recorded, ['a', 'm', 'z', 'y'])).toBe(false);
    expect(sameOutput(['a', '…', 'a'], ['a'])).toBe(false);
  });

  it('sees lines that are missing and lines that are more', () => {
    expect(sameOutput(['a', 'b'], ['a'])).toBe(false);
    expect(sameOutput(['a'], ['a', 'b'])).toBe(false);
    expect(sameOutput([], ['a'])).toBe(false);
    expect(sameOutput(['a', ''], ['a'])).toBe(true);
  });

  it('leaves words alone that only look like made-up ones', () => {
    expect(masked('kube-apiserver kube-proxy weave-net cluster-admin')).toBe(
      'kube-apiserver kube-proxy weave-net cluster-admin',
    );
  });
});

describe('a new record', () => {
  it('keeps what is still right, and the elisions', () => {
    expect(recordOutput(['NAME AGE', 'wrk01 9m'], ['NAME AGE', 'wrk01 3s', 'wrk02 3s'])).toEqual([
      'NAME AGE',
      'wrk01 9m',
      'wrk01 9m'.replace('wrk01 9m', 'wrk02 3s'),
    ]);
    expect(recordOutput(['a', '…', 'z'], ['b', 'c', 'd', 'e'])).toEqual(['b', '…', 'e']);
    expect(recordOutput(['a', '…', 'm', '…'], ['b', 'c', 'm', 'e'])).toEqual(['b', '…', 'm', '…']);
    expect(recordOutput([], ['a', ''])).toEqual(['a']);
  });

  it('is always one that the same output passes', () => {
    const given = ['one', 'two', 'three', 'four'];
    for (const recorded of [[], ['…'], ['one', '…'], ['x', '…', 'y'], ['x'], ['…', 'three', '…', 'z']]) {
      expect(sameOutput(recordOutput(recorded, given), given)).toBe(true);
    }
  });
});

describe('a run of a page', () => {
  const shell = {
    run: async (command: string) => ({ output: `${command} on 10.96.0.20`, status: command === 'false' ? 1 : 0 }),
  };
  const run = (page: string, update = false) => {
    const printed: string[] = [];
    const options: PageRun = {
      ...{ path: 'page.md', page, shell, update },
      asRun: (command) => command.replace('dev', 'docs'),
      asShown: (output) => output.replace('docs', 'dev').replace('10.96.', '10.89.'),
      print: (line) => printed.push(line),
    };
    return runPage(options).then((result) => ({ ...result, printed }));
  };

  it('passes where the output is the recorded one', async () => {
    const page = fenced('$ show dev\nshow dev on 10.89.0.20');
    const { outcomes, page: after } = await run(page);
    expect(outcomes).toEqual([{ state: 'passed', where: 'page.md:4' }]);
    expect(after).toBe(page);
  });

  it('fails where it is not, with the line and both outputs', async () => {
    const { outcomes, printed, page } = await run(fenced('$ ok\nok on 10.89.0.20\n$ show\nsomething else'));
    expect(outcomes.map(({ state }) => state)).toEqual(['passed', 'failed']);
    expect(outcomes[1]?.where).toBe('page.md:6');
    expect(printed.join('\n')).toContain('something else');
    expect(printed.join('\n')).toContain('show on 10.89.0.20');
    expect(page).toContain('something else');
  });

  it('fails where the command does, even when outputs are recorded', async () => {
    const { outcomes, page } = await run(fenced('$ false\nx'), true);
    expect(outcomes).toMatchObject([{ state: 'failed' }]);
    expect(page).toContain('$ false\nx');
  });

  it('records on demand, and leaves the rest of the page alone', async () => {
    const { outcomes, page } = await run(fenced('$ show\nsomething else'), true);
    expect(outcomes).toMatchObject([{ state: 'recorded' }]);
    expect(page).toBe(fenced('$ show\nshow on 10.89.0.20'));
  });

  it('runs no block that says why it is not run, and counts it', async () => {
    const { outcomes } = await run(fenced('$ show\nx', '<!-- not-run: needs AWS -->'), true);
    expect(outcomes).toEqual([{ state: 'not-run', where: 'page.md:5', reason: 'needs AWS' }]);
  });
});

describe('the shell', () => {
  it('keeps variables, reports status, mixes both outputs, and bears commands that do not parse', async () => {
    const shell = new Shell('/', { ...process.env });
    try {
      expect(await shell.run('X=1; echo one; echo two >&2', 10_000)).toEqual({ output: 'one\ntwo', status: 0 });
      expect(await shell.run('echo "$X"; cat; printf end', 10_000)).toEqual({ output: '1\nend', status: 0 });
      expect((await shell.run("echo 'open", 10_000)).status).not.toBe(0);
      expect((await shell.run('false', 10_000)).status).toBe(1);
      await expect(shell.run('sleep 60', 50)).rejects.toThrow('no end after');
    } finally {
      shell.close();
    }
  });

  it('says so when a command ends it', async () => {
    const shell = new Shell('/', { ...process.env });
    await expect(shell.run('exit 3', 10_000)).rejects.toThrow('ended the shell');
  });
});
