import { existsSync } from 'node:fs';
import { stackFile } from '../../config/stack-file.ts';
import { readConfig } from '../prepare.ts';
import { readComputer } from './computer.ts';
import { diagnose, type Obstacle, type Wanted } from './diagnose.ts';
import { type Plan, planFor } from './plan.ts';
import { type DoctorReport, doctorText } from './report.ts';

/** The configuration of a stack, or why there is none to be used. */
function configOf(stack: string): { config?: ReturnType<typeof readConfig>['config']; obstacle?: Obstacle } {
  const problem = (message: string, fix: string) => ({ obstacle: { severity: 'error', message, fix } as const });
  if (!existsSync(stackFile(stack))) {
    return problem(`there is no Pulumi.${stack}.yaml`, 'check the name, or copy Pulumi.dev.yaml to that name');
  }
  try {
    const { config, faults } = readConfig(stack);
    if (config) return { config };
    const count = faults.length === 1 ? 'one error' : `${faults.length} errors`;
    return problem(`the configuration of stack ${stack} has ${count}`, `"make preflight STACK=${stack}" names them`);
  } catch (error) {
    return problem((error as Error).message, `correct Pulumi.${stack}.yaml`);
  }
}

/** Looks at this computer and at what a stack needs of it. Changes nothing, and fetches nothing. */
export async function examine(stack: string): Promise<DoctorReport> {
  const { config, obstacle } = configOf(stack);
  const wanted: Wanted | undefined = config && {
    ...{ stack, machines: config.machines as Wanted['machines'], machineCount: config.machinesList.length },
  };
  const computer = await readComputer();
  const plan: Plan | undefined = config && (await planFor(config));
  const obstacles = [...(obstacle ? [obstacle] : []), ...diagnose(computer, wanted, plan)];
  return { computer, ...(wanted ? { wanted } : {}), ...(plan ? { plan } : {}), obstacles };
}

/** `make doctor`. Returns 1 where something stands in the way. */
export async function doctor(stack: string, json: boolean, print: (line: string) => void): Promise<number> {
  const report = await examine(stack);
  print(json ? JSON.stringify(report, null, 2) : doctorText(report));
  return report.obstacles.some(({ severity }) => severity === 'error') ? 1 : 0;
}
