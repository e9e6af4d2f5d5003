/** The program behind `make`: `sh toolchain/bootstrap.sh cli/main.ts <verb>`. */
import { type Arguments, parseArguments, UsageError } from './args.ts';
import { expectedError } from './output/user-error.ts';

const print = (line: string) => console.log(line);

/** Each verb gives its exit status. Rooms are loaded when they are needed: help must not wait for all of them. */
const runs: Readonly<Record<Arguments['verb'], (given: Arguments) => Promise<number>>> = {
  up: async ({ stack }) => ((await (await import('./commands/up.ts')).up({ stack, print })).update.ok ? 0 : 1),
  smoke: async ({ stack }) => (await import('./commands/smoke.ts')).smoke(stack, print),
  test: async () => (await import('./commands/test.ts')).test(print),
  e2e: async (given) => (await import('../e2e/run.ts')).e2e(given, print),
  bench: async () => (await import('../bench/run.ts')).bench(print),
  preflight: async ({ stack }) => (await import('./commands/preflight.ts')).preflight(stack, print),
  preview: async ({ stack }) => (await import('./commands/preview.ts')).preview(stack, print),
  drift: async ({ stack }) => (await import('./commands/drift.ts')).drift(stack, print),
  down: async ({ stack, confirm }) => (await import('./commands/down.ts')).down({ stack, print, confirm }),
  forget: async ({ stack, host }) => (await import('./commands/forget.ts')).forget(stack, host, print),
  status: async ({ stack }) => (await import('./commands/status.ts')).status(stack, print),
  tools: async () => (await import('./commands/tools.ts')).tools(),
  env: async () => (await import('./commands/tools.ts')).environment(print),
  lock: async ({ add = '' }) => (await import('./commands/lock.ts')).lock(add.split(/[\s,]+/).filter(Boolean), print),
  ci: async (given) => (await import('./commands/ci.ts')).ci(given, print),
  help: async () => (await import('./commands/help.ts')).help(print),
};

let verb: Arguments['verb'] | undefined;
try {
  const given = parseArguments(process.argv.slice(2), process.env);
  verb = given.verb;
  process.exitCode = await runs[verb](given);
} catch (error) {
  // What a person can act on needs no stack; anything else is a fault of ours and does.
  const message = error instanceof Error ? (expectedError(error) ? error.message : error.stack) : String(error);
  console.error(message);
  // To drift, 1 means that something differs.
  process.exitCode = error instanceof UsageError || verb === 'drift' ? 2 : 1;
}
