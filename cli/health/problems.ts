/** Reads what a cluster answers. Pure: from replies to problems. */
import { conditionFaults, type NodeObject } from '../../smoke/checks/nodes.ts';
import type { ClusterOutputs } from '../../smoke/outputs.ts';
import { makeFor } from '../output/make.ts';
import type { ClusterReplies, Reply } from './ask.ts';

/** One thing that is not as it should be. */
export interface HealthProblem {
  /** The machine, or what else it is about: `the API`. */
  readonly subject: string;
  /** What was seen, as the rest of a sentence. */
  readonly seen: string;
  /** What to do, as sentences. */
  readonly fix: string;
}

/** A cluster's health. */
export interface Health {
  /** Everything that is wrong; empty when all is well. */
  readonly problems: readonly HealthProblem[];
  /** What was seen to be well, in a few words each. */
  readonly well: readonly string[];
}

/** What is expected of a cluster beyond its outputs. */
export interface Expectation {
  readonly outputs: ClusterOutputs;
  /** The stack, for commands that fixes name. */
  readonly stack: string;
}

const withError = (reply: Reply | undefined): string | undefined =>
  reply === undefined ? 'was not asked' : 'error' in reply ? reply.error : undefined;

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/**
 * What is wrong with a cluster. A machine that does not answer is one problem: what follows from it is not said again.
 *
 * @param replies - what the cluster answered
 */
export function findProblems(expected: Expectation, replies: ClusterReplies): Health {
  const { outputs } = expected;
  const silent = new Set(outputs.machines.map(({ name }) => name).filter((name) => withError(replies.machines[name])));
  const [api, etcd] = [apiHealth(expected, replies, silent), etcdHealth(expected, replies)];
  const machines = outputs.machines.flatMap((machine) =>
    machineProblems(expected, machine, replies.machines[machine.name]),
  );
  const [first = [], ...others] = api.well.map((one) => [one]);
  return {
    problems: [...machines, ...etcd.problems, ...api.problems],
    well: [...first, ...etcd.well, ...others.flat()],
  };
}

type Machine = ClusterOutputs['machines'][number];

/** The lines of a machine that begin with a word, without it. */
const linesOf = (reply: Reply | undefined, word: string): string[] =>
  reply !== undefined && 'text' in reply
    ? reply.text.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? line.slice(word.length + 1).trim() : []))
    : [];

function machineProblems(
  { outputs, stack }: Expectation,
  { name }: Machine,
  reply: Reply | undefined,
): HealthProblem[] {
  const error = withError(reply);
  if (error !== undefined) {
    // Errors of the SSH client name the machine and close with their own fix.
    const [seen = '', fix] = error.replace(`${name}: `, '').split(/\.? Fix: /);
    const lab = `Run "${makeFor('up', stack)}": it starts a lab machine that is stopped.`;
    const way = outputs.machineSource === 'lab' ? lab : (fix ?? 'Look at the machine and at its sshd.');
    return [{ subject: name, seen: `does not answer over SSH: ${seen}`, fix: way }];
  }
  const problem = (seen: string, fix: string): HealthProblem => ({ subject: name, seen, fix });
  const down = new Set(linesOf(reply, 'unit').map((line) => line.split(' ')[0]));
  const again = `Run "${makeFor('up', stack)}" again: it finishes the role.`;
  return [
    ...linesOf(reply, 'unfinished').map((role) => problem(`an update of the role ${role} did not finish here`, again)),
    ...linesOf(reply, 'unit').map((line) => {
      const [unit = '', state = ''] = line.split(' ');
      return problem(
        `${unit} is ${state}`,
        `On ${name}: "systemctl start ${unit}"; why: "journalctl -u ${unit} -n 50".`,
      );
    }),
    // One that does not run is not ready either.
    ...linesOf(reply, 'apiserver')
      .filter(() => !down.has('kube-apiserver.service'))
      .map((seen) =>
        problem(`the API server is not ready: ${seen}`, `On ${name}: "journalctl -u kube-apiserver -u etcd -n 50".`),
      ),
  ];
}

