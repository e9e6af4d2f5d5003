/** What the documentation shows of the dev stack: every file of its machines and every object in its API, as they land. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { expectGoldens } from '../lib/format/golden.ts';
import { runProgram } from '../support/program.ts';
import { type Registration, reveal } from '../support/recorder.ts';

const root = join(import.meta.dirname, '..', '..');
/** One machine of each kind: the others differ from it in names and addresses. */
const machines = ['kubelb', 'ctl01', 'wrk01'];
let all: Registration[] = [];

beforeAll(async () => {
  const facts = await import('../../lab/facts.ts');
  // The kernel of the computer that runs this test must not matter.
  jest.unstable_mockModule('../../lab/facts.ts', () => ({
    ...facts,
    hostFacts: () => ({ sysResource: true, cgroupVersion: 2, cgroupDriver: 'systemd', kernel: '6.12.0' }),
  }));
  const { config } = parse(readFileSync(join(root, 'Pulumi.dev.yaml'), 'utf8')) as { config: Record<string, unknown> };
  const settings = Object.entries(config).map(([key, value]) => [
    key.replace('hardway:', ''),
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  all = await runProgram(Object.fromEntries(settings));
});

/** The readable files of one machine, by `role__path`. Private ones show as a digest, which is no use to a reader. */
function filesOf(machine: string): Record<string, string> {
  const roles = all.filter(({ type, inputs }) => type === 'hardway:remote:Role' && inputs.machine === machine);
  return Object.fromEntries(
    roles.flatMap(({ inputs }) =>
      Object.entries(reveal(inputs.plan) as Record<string, string>)
        .filter(([path, text]) => path.startsWith('/') && text.includes('\n') && !path.endsWith('.pub'))
        .map(([path, text]): [string, string] => [`${inputs.role}${path.replaceAll('/', '__')}`, text]),
    ),
  );
}

/** The objects of the Kubernetes API as manifests, by kind and name. */
function manifests(): Record<string, string> {
  return Object.fromEntries(
    all
      .filter(({ type }) => type.startsWith('kubernetes:'))
      .map(({ inputs }): [string, string] => {
        const object = reveal(inputs) as { kind: string; metadata: { name: string } };
        return [
          `${object.kind}-${object.metadata.name.replaceAll(':', '.')}.yaml`,
          stringify(object, { lineWidth: 0 }),
        ];
      }),
  );
}

describe('the dev stack', () => {
  it('has machines that run something, and objects in the API', () => {
    for (const machine of machines) expect(Object.keys(filesOf(machine)).length).toBeGreaterThan(1);
    expect(Object.keys(manifests())).toContain('DaemonSet-weave-net.yaml');
  });

  it.each(machines)('puts onto %s what test/golden/dev shows', (machine) => {
    expectGoldens(join('dev', machine), filesOf(machine));
  });

  it('puts into the API what test/golden/dev/objects shows', () => {
    expectGoldens(join('dev', 'objects'), manifests());
  });
});
