import { writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { shellQuote } from '../../lib/format/shell.ts';
import { withPrivateFolder } from '../../lib/private-folder.ts';
import { UserError } from '../../lib/user-error.ts';
import { messageOf } from '../../smoke/check.ts';
import { Kubectl } from '../../smoke/kubectl.ts';
import { parseOutputs } from '../../smoke/outputs.ts';
import { DEFAULT_TIMEOUT_SECONDS, type MachineLogins, MachineSsh } from '../../ssh/machines.ts';
import { binDir, privateDir } from '../../toolchain/cache/paths.ts';
import { type DriftReport, driftText, exitStatus } from '../drift/report.ts';
import { PROXY_OWNER, WEAVE_OWNER } from '../drift/rules.ts';
import { leaveOut, leavingOut, silentMachines } from '../health/silent.ts';
import { explain } from '../output/failures.ts';
import { makeFor } from '../output/make.ts';
import { checkedConfig, provide, requireLabHost } from '../prepare.ts';
import { stackOutputs } from '../pulumi/engine.ts';
import { recover } from '../pulumi/recover.ts';
import { runUpdate } from '../pulumi/update.ts';
import { openWorkspace, type Workspace } from '../pulumi/workspace.ts';
import { findDrift } from './drift.ts';

type Print = (line: string) => void;

/** Where staging puts programs. */
const stagedFolder = '/opt/hardway/';

/**
 * The options of the update that puts everything back: another attempt at each role that differs, a second staging of
 * programs that were exchanged, and a look at the cloud and the API where resources differ. Pure.
 */
export function repairOptions({
  program,
  machines,
  roles,
}: Pick<DriftReport, 'program' | 'machines' | 'roles'>): string[] {
  const hit = roles.filter(({ machine, role }) => machines.some((one) => one.machine === machine && one.role === role));
  const staged = hit.flatMap(({ machine, stage }) =>
    stage && machines.some((one) => one.machine === machine && one.what.startsWith(stagedFolder)) ? stage : [],
  );
  const urns = new Set([...staged, ...hit.map(({ attempt }) => attempt)]);
  return [...(program.length > 0 ? ['--refresh'] : []), ...[...urns].flatMap((urn) => ['--replace', urn])];
}

/** Machines on which the rules of an owner are gone: it makes them when it starts. */
export function rulesGone({ machines }: Pick<DriftReport, 'machines'>, owner: string): string[] {
  return [...new Set(machines.filter(({ role }) => role === owner).map(({ machine }) => machine))];
}

/** Drop-ins of units that no role owns, by machine. */
export function foreignSettings({ machines }: Pick<DriftReport, 'machines'>): { machine: string; path: string }[] {
  return machines.flatMap(({ machine, how }) => {
    const path = /^is changed by (\/etc\/systemd\/\S+), which no role owns$/.exec(how)?.[1];
    return path === undefined ? [] : [{ machine, path }];
  });
}

/** Moves such settings out of systemd's sight. Another person wrote them, so they are kept. */
async function setAside(ssh: MachineLogins, settings: ReturnType<typeof foreignSettings>, print: Print): Promise<void> {
  const aside = '/var/lib/hardway/aside';
  await MachineSsh.using(ssh, DEFAULT_TIMEOUT_SECONDS, async (client) => {
    for (const { machine, path } of settings) {
      const kept = `${aside}${path}`;
      await client.run(machine, `mkdir -p ${shellQuote(dirname(kept))}; mv ${shellQuote(path)} ${shellQuote(kept)}`);
      print(`  ${machine}: ${path} is at ${kept} now`);
    }
  });
}

/**
 * `make repair`: puts back what {@link findDrift} finds, one machine at a time, each role healthy before the next one is
 * touched, and looks again.
 *
 * @returns 0 when nothing differs afterwards, else the status of `make drift`
 */
export async function repair(stack: string, print: Print): Promise<number> {
  const config = checkedConfig(stack);
  requireLabHost(config);
  print(`stack ${stack}: looking for drift`);
  const found = await findDrift(stack);
  print(driftText(found));
  if (exitStatus(found) === 0) return 0;
  const workspace = await openWorkspace({ stack, print });
  await recover(workspace, stack, print);
  await provide(config, print);
  const outputs = await stackOutputs(workspace, stack);
  const leftOut = leaveOut(await silentMachines(outputs, config), { standing: outputs, config }, print);
  print(`stack ${stack}: repairing`);
  await setAside(parseOutputs(outputs, { nodes: 0 }).ssh, foreignSettings(found), print);
  const machines = config.machinesList.map(({ name }) => name);
  const options = repairOptions(found);
  const update = await runUpdate({
    workspace: leavingOut(workspace, leftOut),
    stack,
    command: 'up',
    options,
    machines,
    print,
  });
  if (!update.ok) {
    const log = relative(workspace.repoDir, update.logPath);
    print(explain(update.failures, { log, stack, again: makeFor('repair', stack), changed: [] }));
    return 1;
  }
  await restartRules(workspace, stack, found, print);
  const left = await findDrift(stack);
  print(driftText(left));
  return exitStatus(left);
}

/** Restarts what makes its rules when it starts: kube-proxy first, since peers of Weave Net reach the API by a Service. */
async function restartRules(workspace: Workspace, stack: string, found: DriftReport, print: Print): Promise<void> {
  const [proxies, peers] = [rulesGone(found, PROXY_OWNER), rulesGone(found, WEAVE_OWNER)];
  if (proxies.length + peers.length === 0) return;
  const { kubeconfig, ssh } = parseOutputs(await stackOutputs(workspace, stack), { nodes: 0 });
  await MachineSsh.using(ssh, DEFAULT_TIMEOUT_SECONDS, async (client) => {
    for (const node of proxies) {
      print(`  ${node}: kube-proxy starts again, and makes its rules`);
      await client.run(node, 'systemctl restart kube-proxy');
    }
  });
  if (peers.length === 0) return;
  await withPrivateFolder(privateDir(), async (folder) => {
    const path = join(folder, 'kubeconfig');
    await writeFile(path, kubeconfig, { mode: 0o600 });
    const kubectl = new Kubectl(path, join(binDir(), 'kubectl'));
    const run = (...args: string[]) =>
      kubectl.run(['-n', 'kube-system', ...args], { signal: AbortSignal.timeout(180_000) });
    for (const node of peers) {
      print(`  ${node}: its peer of Weave Net starts again, and makes its rules`);
      const its = ['-l', 'name=weave-net', `--field-selector=spec.nodeName=${node}`];
      await run('delete', 'pod', ...its);
      try {
        await run('rollout', 'status', 'daemonset/weave-net', '--timeout=150s');
      } catch (error) {
        throw new UserError(
          `stack ${stack}: ${node}: its peer of Weave Net did not become ready: ${messageOf(error)}`,
          {
            fix: `"kubectl -n kube-system describe pod -l name=weave-net" says why; then run "${makeFor('repair', stack)}" again`,
          },
        );
      }
    }
  });
}
