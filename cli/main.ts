/** The program behind `make`: `sh toolchain/bootstrap.sh cli/main.ts <verb>`. */
import { describeError, UserError } from '../lib/user-error.ts';
import { type Arguments, parseArguments } from './args.ts';

const print = (line: string) => console.log(line);

/** What each verb runs; it gives the exit status. Modules are loaded on demand: a verb does not wait for those of others. */
const commands: Readonly<Record<Arguments['verb'], (given: Arguments) => Promise<number>>> = {
  up: async ({ stack, yes }) => {
    const { askYes, isInteractive } = await import('./output/ask.ts');
    const confirm = !yes && isInteractive() ? askYes : undefined;
    return (await (await import('./commands/up.ts')).up({ stack, print, confirm })).ok ? 0 : 1;
  },
  smoke: async ({ stack }) => (await import('./commands/smoke.ts')).smoke(stack, print),
  test: async () => (await import('./commands/test.ts')).test(print),
  e2e: async (given) => (await import('../e2e/run.ts')).e2e(given, print),
  bench: async () => (await import('../bench/run.ts')).bench(print),
  preflight: async ({ stack }) => (await import('./commands/preflight.ts')).preflight(stack, print),
  doctor: async ({ stack, json }) => (await import('./commands/doctor.ts')).doctor(stack, json === true, print),
  preview: async ({ stack }) => (await import('./commands/preview.ts')).preview(stack, print),
  drift: async ({ stack }) => (await import('./commands/drift.ts')).drift(stack, print),
  repair: async ({ stack }) => (await import('./commands/repair.ts')).repair(stack, print),
  backup: async ({ stack }) => {
    await (await import('./commands/backup.ts')).backup(stack, print);
    return 0;
  },
  restore: async ({ stack, snapshot, yes }) => {
    const { askYes, isInteractive } = await import('./output/ask.ts');
    const confirm = !yes && isInteractive() ? askYes : undefined;
    return (await import('./commands/restore.ts')).restore({ stack, snapshot, print, confirm });
  },
  down: async ({ stack, confirm }) => (await import('./commands/down.ts')).down({ stack, print, confirm }),
  forget: async ({ stack, host }) => (await import('./commands/forget.ts')).forget(stack, host, print),
  status: async ({ stack }) => (await import('./commands/status.ts')).status(stack, print),
  certs: async ({ stack, json }) => (await import('./commands/certs.ts')).certs(stack, json === true, print),
  ssh: async (given) => (await import('./commands/ssh.ts')).ssh(given),
  tools: async () => (await import('./commands/tools.ts')).tools(),
  env: async () => (await import('./commands/tools.ts')).environment(print),
  lock: async ({ add = '' }) => (await import('./commands/lock.ts')).lock(add.split(/[\s,]+/).filter(Boolean), print),
  docs: async () => (await import('../docs/tools/generate.ts')).generate(print),
  'docs-test': async (given) => (await import('../docs/tools/run.ts')).docsTest(given, print),
  pictures: async ({ stack }) => (await import('../docs/tools/pictures.ts')).pictures(stack, print),
  ci: async (given) => (await import('./commands/ci.ts')).ci(given, print),
};

let verb: Arguments['verb'] | undefined;
try {
  const given = parseArguments(process.argv.slice(2), process.env);
  verb = given.verb;
  process.exitCode = await commands[verb](given);
} catch (error) {
  console.error(describeError(error));
  const status = error instanceof UserError ? error.exitCode : 1;
  // For these, 1 means that something differs.
  process.exitCode = verb === 'drift' || verb === 'repair' ? 2 : status;
}
