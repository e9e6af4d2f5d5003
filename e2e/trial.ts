import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { down } from '../cli/commands/down.ts';
import { smokeStack } from '../cli/commands/smoke.ts';
import { up } from '../cli/commands/up.ts';
import { changesText, isUnchanged } from '../cli/output/progress-reporter.ts';
import type { Steps } from '../cli/output/steps.ts';
import { pulumi, stackFile, stackOutputs } from '../cli/pulumi/engine.ts';
import type { Workspace } from '../cli/pulumi/workspace.ts';
import { type ClusterOutputs, parseOutputs } from '../smoke/outputs.ts';
import { DEFAULT_TIMEOUT_SECONDS, MachineSsh } from '../ssh/machines.ts';
import { survivesDeaths, type TestCluster } from './config.ts';
import { tryDeaths } from './deaths.ts';
import { killedUp } from './kill.ts';
import { leftovers, machinesOf, restartAll } from './lab.ts';
import { samplingCommands } from './sampler.ts';
import { findNeedles, keyMarks, needles, secretTexts } from './secrets.ts';
import { stockPreview } from './stock.ts';
import { changedUnits, parseUnitStarts, type UnitStarts, unitStartsScript } from './units.ts';

/** Where lines go. */
export type Print = (line: string) => void;

/** Lines that belong to a step, set in. */
export const indented =
  (print: Print): Print =>
  (text) =>
    print(text.replaceAll(/^/gm, '      '));

/** The steps of one run against one test cluster. */
export class Trial {
  readonly #lab: string;
  readonly #cluster: TestCluster;
  readonly #home: Workspace;
  readonly #steps: Steps;
  readonly #print: Print;
  /** Command lines of this host's processes that were seen while updates ran. */
  readonly #commands = new Set<string>();

  /** @param lab - the lab whose machines the cluster runs on, whoever made them */
  constructor(cluster: TestCluster, lab: string, workspace: Workspace, steps: Steps, print: Print) {
    this.#cluster = cluster;
    this.#lab = lab;
    this.#home = workspace;
    this.#steps = steps;
    this.#print = indented(print);
  }

  async bringUp(kill: boolean): Promise<boolean> {
    if (kill) {
      const killed = await this.#steps.step('an update is killed in its middle', () =>
        killedUp({ stack: this.#cluster.stack, workspace: this.#home, print: this.#print }),
      );
      if (!killed) return false;
    }
    return this.#steps.step(kill ? 'up goes on from there' : 'up', async () => {
      await this.#up();
    });
  }

  async tryOut(): Promise<void> {
    const steps = this.#steps;
    await this.#smoke('smoke test');
    let before: UnitStarts = new Map();
    await steps.step('units run on every machine', async () => {
      before = await this.#unitStarts();
      if (before.size === 0) throw new Error('no unit runs');
      return `${before.size} units`;
    });
    await steps.step('a second up changes nothing', async () => {
      const changes = await this.#up();
      if (!isUnchanged(changes)) throw new Error(`expected no changes, seen ${changesText(changes)}`);
      return changesText(changes);
    });
    await steps.step('a second up restarts nothing', async () => {
      const changed = changedUnits(before, await this.#unitStarts());
      if (changed.length > 0) throw new Error(changed.join('\n'));
    });
    await steps.step('plain pulumi, with its plugins in ~/.pulumi, sees no changes', () =>
      stockPreview(this.#home, this.#cluster.stack),
    );
    await steps.step('no secret is seen where none belongs', () => this.#secretScan());
  }

  async reboot(): Promise<void> {
    const steps = this.#steps;
    const rebooted = await steps.step('every machine reboots at once', async () => {
      const machines = await machinesOf(this.#lab);
      await restartAll(machines);
      return `${machines.length} machines`;
    });
    if (!rebooted) return;
    await this.#smoke('smoke test after the reboot');
    if (!survivesDeaths(this.#cluster)) return;
    await tryDeaths({ lab: this.#lab, outputs: await this.#outputs(), steps });
    await this.#smoke('smoke test after the deaths');
  }

  /** Takes the cluster down, whoever its machines are. */
  async down(): Promise<boolean> {
    const { stack } = this.#cluster;
    return this.#steps.step('down', async () => {
      const status = await down({ stack, print: this.#print, forget: true, confirm: stack });
      if (status !== 0) throw new Error('it failed, see above');
    });
  }

  /**
   * @param volumes - those that the lab's containers had while it stood
   */
  async nothingLeft(volumes: readonly string[]): Promise<void> {
    const { stack } = this.#cluster;
    await this.#steps.step('nothing of it is left', async () => {
      const left = await leftovers({ stack, lab: this.#lab, volumes, stateDir: this.#home.stateDir });
      if (left.length > 0) throw new Error(left.join('\n'));
    });
    await rm(stackFile(this.#home, stack), { force: true });
  }

  async #up(): Promise<Readonly<Record<string, number>>> {
    const { result, commands } = await samplingCommands(() =>
      up({ stack: this.#cluster.stack, print: this.#print, select: false, display: false }),
    );
    for (const command of commands) this.#commands.add(command);
    if (!result.ok) throw new Error('the update failed, or the cluster is not healthy, see above');
    return result.update.changes;
  }

  async #smoke(name: string): Promise<void> {
    await this.#steps.step(name, async () => {
      const counts = await smokeStack(this.#home, this.#cluster.stack, this.#print);
      this.#steps.add(counts, name);
      if (counts.failed > 0) throw new Error(`${counts.failed} of ${counts.passed + counts.failed} checks failed`);
      return `${counts.passed} checks`;
    });
  }

  async #outputs(): Promise<ClusterOutputs> {
    return parseOutputs(await stackOutputs(this.#home, this.#cluster.stack));
  }

  async #unitStarts(): Promise<UnitStarts> {
    const outputs = await this.#outputs();
    return MachineSsh.using(outputs.ssh, DEFAULT_TIMEOUT_SECONDS, async (ssh) => {
      const each = outputs.machines.map(async ({ name }) =>
        parseUnitStarts(name, await ssh.run(name, unitStartsScript)),
      );
      return new Map((await Promise.all(each)).flat());
    });
  }

  async #secretScan(): Promise<string> {
    const { stack } = this.#cluster;
    const exported: unknown = JSON.parse(
      await pulumi(this.#home, ['stack', 'export', '--show-secrets', '--stack', stack]),
    );
    const wanted = [...keyMarks, ...needles(secretTexts(exported))];
    const texts = new Map([
      ['the process list', [...this.#commands].join('\n')],
      ['the state', await pulumi(this.#home, ['stack', 'export', '--stack', stack])],
    ]);
    for (const entry of await readdir(this.#home.logsDir, { withFileTypes: true })) {
      // A named pipe has no content of its own, and reading it would wait for a writer.
      if (!entry.isFile() || !entry.name.includes(`-${stack}-`)) continue;
      texts.set(entry.name, await readFile(join(this.#home.logsDir, entry.name), 'utf8'));
    }
    const found = [...texts].flatMap(([where, text]) => findNeedles(where, text, wanted));
    if (found.length > 0) throw new Error(found.join('\n'));
    return `${wanted.length} patterns, ${this.#commands.size} command lines, ${texts.size - 2} logs`;
  }
}
