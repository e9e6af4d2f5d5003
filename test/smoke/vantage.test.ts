import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { networkChecks } from '../../smoke/checks/network.ts';
import type { Context } from '../../smoke/context.ts';
import { Kubectl } from '../../smoke/kubectl.ts';
import { runChecks } from '../../smoke/runner.ts';
import { fetchOn, Vantage } from '../../smoke/vantage.ts';
import { type MachineLogin, MachineSsh } from '../../ssh/machines.ts';
import { deafPort, type ServerSpec, startServer } from '../ssh/sshd.ts';
import { keyPair } from '../support/ssh-keys.ts';
import { clusterOutputs } from './cluster.ts';

const [user, host] = [keyPair(), keyPair()];
const signal = new AbortController().signal;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const loginAt = (port: number): MachineLogin => ({
  ...{ address: '127.0.0.1', port, user: 'root' },
  ...{ hostKey: host.public, privateKey: user.private },
});

async function machine(spec: Partial<ServerSpec> = {}) {
  const started = await startServer({ hostKeys: [host.private], allowed: user.public, greeting: 'Hello!\n', ...spec });
  open.push(started);
  return started;
}

function sshTo(hosts: Record<string, MachineLogin>): MachineSsh {
  const ssh = new MachineSsh({ hosts }, 5);
  open.push(ssh);
  return ssh;
}

/** Something in the cluster that answers over HTTP. */
async function web(body: string): Promise<{ port: number; hosts: string[] }> {
  const hosts: string[] = [];
  const server = createServer((request, response) => {
    hosts.push(request.headers.host ?? '');
    response.statusCode = request.url === '/gone' ? 404 : 200;
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  open.push(server);
  return { port: (server.address() as { port: number }).port, hosts };
}

const machines = [
  { name: 'w1', roles: ['worker'], address: '127.0.0.1', architecture: 'amd64' },
  { name: 'lb1', roles: ['loadBalancer'], address: '127.0.0.1', architecture: 'amd64' },
  { name: 'c1', roles: ['controller'], address: '127.0.0.1', architecture: 'amd64' },
];

describe('fetchOn', () => {
  it('fetches on the machine, and tells status and body from what its shell prints', async () => {
    const { port, hosts } = await web('one\ntwo\n');
    const ssh = sshTo({ c1: loginAt((await machine()).port) });
    const url = `http://127.0.0.1:${port}`;
    expect(await fetchOn(ssh, 'c1', { url: `${url}/`, host: 'other.example' }, signal)).toEqual({
      status: 200,
      body: 'one\ntwo\n',
    });
    expect(hosts).toEqual(['other.example']);
    expect(await fetchOn(ssh, 'c1', { url: `${url}/gone` }, signal)).toMatchObject({ status: 404 });
  });

  it('says which machine was not answered', async () => {
    const closed = await deafPort('closed');
    const ssh = sshTo({ c1: loginAt((await machine()).port) });
    await expect(fetchOn(ssh, 'c1', { url: `http://127.0.0.1:${closed.port}/` }, signal)).rejects.toThrow(
      /^c1: curl: \(7\)/,
    );
  });
});

describe('a machine to look from', () => {
  it('is a controller before a worker, and never a load balancer', async () => {
    const [w1, c1] = [await machine(), await machine()];
    const vantage = new Vantage(sshTo({ w1: loginAt(w1.port), c1: loginAt(c1.port) }), { machines });
    expect(await vantage.machine(signal)).toBe('c1');
    expect(await vantage.machine(signal)).toBe('c1');
    expect([w1.logins(), c1.commands.length]).toEqual([0, 1]);
  });

  it('is the next one where the first does not answer', async () => {
    const [w1, closed] = [await machine(), await deafPort('closed')];
    const vantage = new Vantage(sshTo({ w1: loginAt(w1.port), c1: loginAt(closed.port) }), { machines });
    expect(await vantage.machine(signal)).toBe('w1');
  });

  it('is none where none answers, and each says why', async () => {
    const closed = await deafPort('closed');
    const vantage = new Vantage(sshTo({ w1: loginAt(closed.port), c1: loginAt(closed.port) }), { machines });
    await expect(vantage.machine(signal)).rejects.toMatchObject({
      expected: 'a controller or a worker that answers over SSH',
      details: [
        expect.stringMatching(/^c1: .*refuses the connection/),
        expect.stringMatching(/^w1: .*refuses the connection/),
      ],
    });
  });
});

describe('the check of a node port', () => {
  /** Runs it on a cluster whose node is `w1`; the kubectl knows the port. */
  async function check(port: number, ssh: MachineSsh): Promise<string[]> {
    const kubectl = new Kubectl('none');
    kubectl.get = async () => ({ spec: { ports: [{ nodePort: port }] } }) as never;
    const context: Context = {
      ...{ outputs: { ...clusterOutputs, machines }, kubectl, ssh, vantage: new Vantage(ssh, { machines }) },
      ...{ namespace: 'run', owner: {}, token: 'x', pods: [{ name: 'web-1', node: 'w1', address: '10.200.0.2' }] },
    };
    const lines: string[] = [];
    const found = networkChecks(context).filter(({ name }) => name === 'the node port answers on w1');
    const checks = found.map((one) => ({ ...one, needs: [], limitSeconds: 4 }));
    await runChecks(checks, { print: (line) => lines.push(line), signal });
    return lines;
  }

  it('asks from a controller, and says so', async () => {
    const { port } = await web('web-1\n');
    const [w1, c1] = [await machine(), await machine()];
    const lines = await check(port, sshTo({ w1: loginAt(w1.port), c1: loginAt(c1.port) }));
    expect(lines).toEqual([
      expect.stringContaining(`ok    the node port answers on w1: http://127.0.0.1:${port}/, from c1 over SSH (`),
    ]);
  });

  it('asks on the node itself where a firewall keeps the controller out, and says so', async () => {
    const { port } = await web('web-1\n');
    const c1 = await machine({ answer: { code: 28, stdout: '', stderr: 'curl: (28) timed out' } });
    // The vantage must answer at all, and only its request be refused.
    const asked: string[] = [];
    const ssh = sshTo({ w1: loginAt((await machine()).port), c1: loginAt(c1.port) });
    const run = ssh.run.bind(ssh);
    ssh.run = async (name, script, limits) => {
      asked.push(name);
      return name === 'c1' && script === ':' ? '' : run(name, script, limits);
    };
    const lines = await check(port, ssh);
    expect(lines).toEqual([
      expect.stringMatching(/^ok .* which c1 does not reach \(a firewall .*\), from w1 over SSH \(/),
    ]);
    expect(asked).toEqual(['c1', 'c1', 'w1']);
  });

  it('says on failure what was tried, from where, what each saw, and what to do', async () => {
    const closed = await deafPort('closed');
    const [w1, c1] = [await machine(), await machine()];
    const lines = await check(closed.port, sshTo({ w1: loginAt(w1.port), c1: loginAt(c1.port) }));
    expect(lines).toEqual([
      expect.stringMatching(/^FAIL/),
      expect.stringMatching(/^ +tried: {4}GET http:\/\/127\.0\.0\.1:NODEPORT\/, from /),
      `      expected: one of the pods at http://127.0.0.1:${closed.port}/`,
      expect.stringMatching(/^ +seen: {5}c1: curl: \(7\).*; w1: curl: \(7\)/),
      expect.stringMatching(/^ +Fix: On w1: "journalctl -u kube-proxy/),
    ]);
  });
});
