import type { Steps } from '../../cli/output/steps.ts';
import type { Print } from '../trial.ts';
import type { ChangingStack } from './stack.ts';

/** How often a roll is killed. */
const times = 10;

/** An edit that rolls through etcd, the control plane and the nodes, draining these; another one for every number. */
const rolling = (number: number) => ({
  etcdExtraArgs: { 'snapshot-count': 10_000 + number },
  apiServerExtraArgs: { 'max-requests-inflight': 400 + number },
  kubeletExtraConfig: { registryPullQPS: 5 + number },
});

/** What each machine runs is what is wanted, and every node takes pods. */
async function expectRolled(standing: ChangingStack, number: number | undefined): Promise<void> {
  const wanted = number === undefined ? undefined : rolling(number);
  for (const { name, roles } of (await standing.outputs()).machines) {
    const expect = async (line: string, value: string) => {
      const seen = await standing.on(name, line);
      if (seen !== value) throw new Error(`${name} runs "${seen}", expected "${value}"`);
    };
    const flag = (program: string, option: string) =>
      `tr '\\0' '\\n' </proc/$(pidof ${program})/cmdline | grep -- ${option} || :`;
    if (roles.includes('etcd')) {
      const count = wanted?.etcdExtraArgs['snapshot-count'];
      await expect(flag('etcd', '--snapshot-count'), count === undefined ? '' : `--snapshot-count=${count}`);
    }
    if (roles.includes('controller')) {
      const most = wanted?.apiServerExtraArgs['max-requests-inflight'];
      await expect(
        flag('kube-apiserver', '--max-requests-inflight'),
        most === undefined ? '' : `--max-requests-inflight=${most}`,
      );
    }
  }
  const cordoned = await standing.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].spec.unschedulable}');
  if (cordoned !== '') throw new Error('nodes stayed cordoned');
}

/**
 * A roll is killed at ten moments. After each, the next update goes on to the new configuration, or, every other time, back
 * to the old one; either way every machine runs what is wanted afterwards, and nothing is left to do.
 */
export async function tryKills(standing: ChangingStack, steps: Steps, print: Print): Promise<void> {
  let whole = 0;
  let stands: number | undefined;
  await steps.step('a roll through all machines', async () => {
    let begin = 0;
    await standing.edit(rolling(0));
    const note = await standing.watched('worker1', async () => {
      const changes = await standing.up(() => {
        begin = performance.now();
      });
      // Without what comes before and after it: the moments are those of the roll.
      whole = 0.9 * (performance.now() - begin);
      return changes;
    });
    stands = 0;
    await expectRolled(standing, stands);
    return note;
  });
  if (whole === 0) return;
  for (let number = 1; number <= times; number += 1) {
    const back = number % 2 === 0;
    const share = (number - 0.5) / times;
    const title = `a roll is killed after ${Math.round(100 * share)} % of its time, and the next update ${back ? 'goes back' : 'goes on'}`;
    await steps.step(title, async () => {
      const before = standing.config;
      await standing.edit(rolling(number));
      const note = await standing.watched('worker1', async () => {
        const killed = await standing.killedUp(share * whole);
        print(killed ? 'killed' : 'it ended before it was killed');
        if (back) await standing.restore(before);
        await standing.up();
        return killed ? 'killed' : 'ended before';
      });
      if (!back) stands = number;
      await expectRolled(standing, stands);
      await standing.unchanged();
      return note;
    });
  }
}
