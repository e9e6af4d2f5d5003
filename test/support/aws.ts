import type * as pulumi from '@pulumi/pulumi';
import type { MachineSource } from '../../components/machines/source.ts';
import { resolved } from '../config/support.ts';
import { someImages } from './aws-outputs.ts';
import { type Registration, record, reveal, settled } from './recorder.ts';

/** What every stack on AWS has to say. */
export const awsBase = {
  machines: 'aws',
  awsRegion: 'eu-central-1',
  awsZones: ['eu-central-1a', 'eu-central-1b'],
  awsApiCidrs: ['203.0.113.7/32'],
  awsSshCidrs: ['198.51.100.0/24'],
  // Its images come from a registry; those of the default come from a lab's mirror alone.
  weaveVersion: '2.9.0',
};

/** What the room of a configuration registered, and what it hands on. */
export interface Built {
  readonly all: readonly Registration[];
  readonly source: MachineSource;
  /** Types without `aws:` and names, in order. */
  readonly list: string[];
  /** The plain inputs of a resource by type, without `aws:`, and name. */
  inputs(type: string, name: string): Record<string, unknown>;
  registration(type: string, name: string): Registration;
}

const shortType = (type: string): string => {
  const [space, module, last] = type.split(':');
  return space === 'hardway' || space === 'pulumi' ? type : `${module?.split('/')[0]}.${last}`;
};

/** Builds the machines of a configuration against mocks. */
export async function buildAws(
  settings: Record<string, unknown>,
  call: (args: pulumi.runtime.MockCallArgs) => Record<string, unknown> = someImages,
): Promise<Built> {
  const all = record('hardway', 'test', {}, call);
  const config = resolved({ ...awsBase, ...settings });
  const { prepareAws } = await import('../../components/machines/aws/index.ts');
  const source = (await prepareAws(config))('machines', {});
  await settled();
  const registration = (type: string, name: string): Registration => {
    const found = all.find((one) => shortType(one.type) === type && one.name === name);
    if (found === undefined) throw new Error(`no ${type} is named ${name}`);
    return found;
  };
  return {
    all,
    source,
    list: all
      .filter(({ custom }) => custom)
      .map(({ type, name }) => `${shortType(type)} ${name}`)
      .sort(),
    registration,
    inputs: (type, name) => reveal(registration(type, name).inputs) as Record<string, unknown>,
  };
}
