import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterOutputs, parseOutputs } from '../../smoke/outputs.ts';
import { Ssh } from '../../smoke/ssh.ts';
import type { Arguments, Topology } from '../args.ts';
import { changesText, isUnchanged } from '../condense.ts';
import { down } from '../down.ts';
import { type Home, openHome } from '../home.ts';
import { pulumi, stackFile, stackOutputs } from '../pulumi.ts';
import { smokeStack } from '../smoke.ts';
import { Steps } from '../steps.ts';
import { up } from '../up.ts';
import { stackFileText, survivesDeaths, type TestCluster, testCluster } from './config.ts';
import { tryDeaths } from './deaths.ts';
import { killedUp } from './kill.ts';
import { leftovers, machinesOf, restartAll, volumesOf } from './lab.ts';
import { samplingCommands } from './sampler.ts';
import { findNeedles, keyMarks, needles, secretTexts } from './secrets.ts';
import { changedUnits, parseUnitStarts, type UnitStarts, unitStartsScript } from './units.ts';

type Print = (line: string) => void;

/**
 * What runs when no topology is asked for: each pod network once, one update that is killed in its middle, and machines
 * that die.
 */
const usual: readonly { readonly topology: Topology; readonly killed: boolean }[] = [
  { topology: 'default', killed: false },
  { topology: 'minimal', killed: true },
  { topology: 'ha', killed: false },
];

/** `make e2e`: a cluster of its own goes up, is tried, and goes down again. Returns the exit status. */
export async function e2e({ topology, keep, kill }: Arguments, print: Print): Promise<number> {
  const steps = new Steps(print);
  const runs = topology ? [{ topology, killed: kill }] : usual;
  for (const run of runs) await tryTopology(run.topology, { keep, kill: kill || run.killed }, steps, print);
  print(steps.closing());
  return steps.counts.failed > 0 ? 1 : 0;
}

async function tryTopology(
  topology: Topology,
  { keep, kill }: Pick<Arguments, 'keep' | 'kill'>,
  steps: Steps,
  print: Print,
): Promise<void> {
  const cluster = testCluster(topology);
  const home = await openHome();
  await writeFile(stackFile(home, cluster.stack), stackFileText(cluster));
  const run = new Run(cluster, home, steps, print);
  print(`e2e: ${topology}, stack ${cluster.stack}, lab ${run.lab}`);
  await run.clean();
  const stood = await run.bringUp(kill);
  if (stood) await run.tryOut();
  if (steps.counts.failed > 0 && keep) {
    print(`kept, as KEEP says: look at stack ${cluster.stack}, then "make down STACK=${cluster.stack}"`);
  } else await run.takeDown();
}

/** The steps of one run against one test cluster. */
class Run {
  readonly lab: string;
  readonly #cluster: TestCluster;
  readonly #home: Home;
  readonly #steps: Steps;
  readonly #print: Print;
  /** Command lines of this host's processes that were seen while updates ran. */
  readonly #commands = new Set<string>();

  constructor(cluster: TestCluster, home: Home, steps: Steps, print: Print) {
    this.#cluster = cluster;
    this.lab = String(cluster.config.labName);
    this.#home = home;
    this.#steps = steps;
    this.#print = (text) => print(text.replaceAll(/^/gm, '      '));
  }

  /** What an earlier run left would make this one mean nothing. */
  async clean(): Promise<void> {
    await down({ stack: this.#cluster.stack, print: this.#print, forget: true });
  }

  async bringUp(kill: boolean): Promise<boolean> {
    if (kill) {
      const killed = await this.#steps.step('an update is killed in its middle', () =>
        killedUp({ stack: this.#cluster.stack, home: this.#home, print: this.#print }),
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
    await steps.step('no secret is seen where none belongs', () => this.#secretScan());
    const rebooted = await steps.step('every machine reboots at once', async () => {
      const machines = await machinesOf(this.lab);
      await restartAll(machines);
      return `${machines.length} machines`;
    });
    if (!rebooted) return;
    await this.#smoke('smoke test after the reboot');
    if (!survivesDeaths(this.#cluster)) return;
    await tryDeaths({ lab: this.lab, outputs: await this.#outputs(), steps });
    await this.#smoke('smoke test after the deaths');
  }

  async takeDown(): Promise<void> {
    let volumes: string[] = [];
    await this.#steps.step('down', async () => {
      volumes = await volumesOf(this.lab);
      const status = await down({ stack: this.#cluster.stack, print: this.#print, forget: true });
      if (status !== 0) throw new Error('it failed, see above');
    });
    await this.#steps.step('nothing of it is left', async () => {
      const { stack } = this.#cluster;
      const left = await leftovers({ stack, lab: this.lab, volumes, stateDir: this.#home.stateDir });
      if (left.length > 0) throw new Error(left.join('\n'));
    });
    await rm(stackFile(this.#home, this.#cluster.stack), { force: true });
  }

  async #up(): Promise<Readonly<Record<string, number>>> {
    const { result, commands } = await samplingCommands(() =>
      up({ stack: this.#cluster.stack, print: this.#print, select: false, display: false }),
    );
    for (const command of commands) this.#commands.add(command);
    if (!result.update.ok) throw new Error('the update failed, see above');
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
    const folder = await mkdtemp(join(tmpdir(), 'hardway-e2e-'));
    try {
      const ssh = await Ssh.open(outputs.ssh, folder);
      const signal = AbortSignal.timeout(60_000);
      const each = outputs.machines.map(async ({ name }) =>
        parseUnitStarts(name, await ssh.run(name, unitStartsScript, signal)),
      );
      return new Map((await Promise.all(each)).flat());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
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
    for (const name of await readdir(this.#home.logsDir)) {
      const path = join(this.#home.logsDir, name);
      if (name.includes(`-${stack}-`) || name.startsWith(`.events-${stack}`))
        texts.set(name, await readFile(path, 'utf8'));
    }
    const found = [...texts].flatMap(([where, text]) => findNeedles(where, text, wanted));
    if (found.length > 0) throw new Error(found.join('\n'));
    return `${wanted.length} patterns, ${this.#commands.size} command lines, ${texts.size - 2} logs`;
  }
}
