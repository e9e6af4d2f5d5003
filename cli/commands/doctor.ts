import { existsSync } from 'node:fs';
import type { ClusterConfig } from '../../config/schema.ts';
import { stackFile } from '../../config/stack-file.ts';
import { checkCapacity } from '../../lab/preflight.ts';
import { UserError } from '../../lib/user-error.ts';
import { readComputer } from '../doctor/computer.ts';
import { diagnose, errorsFirst, type Wanted } from '../doctor/diagnose.ts';
import { type Hindrance, type Plan, planFor } from '../doctor/plan.ts';
import { type DoctorReport, doctorText } from '../doctor/report.ts';
import { plannedLab, readConfig } from '../prepare.ts';

/** The configuration of a stack, or why there is none to be used. */
function configOf(stack: string): { config?: ClusterConfig; hindrance?: Hindrance } {
  const problem = (message: string, fix: string) => ({ hindrance: { severity: 'error', message, fix } as const });
  if (!existsSync(stackFile(stack))) {
    return problem(`there is no Pulumi.${stack}.yaml`, 'check the name, or copy Pulumi.dev.yaml to that name');
  }
  try {
    const { config, errors } = readConfig(stack);
    if (config) return { config };
    const count = errors.length === 1 ? 'one error' : `${errors.length} errors`;
    return problem(`the configuration of stack ${stack} has ${count}`, `"make preflight STACK=${stack}" names them`);
  } catch (error) {
    if (error instanceof UserError) return problem(error.problem, error.fix ?? `correct Pulumi.${stack}.yaml`);
    throw error;
  }
}

/** Whether the engine has a network range and disk space for the lab. */
async function findCapacityProblems(config: ClusterConfig): Promise<Hindrance[]> {
  try {
    await checkCapacity(plannedLab(config));
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [message = '', fix = 'see "make preflight"'] =
      error.fix === undefined ? error.message.split(/[.\s]*Fix: /) : [error.problem, error.fix];
    return [{ severity: 'error', message, fix }];
  }
}

/** Examines this computer and what a stack needs of it. Changes nothing, and downloads nothing. */
export async function examine(stack: string): Promise<DoctorReport> {
  const { config, hindrance } = configOf(stack);
  const wanted: Wanted | undefined = config && {
    ...{ stack, machines: config.machines, machineCount: config.machinesList.length },
  };
  const computer = await readComputer();
  const plan: Plan | undefined = config && (await planFor(config));
  const engineAnswers = computer.docker.version !== undefined && !computer.docker.problem;
  const capacity = config?.machines === 'lab' && engineAnswers ? await findCapacityProblems(config) : [];
  const hindrances = errorsFirst([...(hindrance ? [hindrance] : []), ...capacity, ...diagnose(computer, wanted, plan)]);
  return { computer, ...(wanted ? { wanted } : {}), ...(plan ? { plan } : {}), hindrances };
}

/** `make doctor`: what this computer has, what would be downloaded or built, and what stands in the way. */
export async function doctor(stack: string, json: boolean, print: (line: string) => void): Promise<number> {
  const report = await examine(stack);
  print(json ? JSON.stringify(report, null, 2) : doctorText(report));
  return report.hindrances.some(({ severity }) => severity === 'error') ? 1 : 0;
}
