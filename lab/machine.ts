import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../lib/user-error.ts';
import { type ContainerPlan, machineArguments } from './container.ts';
import { checkDisk } from './disk.ts';
import { type ContainerInspection, docker, inspect } from './engine.ts';

import { type HostFacts, hostFacts, hostMissingCapabilities } from './facts.ts';
import { ensureMachineImage, type Progress } from './image.ts';
import { authorizedKeysText, identityArchive, identityFiles, type MachineKeys, publicHostKey } from './inject.ts';
import { checkName, containerName, shortHash, specHash } from './names.ts';
import { ownNetwork } from './network.ts';
import { removeContainer } from './remove.ts';
import { nextStep } from './standing.ts';
import { isHostAddress } from './subnet.ts';

/** How long a machine may take from its start until sshd accepts connections. */
const bootLimitMs = 90_000;

/** What a machine is made from, beside its keys. */
export interface MachineSpec {
  readonly lab: string;
  readonly name: string;
  readonly address: string;
}

/** What `machine create` prints: public facts only. */
export interface LabMachine extends HostFacts {
  /** The container's id: the machine's identity. */
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** The public host key, `<type> <base64>`. */
  readonly hostKey: string;
  readonly machineId: string;
}

/**
 * Creates the machine, or finds it, and waits until its sshd accepts connections.
 *
 * @throws UserError naming the machine, with its last lines where it died at boot.
 */
export async function createMachine(spec: MachineSpec, keys: MachineKeys, say: Progress): Promise<LabMachine> {
  checkName('the machine', spec.name);
  const hostKey = publicHostKey(keys.hostPrivateKey);
  if (keys.authorizedKeys.length === 0)
    throw new UserError('authorizedKeys on standard input is empty: nobody could log in.');
  const networkId = await networkFor(spec.lab, spec.name, spec.address);
  const container = containerName(spec.lab, spec.name);
  const hash = specHash({ ...spec });
  const existing = await inspect<ContainerInspection>('container', container);
  const step = nextStep(existing, { lab: spec.lab, spec: hash, networkId });
  if (step === 'foreign') {
    throw new UserError(`a container "${container}" exists that is not this lab's`, {
      fix: `Choose another hardway:labName.`,
    });
  }
  if (step === 'recreate') await removeContainer(container);
  const id = existing && (step === 'none' || step === 'start') ? existing.Id : await make(spec, hash, keys, say);
  const machineId = shortHash(id, 32);
  if (step !== 'none') await start(spec, id);
  await waitForSsh(spec, id);
  if (step === 'none' || step === 'start') await renewKeys(id, keys, machineId);
  return { id, name: spec.name, address: spec.address, hostKey, machineId, ...hostFacts() };
}

/**
 * The id of the lab's network.
 *
 * @throws UserError when there is none yet, or the address is not one of its own.
 */
export async function networkFor(lab: string, name: string, address: string): Promise<string> {
  const network = await ownNetwork(lab);
  if (!network)
    throw new UserError(`${name}: the lab's network "${lab}" is not there`, {
      fix: `Create it first (network create).`,
    });
  const { Subnet = '', Gateway = '' } = network.IPAM.Config?.[0] ?? {};
  if (!isHostAddress(address, Subnet) || address === Gateway) {
    throw new UserError(
      `${name}: the address ${address} is not a free host address of ${Subnet} (gateway ${Gateway}).`,
    );
  }
  return network.Id;
}

async function make(spec: MachineSpec, hash: string, keys: MachineKeys, say: Progress): Promise<string> {
  await checkDisk(1);
  const { image } = await ensureMachineImage({ onProgress: say });
  const plan: ContainerPlan = { ...spec, role: 'machine', spec: hash, image };
  const allowance = {
    missingCapabilities: hostMissingCapabilities(),
    modules: existsSync('/lib/modules'),
    kmsg: existsSync('/dev/kmsg'),
  };
  const { stdout } = await docker(machineArguments(plan, allowance));
  const id = stdout.trim();
  await docker(['cp', '-', `${id}:/`], { input: await identityArchive(identityFiles(keys, shortHash(id, 32))) });
  return id;
}

async function start(spec: MachineSpec, id: string): Promise<void> {
  const result = await docker(['container', 'start', id], { allowFailure: true });
  if (result.exitCode === 0) return;
  throw new UserError(
    `${spec.name}: Docker could not start it at ${spec.address}: ${result.stderr.trim().split('\n')[0]}\n` +
      'Fix: if the address is in use, see `docker network inspect`; then run this again.',
  );
}

/** Waits until the sshd of a machine that was started accepts connections. @throws UserError when it does not */
export async function waitForSsh(spec: MachineSpec, id: string): Promise<void> {
  const deadline = Date.now() + bootLimitMs;
  for (let round = 0; !(await accepts(spec.address, 22)); round++) {
    if (round % 5 === 4) {
      const now = await inspect<ContainerInspection>('container', id);
      if (!now)
        throw new UserError(`${spec.name}: its container was removed while it booted`, { fix: `Run this again.` });
      if (now.State.Status !== 'running' || now.RestartCount > 0) {
        throw new UserError(`${spec.name}: died at boot (status ${now.State.ExitCode}).\n${await lastWords(id)}`);
      }
    }
    if (Date.now() > deadline) {
      throw new UserError(
        `${spec.name}: no sshd at ${spec.address}:22 after ${bootLimitMs / 1000} s.\n${await lastWords(id)}`,
      );
    }
    await sleep(100);
  }
}

/** Whether something accepts TCP connections there. */
function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 500 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

async function lastWords(id: string): Promise<string> {
  const logs = await docker(['container', 'logs', '--tail', '15', id], { allowFailure: true });
  const journal = await docker(['exec', id, 'journalctl', '--no-pager', '--priority=warning', '--lines=15'], {
    allowFailure: true,
  });
  return [logs.stdout, journal.exitCode === 0 ? journal.stdout : '']
    .filter((text) => text.trim() !== '')
    .join('\n')
    .concat('\nFix: `docker logs` shows all of it; run this again to make the machine anew.');
}

/** Puts changed keys onto a machine that runs; its identity stays. */
async function renewKeys(id: string, keys: MachineKeys, machineId: string): Promise<void> {
  const wanted = `${authorizedKeysText(keys)}${publicHostKey(keys.hostPrivateKey)}\n`;
  const read = 'cat /root/.ssh/authorized_keys /etc/ssh/ssh_host_*_key.pub';
  const present = await docker(['exec', id, 'sh', '-c', read], { allowFailure: true });
  // execa strips the last line's end.
  if (`${present.stdout}\n` === wanted) return;
  await docker(['exec', id, 'sh', '-c', 'rm -f /etc/ssh/ssh_host_*_key*'], { allowFailure: true });
  await docker(['cp', '-', `${id}:/`], { input: await identityArchive(identityFiles(keys, machineId)) });
  await docker(['exec', id, 'systemctl', 'reload-or-restart', 'ssh.service']);
}