interface MemberList {
  members?: { name?: string; peerURLs?: string[]; isLearner?: boolean }[];
}

interface EndpointHealth {
  health?: boolean;
  error?: string;
}

const noSpaceFix = (stack: string): string =>
  `Delete objects that are not needed, or raise hardway:etcdQuotaMiB and run "${makeFor('up', stack)}". Each member gives space back within the hour; at once: "systemctl start etcd-defragment" on every member.`;

/** Compares what each member lists with the machines that are to be members. */
function etcdHealth({ outputs, stack }: Expectation, { machines }: ClusterReplies): Health {
  const wanted = outputs.machines.filter(({ roles }) => roles.includes('etcd')).map(({ name }) => name);
  const problems = wanted.flatMap((name): HealthProblem[] => {
    const reply = machines[name];
    if (withError(reply) !== undefined) return [];
    const at = (seen: string): HealthProblem => ({
      subject: name,
      seen,
      fix: `On ${name}: ". /etc/etcd/etcdctl.env; etcdctl member list -w table", "journalctl -u etcd -n 50".`,
    });
    const silent = [...new Set(linesOf(reply, 'etcd'))].map((text) =>
      at(`etcd does not answer: ${text.replace(/^Error: /, '')}`),
    );
    const list = linesOf(reply, 'member').map((text) => parse<MemberList>(text)?.members ?? []);
    const health = linesOf(reply, 'endpoint').flatMap((text) => parse<EndpointHealth[]>(text) ?? []);
    const sick = health
      .filter((one) => one.health !== true)
      .map(({ error }) =>
        error?.includes('NOSPACE')
          ? {
              subject: name,
              seen: 'the etcd database reached its quota (alarm NOSPACE): no write is taken',
              fix: noSpaceFix(stack),
            }
          : at(`the etcd member is not healthy: ${error?.trim() || 'it says no more'}`),
      );
    const found = [...silent, ...list.flatMap((members) => listFaults(members, wanted).map(at)), ...sick];
    return found.length + list.length > 0 ? found : [at('etcd does not answer: it says nothing')];
  });
  return { problems, well: problems.length > 0 ? [] : [`etcd healthy on ${wanted.join(', ')}`] };
}

function listFaults(members: NonNullable<MemberList['members']>, wanted: readonly string[]): string[] {
  const named = members.flatMap(({ name }) => name || []);
  const waiting = members.filter(({ name }) => !name).map(({ peerURLs = [] }) => peerURLs.join(', '));
  return [
    ...wanted.filter((name) => !named.includes(name)).map((name) => `etcd here does not list ${name} as a member`),
    ...named
      .filter((name) => !wanted.includes(name))
      .map((name) => `etcd here lists ${name}, which is no member by the configuration`),
    ...waiting.map((url) => `etcd here lists a member that has not started, ${url}`),
    ...members.flatMap(({ name, isLearner }) =>
      isLearner ? `etcd here lists ${name || 'a member'} as a learner` : [],
    ),
  ];
}

/** The API at its endpoint, and what only it can tell: nodes and DNS. */
function apiHealth({ outputs, stack }: Expectation, replies: ClusterReplies, silent: ReadonlySet<string>): Health {
  const readyz = withError(replies.ready);
  if (readyz !== undefined || !/readyz check passed/.test('text' in replies.ready ? replies.ready.text : '')) {
    const seen = readyz === undefined ? 'is not ready' : unready(readyz);
    const { hostname, port } = new URL(outputs.endpoint);
    const fix = `Correct the problems of machines above, if any; port ${port || '443'} of ${hostname} must lead from this computer to a load balancer or controller. Then run "${makeFor('up', stack)}".`;
    return { problems: [{ subject: `the API at ${outputs.endpoint}`, seen, fix }], well: [] };
  }
  const found = [nodeHealth(outputs, replies.nodes, silent), dnsHealth(outputs, replies.dns)];
  return {
    problems: found.flatMap(({ problems }) => problems),
    well: [`API ready at ${outputs.endpoint}`, ...found.flatMap(({ well }) => well)],
  };
}

