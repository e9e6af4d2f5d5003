import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { binDir } from '../../toolchain/paths.ts';
import { pluginNames, toolVersions } from '../../toolchain/tools.ts';
import type { Home } from '../home.ts';
import { stackFile } from '../pulumi.ts';
import { keepingSaltOut } from '../stack-salt.ts';

/** Lays plugins out as `pulumi plugin install` does, below a home folder of a person who has never heard of hardway. */
async function layOut(home: string): Promise<void> {
  for (const name of pluginNames) {
    const folder = join(home, '.pulumi', 'plugins', `resource-${name}-v${toolVersions[name]}`);
    await mkdir(folder, { recursive: true });
    const program = `pulumi-resource-${name}`;
    await symlink(await realpath(join(binDir(), program)), join(folder, program));
  }
}

/** The environment of plain `pulumi`: its own defaults, node on PATH, and where the state is. Nothing else of ours. */
export async function stockEnvironment(home: Home, person: string): Promise<Record<string, string>> {
  const engine = dirname(await realpath(join(binDir(), 'pulumi')));
  return {
    HOME: person,
    // Pulumi takes the home folder from the accounts of the system and not from HOME.
    PULUMI_HOME: join(person, '.pulumi'),
    PATH: [engine, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':'),
    PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_BACKEND_URL: `file://${home.backendDir}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(home.stateDir, 'passphrase'),
  };
}

/**
 * Has plain `pulumi` preview a stack that stands, with the plugins where its own installer puts them.
 *
 * @throws Error with what it said, where it sees a change or fails
 */
export async function stockPreview(home: Home, stack: string): Promise<void> {
  const person = await mkdtemp(join(tmpdir(), 'hardway-stock-'));
  try {
    await layOut(person);
    const args = ['preview', '--stack', stack, '--expect-no-changes', '--non-interactive', '--color', 'never'];
    const result = await keepingSaltOut(stackFile(home, stack), async () =>
      execa('pulumi', args, {
        cwd: home.repoDir,
        env: await stockEnvironment(home, person),
        extendEnv: false,
        reject: false,
        all: true,
        stdin: 'ignore',
      }),
    );
    if (result.exitCode !== 0) throw new Error(String(result.all || result.shortMessage));
  } finally {
    await rm(person, { recursive: true, force: true });
  }
}
