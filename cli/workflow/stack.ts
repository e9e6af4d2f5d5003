/**
 * What a workflow looks at before it touches a stack: `node cli/workflow/stack.ts [environment]`. What is wrong is said
 * the way GitHub shows it on the run.
 */
import { existsSync } from 'node:fs';
import type { ParseResult } from '../../config/parse.ts';
import { stackFile } from '../../config/stack-file.ts';
import { readConfig } from '../prepare.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What keeps a workflow from working with its stack, one sentence each.
 *
 * @param env - HARDWAY_STACK, HARDWAY_ENVIRONMENT and Pulumi's own variables
 * @param environment - the GitHub environment that an update must run in; none for what changes nothing
 * @param read - the stack's configuration, or undefined where it has no file
 */
export function obstacles(
  env: Environment,
  environment: string | undefined,
  read: (stack: string) => Pick<ParseResult, 'config' | 'faults'> | undefined,
): string[] {
  const stack = env.HARDWAY_STACK ?? '';
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(stack)) return [`HARDWAY_STACK is "${stack}", which is no stack's name.`];
  const found: string[] = [];
  if (!env.PULUMI_BACKEND_URL && !env.PULUMI_ACCESS_TOKEN) {
    found.push(
      'There is no backend: set the variable PULUMI_BACKEND_URL or the secret PULUMI_ACCESS_TOKEN. State that is kept ' +
        'on a runner goes with it.',
    );
  }
  if (env.PULUMI_BACKEND_URL?.startsWith('file:')) {
    found.push('PULUMI_BACKEND_URL is a folder of the runner, which goes with it: take a bucket or a service.');
  }
  if (environment !== undefined && env.HARDWAY_ENVIRONMENT !== environment) {
    found.push(
      `The environment "${environment}" is not set up: give it required reviewers, and then its own variable ` +
        `HARDWAY_ENVIRONMENT with the value ${environment}. Without them nobody would be asked.`,
    );
  }
  const result = read(stack);
  if (result === undefined) found.push(`There is no Pulumi.${stack}.yaml in this commit.`);
  else if (result.config?.machines === 'lab') {
    found.push(`Stack ${stack} is a lab, whose machines are containers of one computer: no workflow can reach them.`);
  }
  return found;
}

if (process.argv[1] === import.meta.filename) {
  const read = (stack: string) => (existsSync(stackFile(stack)) ? readConfig(stack) : undefined);
  const found = obstacles(process.env, process.argv[2], read);
  for (const text of found) console.log(`::error title=This stack cannot be worked with::${text}`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
