import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { toolVersions } from '../../toolchain/plan/tools.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, '.github', 'workflows');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean | string };
  readonly env?: Readonly<Record<string, unknown>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}
interface Workflow extends Pick<Job, 'permissions' | 'concurrency'> {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = readdirSync(folder);
const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
const workflow = (file: string): Workflow => parse(text(file)) as Workflow;
const workflows = files.map((file) => ({ file, ...workflow(file) }));
const jobs = workflows.flatMap(({ file, jobs: all, concurrency }) =>
  Object.entries(all).map(([name, job]) => ({ where: `${file} ${name}`, whole: concurrency, ...job })),
);
const steps = jobs.flatMap(({ where, steps: all = [] }) => all.map((step) => ({ where, ...step })));
const named = (file: string, name: string): Job => {
  const job = workflow(file).jobs[name];
  if (!job) throw new Error(`${file} has no job ${name}`);
  return job;
};
const ours = (uses: string): boolean => uses.startsWith('./.github/workflows/');
const usesOf = ({ uses }: { readonly uses?: string }, action: string): boolean =>
  uses?.startsWith(`${action}@`) === true;

describe('the workflows', () => {
  it('are found, so that the rules below have something to look at', () => {
    expect(files.sort()).toEqual([
      'e2e.yml',
      'preview.yml',
      'release.yml',
      'test.yml',
      'up.yml',
      'update.yml',
      'watch.yml',
    ]);
    expect(steps.length).toBeGreaterThan(20);
  });

  it('use actions by commit, with the release beside it, and one commit of each', () => {
    const lines = files.flatMap((file) => text(file).match(/^.*\buses:.*$/gm) ?? []).map((line) => line.trim());
    const pinned = /^(?:- )?uses: (?:[\w.-]+\/)+[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
    const others = lines.filter(
      (line) => !pinned.test(line) && !/^uses: \.\/\.github\/workflows\/\w+\.yml$/.test(line),
    );
    expect(others).toEqual([]);
    const actions = [...new Set(steps.flatMap(({ uses }) => uses ?? []))];
    expect(new Set(actions.map((uses) => uses.split('@')[0])).size).toBe(actions.length);
    expect(jobs.flatMap(({ uses }) => uses ?? []).every(ours)).toBe(true);
  });

  it('never run a stranger’s code with the secrets of this repository', () => {
    const triggers = workflows.flatMap(({ on }) => Object.keys(on));
    expect(triggers).toContain('pull_request');
    expect(triggers).not.toContain('pull_request_target');
    expect(triggers).not.toContain('workflow_run');
    for (const { file, on, jobs: all } of workflows.filter(({ on: triggersOf }) => 'pull_request' in triggersOf)) {
      for (const [name, job] of Object.entries(all)) {
        const touches = /secrets\.|id-token/.test(JSON.stringify(job));
        const guarded = job.if?.includes('github.event.pull_request.head.repo.full_name == github.repository') === true;
        expect({ file, name, on: Object.keys(on), guarded: guarded || !touches }).toMatchObject({ guarded: true });
      }
    }
    expect(JSON.stringify(named('preview.yml', 'preview'))).toContain('secrets.');
    expect(JSON.stringify(workflow('test.yml'))).not.toContain('secrets.');
  });

  it('may read unless they say otherwise, and the jobs say no more than they need', () => {
    expect(workflows.filter(({ permissions }) => JSON.stringify(permissions) !== '{"contents":"read"}')).toEqual([]);
    const written = jobs.flatMap(({ where, permissions = {} }) =>
      Object.entries(permissions).flatMap(([what, level]) => (level === 'read' ? [] : [`${where}: ${what} ${level}`])),
    );
    expect(written).toEqual([
      'preview.yml preview: id-token write',
      'preview.yml preview: pull-requests write',
      'release.yml release: contents write',
      'up.yml up: id-token write',
      'update.yml update: id-token write',
      'watch.yml drift: id-token write',
      'watch.yml issue: issues write',
      'watch.yml renew: id-token write',
    ]);
  });

  it('leave no credential in the checkout, and end by themselves', () => {
    const checkouts = steps.filter((step) => usesOf(step, 'actions/checkout'));
    expect(checkouts.length).toBeGreaterThan(4);
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
    expect(jobs.filter((job) => !job.uses && !((job['timeout-minutes'] ?? 0) > 0)).map(({ where }) => where)).toEqual(
      [],
    );
  });

  it('put no expression into a shell text, and secrets into no job as a whole', () => {
    expect(steps.filter(({ run }) => run?.includes('${{')).map(({ where }) => where)).toEqual([]);
    expect(jobs.filter(({ env }) => JSON.stringify(env ?? {}).includes('secrets.')).map(({ where }) => where)).toEqual(
      [],
    );
  });

  it('install the packages before anything of ours or of Pulumi runs', () => {
    const late = jobs.filter(({ steps: all = [] }) => {
      const at = all.findIndex(({ run }) => run === 'npm ci');
      const first = all.findIndex((step) => usesOf(step, 'pulumi/actions') || /^(make|node) /.test(step.run ?? ''));
      return first >= 0 && (at < 0 || at > first);
    });
    expect(late.map(({ where }) => where)).toEqual([]);
  });

  it('take the versions that the toolchain has', () => {
    const pin = /^node_version=(\S+)$/m.exec(readFileSync(join(root, 'toolchain', 'bootstrap.sh'), 'utf8'))?.[1];
    const nodes = steps.filter((step) => usesOf(step, 'actions/setup-node')).map((step) => step.with?.['node-version']);
    expect(nodes.length).toBeGreaterThan(4);
    expect(new Set(nodes)).toEqual(new Set([pin]));
    expect(readFileSync(join(root, '.node-version'), 'utf8').trim()).toBe(pin);
    const engines = steps.filter((step) => usesOf(step, 'pulumi/actions')).map((step) => step.with?.['pulumi-version']);
    expect(engines).toEqual([toolVersions.pulumi]);
  });
});

describe('what changes a cluster', () => {
  it('runs in one workflow alone, in its environment, one at a time and to its end', () => {
    const changing = jobs.filter(({ steps: all = [] }) => all.some(({ run }) => /^make up\b/.test(run ?? '')));
    expect(changing.map(({ where }) => where)).toEqual(['update.yml update']);
    expect(changing[0]?.environment).toBe('cluster');
    expect(changing[0]?.concurrency).toEqual({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
      group: 'update-${{ vars.HARDWAY_STACK }}',
      'cancel-in-progress': false,
    });
    const commands = steps.filter((step) => usesOf(step, 'pulumi/actions')).map((step) => step.with?.command);
    expect(commands).toEqual(['preview']);
    expect(Object.keys(workflow('update.yml').on)).toEqual(['workflow_call']);
  });

  it('asks whether somebody was asked before it takes a role', () => {
    const all = named('update.yml', 'update').steps ?? [];
    const asks = all.findIndex(({ run }) => run === 'node cli/workflow/stack.ts cluster');
    const takes = all.findIndex((step) => usesOf(step, 'aws-actions/configure-aws-credentials'));
    expect(asks).toBeGreaterThan(0);
    expect(takes).toBeGreaterThan(asks);
  });

  it('follows the tests of the same commit', () => {
    const up = workflow('up.yml').jobs.up as Job & { readonly needs: string };
    expect(up.needs).toBe('test');
    expect(workflow('up.yml').on.push).toEqual({ branches: ['main'] });
  });

  it('is asked for by main alone, and so is the look that asks for it', () => {
    const callers = jobs.filter(({ uses }) => uses === './.github/workflows/update.yml');
    expect(callers.map(({ where }) => where)).toEqual(['up.yml up', 'watch.yml renew']);
    for (const { where, if: condition } of [...callers, { where: 'watch.yml drift', ...named('watch.yml', 'drift') }]) {
      // Joined by "and" with all the rest.
      expect({ where, condition }).toEqual({ where, condition: expect.not.stringContaining('||') });
      expect({ where, condition }).toEqual({
        where,
        condition: expect.stringContaining("github.ref == 'refs/heads/main'"),
      });
    }
  });

  it('cannot be merged past the tests: the check that main requires is never skipped', () => {
    expect(Object.keys(workflow('test.yml').on)).toContain('pull_request');
    expect(named('test.yml', 'test').if).toBeUndefined();
    expect(workflow('test.yml').on.pull_request).toBeNull();
  });
});

describe('runs of the same kind', () => {
  it.each([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's
    ['test.yml', undefined, "${{ github.ref != 'refs/heads/main' }}"],
    ['preview.yml', undefined, true],
    ['e2e.yml', undefined, false],
    ['watch.yml', 'drift', false],
  ])('of %s do not get into one another’s way', (file, name, cancel) => {
    const { concurrency } = name === undefined ? workflow(file) : named(file, name);
    expect(concurrency?.group).toMatch(/^\w+/);
    expect(concurrency?.['cancel-in-progress']).toBe(cancel);
  });
});

describe('a repository without a stack', () => {
  it.each([
    ['preview.yml', 'preview'],
    ['up.yml', 'up'],
    ['watch.yml', 'drift'],
  ])('skips the job of %s, and says so', (file, name) => {
    expect(named(file, name).if).toContain("vars.HARDWAY_STACK != ''");
    expect(named(file, 'unset').if).toBe("vars.HARDWAY_STACK == ''");
    expect(named(file, 'unset').steps?.[0]?.run).toContain('::notice title=');
  });
});

describe('the tools of a workflow', () => {
  it('come without the plugins that a stack does not use', () => {
    expect(named('preview.yml', 'preview').env).toMatchObject({ PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'true' });
  });

  it('are fetched through the bootstrap, which knows proxies and certificates', () => {
    const fetching = steps.flatMap(({ run }) => (run?.includes('cli/workflow/drift.ts') ? [run] : []));
    expect(fetching).toEqual(['sh toolchain/bootstrap.sh cli/workflow/drift.ts']);
  });
});
