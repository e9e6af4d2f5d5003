import { describe, expect, it } from '@jest/globals';
import type { ClusterReplies } from '../../../cli/health/ask.ts';
import { findProblems, problemsText } from '../../../cli/health/problems.ts';
import { json, memberList, node, outputs, wellReplies } from './replies.ts';

const look = (replies: Partial<ClusterReplies>, of = outputs) =>
  findProblems({ outputs: of, stack: 'two' }, { ...wellReplies, ...replies });
const seen = (replies: Partial<ClusterReplies>, of = outputs) =>
  look(replies, of).problems.map((problem) => `${problem.subject} ${problem.seen}`);
/** One machine's reply beside the good ones of the others. */
const machine = (name: string, text: string) => ({
  machines: { ...wellReplies.machines, [name]: { text: `${textOf(name)}\n${text}` } },
});
const only = (name: string, text: string) => ({ machines: { ...wellReplies.machines, [name]: { text } } });
const textOf = (name: string): string => {
  const reply = wellReplies.machines[name];
  return reply !== undefined && 'text' in reply ? reply.text : '';
};
const healthLine = 'endpoint [{"health":true}]';
const c1 = { name: 'c1', peerURLs: ['https://10.0.0.20:2380'], clientURLs: ['x'] };
const e1 = { name: 'e1', peerURLs: ['https://10.0.0.30:2380'], clientURLs: ['x'] };

describe('a cluster that is well', () => {
  it('has no problem, and says what was verified', () => {
    expect(look({})).toEqual({
      problems: [],
      well: ['API ready at https://10.0.0.10:6443', 'etcd healthy on c1, e1', '1 node Ready', 'DNS by 1 pod'],
    });
  });
});

describe('etcd', () => {
  it.each<[string, string, string]>([
    ['a member is missing', memberList(c1), 'c1 etcd here does not list e1 as a member'],
    [
      'another is listed',
      memberList(c1, e1, { name: 'old1' }),
      'c1 etcd here lists old1, which is no member by the configuration',
    ],
    [
      'one has not started',
      memberList(c1, e1, { name: '', peerURLs: ['https://10.0.0.40:2380'] }),
      'c1 etcd here lists a member that has not started, https://10.0.0.40:2380',
    ],
    ['one is a learner', memberList(c1, { ...e1, isLearner: true }), 'c1 etcd here lists e1 as a learner'],
  ])('is compared with the configuration: %s', (_, list, problem) => {
    expect(seen(only('c1', `${list}\n${healthLine}`))).toEqual([problem]);
  });

  it('is two clusters where each lists itself alone', () => {
    const machines = {
      ...wellReplies.machines,
      c1: { text: `${memberList(c1)}\n${healthLine}` },
      e1: { text: `${memberList(e1)}\n${healthLine}` },
    };
    expect(seen({ machines })).toEqual([
      'c1 etcd here does not list e1 as a member',
      'e1 etcd here does not list c1 as a member',
    ]);
  });

  it('is not healthy with an alarm, and silent without a quorum', () => {
    const alarm = 'endpoint [{"health":false,"error":"Active Alarm(s): NOSPACE "}]';
    expect(seen(only('e1', `${memberList(c1, e1)}\n${alarm}`))).toEqual([
      'e1 the etcd database reached its quota (alarm NOSPACE): no write is taken',
    ]);
    const error = 'etcd Error: context deadline exceeded';
    expect(seen(only('c1', `${error}\n${error}`))).toEqual(['c1 etcd does not answer: context deadline exceeded']);
  });

  it('must answer something', () => {
    expect(seen(only('e1', ''))).toEqual(['e1 etcd does not answer: it says nothing']);
  });
});

