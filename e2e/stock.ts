import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { keepEncryptionSaltOut } from '../cli/pulumi/encryption-salt.ts';
import { stackFile } from '../cli/pulumi/engine.ts';
import type { Workspace } from '../cli/pulumi/workspace.ts';
import { binDir } from '../toolchain/cache/paths.ts';
import { pluginNames, toolVersions } from '../toolchain/plan/tools.ts';

/** Lays plugins out as `pulumi plugin install` does, below a home folder of a person who has never heard of hardway. */
async function layOut(workspace: string): Promise<void> {
  for (const name of pluginNames) {
    const folder = join(workspace, '.pulumi', 'plugins', `resource-${name}-v${toolVersions[name]}`);
    await mkdir(folder, { recursive: true });
    const program = `pulumi-resource-${name}`;
    await symlink(await realpath(join(binDir(), program)), join(folder, program));
  }
}

/** The environment of plain `pulumi`: its own defaults, node on PATH, and where the state is. Nothing else of ours. */
async function stockEnvironment(workspace: Workspace, person: string): Promise<Record<string, string>> {
  const engine = dirname(await realpath(join(binDir(), 'pulumi')));
  return {
    HOME: person,
    // Pulumi takes the home folder from the accounts of the system and not from HOME.
    PULUMI_HOME: join(person, '.pulumi'),
    PATH: [engine, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':'),
    PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_BACKEND_URL: `file://${workspace.backendDir}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(workspace.stateDir, 'passphrase'),
  };
}

/**
 * Has plain `pulumi` preview a stack that stands, with the plugins where its own installer puts them.
 *
 * @throws Error with what it said, where it sees a change or fails
 */
export async function stockPreview(workspace: Workspace, stack: string): Promise<void> {
  const person = await mkdtemp(join(tmpdir(), 'hardway-stock-'));
  try {
    await layOut(person);
    const args = ['preview', '--stack', stack, '--expect-no-changes', '--non-interactive', '--color', 'never'];
    const result = await keepEncryptionSaltOut(stackFile(workspace, stack), async () =>
      execa('pulumi', args, {
        cwd: workspace.repoDir,
        env: await stockEnvironment(workspace, person),
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