/** What kubectl says of a readyz that fails, reduced to the checks that failed. */
function unready(error: string): string {
  const failed = [...error.matchAll(/\[-\]([a-z0-9/._-]+)/g)].map(([, check]) => check);
  return failed.length > 0 ? `is not ready: ${failed.join(', ')} failed` : `does not answer: ${error}`;
}

function nodeHealth(outputs: ClusterOutputs, reply: Reply, silent: ReadonlySet<string>): Health {
  const items = 'text' in reply ? parse<{ items?: NodeObject[] }>(reply.text)?.items : undefined;
  if (items === undefined) {
    const seen = `does not list the nodes: ${withError(reply) ?? 'its answer is no list'}`;
    return { problems: [{ subject: 'the API', seen, fix: 'Look at the log of the API servers.' }], well: [] };
  }
  // Without a pod network of ours, a node is Ready once the user has added one.
  const ready = outputs.podNetwork?.name !== 'none';
  const problems = outputs.nodes.flatMap(({ name }): HealthProblem[] => {
    if (silent.has(name)) return [];
    const fix = `On ${name}: "journalctl -u kubelet -n 50".`;
    const node = items.find(({ metadata }) => metadata.name === name);
    if (node === undefined) return [{ subject: name, seen: 'is not among the nodes that the API lists', fix }];
    const condition = node.status.conditions?.find(({ type }) => type === 'Ready');
    if (!ready || condition?.status === 'True') return [];
    return [{ subject: name, seen: conditionFaults(node)[0]?.replace(`${name} `, 'is ') ?? 'is not Ready', fix }];
  });
  const count = outputs.nodes.length;
  return { problems, well: problems.length > 0 ? [] : [`${counted(count, 'node')} ${ready ? 'Ready' : 'registered'}`] };
}

interface EndpointSlice {
  endpoints?: { conditions?: { ready?: boolean } }[] | null;
}

function dnsHealth(outputs: ClusterOutputs, reply: Reply): Health {
  // Then its pods may wait for what the user adds.
  if (outputs.podNetwork?.name === 'none' || outputs.kubeProxyMode === 'none' || outputs.nodes.length === 0)
    return { problems: [], well: [] };
  const slices = 'text' in reply ? parse<{ items?: EndpointSlice[] }>(reply.text)?.items : undefined;
  const endpoints = (slices ?? []).flatMap((slice) => slice.endpoints ?? []);
  const count = endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
  if (count > 0) return { problems: [], well: [`DNS by ${counted(count, 'pod')}`] };
  const none =
    endpoints.length > 0 ? `none of ${endpoints.length} pods is ready` : 'the Service kube-dns has no endpoints';
  const seen = `does not answer: ${withError(reply) ?? none}`;
  const fix =
    '"kubectl -n kube-system get service,deployment,pods -l k8s-app=kube-dns" says why. What was deleted by hand comes back by "pulumi up --refresh" (. .hardway/env).';
  return { problems: [{ subject: 'the DNS of the cluster', seen, fix }], well: [] };
}

/** A problem as a sentence, without its fix. */
export function problemSentence({ subject, seen }: HealthProblem): string {
  return /^(is|does|has|was|of|will) /.test(seen) ? `${subject} ${seen.trim()}` : `${subject}: ${seen.trim()}`;
}

/** The text of problems: a line each, with its fix. */
export function problemsText(problems: readonly HealthProblem[]): string {
  return problems.map((problem) => `  ${problemSentence(problem)}\n    Fix: ${problem.fix}`).join('\n');
}