describe('the API', () => {
  const error = (text: string) => ({ ready: { error: text } });

  it('says which check of readyz fails, and is then asked for nothing else', () => {
    const verbose =
      'Error from server (InternalError): an error on the server ("[+]ping ok\\n[-]informer-sync failed: reason withheld\\nreadyz check failed") has prevented the request from succeeding';
    expect(seen({ ...error(verbose), nodes: { error: 'no' }, dns: { error: 'no' } })).toEqual([
      'the API at https://10.0.0.10:6443 is not ready: informer-sync failed',
    ]);
  });

  it('does not answer at all', () => {
    expect(seen(error('The connection to the server was refused'))).toEqual([
      'the API at https://10.0.0.10:6443 does not answer: The connection to the server was refused',
    ]);
    expect(seen({ ready: { text: 'hello' } })).toEqual(['the API at https://10.0.0.10:6443 is not ready']);
  });

  it('is asked on every controller too: the endpoint leads to one of them', () => {
    expect(seen(machine('c1', 'apiserver [-]etcd failed'))).toEqual(['c1 the API server is not ready: [-]etcd failed']);
  });
});

describe('nodes and DNS', () => {
  it('a node is to be there and Ready', () => {
    expect(seen({ nodes: json() })).toEqual(['w1 is not among the nodes that the API lists']);
    expect(seen({ nodes: json(node('w1', 'Unknown', 'Kubelet stopped posting node status.')) })).toEqual([
      'w1 is not Ready: Kubelet stopped posting node status.',
    ]);
    expect(seen({ nodes: { error: 'forbidden' } })).toEqual(['the API does not list the nodes: forbidden']);
  });

  it('with a pod network of others, a node is to be there, and no DNS is expected', () => {
    const none = { ...outputs, podNetwork: { name: 'none', enforcesPolicies: false } };
    expect(seen({ nodes: json(node('w1', 'False')), dns: json() }, none)).toEqual([]);
    expect(look({}, none).well).toContain('1 node registered');
    expect(seen({ nodes: json() }, none)).toEqual(['w1 is not among the nodes that the API lists']);
    expect(seen({ dns: json() }, { ...outputs, kubeProxyMode: 'none' })).toEqual([]);
    expect(seen({ nodes: json(), dns: json() }, { ...outputs, nodes: [] })).toEqual([]);
  });

  it('DNS needs one ready pod', () => {
    const unready = json({ endpoints: [{ conditions: { ready: false } }] });
    expect(seen({ dns: unready })).toEqual(['the DNS of the cluster does not answer: none of 1 pods is ready']);
    expect(seen({ dns: json() })).toEqual([
      'the DNS of the cluster does not answer: the Service kube-dns has no endpoints',
    ]);
    expect(seen({ dns: json({ endpoints: null }) })).toHaveLength(1);
    expect(seen({ dns: { error: 'timeout' } })).toEqual(['the DNS of the cluster does not answer: timeout']);
  });
});

describe('machines', () => {
  it('one that does not answer is one problem, whatever follows from it', () => {
    const error = 'w1: 10.0.0.100:22 does not answer within 10 s. Fix: Check that the machine is up.';
    const machines = { ...wellReplies.machines, w1: { error } };
    const nodes = json(node('w1', 'Unknown', 'Kubelet stopped posting node status.'));
    const hosts = { ...outputs, machineSource: 'hosts' };
    expect(problemsText(look({ machines, nodes }, hosts).problems)).toBe(
      '  w1 does not answer over SSH: 10.0.0.100:22 does not answer within 10 s\n    Fix: Check that the machine is up.',
    );
    expect(look({ machines, nodes }).problems).toEqual([
      expect.objectContaining({ subject: 'w1', fix: expect.stringContaining('"make up STACK=two"') }),
    ]);
  });

  it('say what an interrupted update left, and which units do not run', () => {
    expect(seen(machine('w1', 'unfinished node\nunit kube-proxy.service failed'))).toEqual([
      'w1 an update of the role node did not finish here',
      'w1 kube-proxy.service is failed',
    ]);
  });

  it('a unit that does not run is one problem, and reads as a sentence', () => {
    const { problems } = look(
      machine('c1', 'unit kube-apiserver.service failed\napiserver curl: (7) Failed to connect'),
    );
    expect(problemsText(problems)).toMatch(/^ {2}c1: kube-apiserver\.service is failed\n {4}Fix: On c1: [^\n]*$/);
  });

  it('each problem has a way on', () => {
    const all = look({ machines: {}, ready: { error: 'x' } }).problems;
    expect(all).toHaveLength(5);
    for (const { fix } of all) expect(fix).toMatch(/^["A-Z].*\.$/);
  });
});
