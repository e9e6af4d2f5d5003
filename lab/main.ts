import { resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { UserError } from '../lib/user-error.ts';
import { ensureDocker } from '../toolchain/docker.ts';

import { checkDisk } from './disk.ts';

import { hostFacts } from './facts.ts';
import { buildMachineImage } from './image/build.ts';
import { ensureMachineImage } from './image.ts';
import type { MachineKeys } from './inject.ts';
import { createMachine } from './machine.ts';
import { createMirror, mirrorName } from './mirror.ts';
import { checkName } from './names.ts';
import { createNetwork } from './network.ts';
import { labStatus } from './status.ts';
import { deleteLabNetwork, deleteOne, destroyAll } from './teardown.ts';

const usage = `node lab/main.ts <verb>; see lab/README.md
  facts
  image ensure
  image build --output FILE
  network create --lab L --subnet CIDR --gateway ADDRESS [--owner ID] [--machines N]
  network delete --lab L
  machine create --lab L --name NAME --address ADDRESS   (keys as JSON on standard input)
  machine delete --lab L --name NAME
  mirror create  --lab L --address ADDRESS [--image REFERENCE]...
  mirror delete  --lab L
  status         --lab L
  destroy-all    --lab L`;

const options = {
  lab: { type: 'string' },
  name: { type: 'string' },
  address: { type: 'string' },
  subnet: { type: 'string' },
  gateway: { type: 'string' },
  output: { type: 'string' },
  owner: { type: 'string' },
  machines: { type: 'string' },
  image: { type: 'string', multiple: true },
} as const;

const keysSchema = z.object({ hostPrivateKey: z.string(), authorizedKeys: z.array(z.string().min(1)) });

type Values = ReturnType<typeof parse>['values'];

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Each verb gives the object that is printed. */
const verbs: Record<string, (values: Values) => Promise<object>> = {
  facts: async () => hostFacts(),
  'image ensure': () => ensureMachineImage({ onProgress: say }),
  'image build': async (values) => {
    const output = resolve(need(values, 'output'));
    await ensureDocker({ onProgress: say });
    await buildMachineImage(output, say);
    return { output };
  },
  'network create': async (values) => {
    const { owner } = values;
    const spec = { lab: need(values, 'lab'), subnet: need(values, 'subnet'), gateway: need(values, 'gateway'), owner };
    await ensureDocker({ onProgress: say });
    if (values.machines) await checkDisk(Number(values.machines));
    return createNetwork(spec);
  },
  'network delete': (values) => deleteLabNetwork(lab(values), say),
  'machine create': async (values) => {
    const spec = { lab: lab(values), name: need(values, 'name'), address: need(values, 'address') };
    if (spec.name === mirrorName) throw new UserError(`the name "${mirrorName}" is the mirror's own; choose another.`);
    const keys = await keysFromStdin();
    await ensureDocker({ onProgress: say });
    return createMachine(spec, keys, say);
  },
  'machine delete': (values) => deleteOne(lab(values), need(values, 'name'), say),
  'mirror create': async (values) => {
    const spec = { lab: lab(values), address: need(values, 'address'), images: values.image ?? [] };
    await ensureDocker({ onProgress: say });
    return createMirror(spec, say);
  },
  'mirror delete': (values) => deleteOne(lab(values), mirrorName, say),
  status: (values) => labStatus(lab(values)),
  'destroy-all': (values) => destroyAll(lab(values), say),
};

function parse(args: string[]) {
  return parseArgs({ args, options, allowPositionals: true });
}

function need(values: Values, option: 'lab' | 'name' | 'address' | 'subnet' | 'gateway' | 'output'): string {
  const value = values[option];
  if (!value) throw new UserError(`--${option} is missing.\n${usage}`);
  return value;
}

function lab(values: Values): string {
  return checkName('the lab', need(values, 'lab'));
}

async function keysFromStdin(): Promise<MachineKeys> {
  // Never show what came in: it holds a private key.
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readText(process.stdin));
  } catch {
    throw new UserError('machine create reads {"hostPrivateKey":…,"authorizedKeys":[…]} as JSON on standard input.');
  }
  const keys = keysSchema.safeParse(parsed);
  if (!keys.success) {
    const paths = keys.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
    throw new UserError(`the JSON on standard input is not as described in lab/README.md: ${paths}.`);
  }
  return keys.data;
}

function badArguments(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

async function main(): Promise<void> {
  const { values, positionals } = parse(process.argv.slice(2));
  const verb = verbs[positionals.join(' ')];
  if (!verb) throw new UserError(`no such verb: "${positionals.join(' ')}".\n${usage}`);
  process.stdout.write(`${JSON.stringify(await verb(values))}\n`);
}

try {
  await main();
} catch (error) {
  // Faults a person can act on need no stack; anything else is a bug and does.
  const expected = error instanceof UserError || error instanceof UserError || badArguments(error);
  say(`lab: ${error instanceof Error ? (expected ? error.message : error.stack) : String(error)}`);
  process.exitCode = 1;
}
