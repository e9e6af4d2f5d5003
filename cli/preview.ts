import { execa } from 'execa';
import { openHome } from './home.ts';
import { driverVariable } from './locks.ts';
import { keepPodNetwork } from './pod-network.ts';
import { preflightHosts } from './preflight.ts';
import { checkedConfig, cloudsOf } from './prepare.ts';
import { ensureStack, stackFile } from './pulumi.ts';
import { recover } from './recover.ts';
import { keepingSaltOut } from './stack-salt.ts';
import { tools } from './tools.ts';

/** `make preview`: what an update would do. Makes no machine and needs no Docker; hosts are looked at. Returns the exit status. */
export async function preview(stack: string, print: (line: string) => void): Promise<number> {
  const first = checkedConfig(stack);
  const home = await openHome({ stack, print, creates: true });
  const config = await preflightHosts(stack, first, print);
  await tools(cloudsOf(config));
  await recover(home, stack, print);
  await ensureStack(home, stack, true);
  await keepPodNetwork(home, stack, config);
  const result = await keepingSaltOut(stackFile(home, stack), () =>
    execa('pulumi', ['preview', '--stack', stack], {
      cwd: home.repoDir,
      env: { ...home.environment, [driverVariable]: String(process.pid) },
      stdio: 'inherit',
      reject: false,
    }),
  );
  return result.exitCode ?? 1;
}
