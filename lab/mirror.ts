import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { UserError } from '../lib/user-error.ts';
import { binDir, imagesDir, mirrorDir } from '../toolchain/cache/paths.ts';
import { findOnPath } from '../toolchain/host.ts';
import { type ContainerPlan, mirrorArguments, served } from './container.ts';
import { type ContainerInspection, docker, inspect } from './engine.ts';

import { ensureMachineImage, type Progress } from './image.ts';
import { networkFor } from './machine.ts';
import { containerName, labLabel, specHash } from './names.ts';
import { ownNetwork } from './network.ts';
import { removeContainer } from './remove.ts';
import { nextStep, servesFolder } from './standing.ts';

/** How long nginx and the registry may take to answer. */
const startLimitMs = 30_000;

/** Short name of the mirror inside a lab; no machine may have it. */
export const mirrorName = 'mirror';

/** What `mirror create` prints. */
export interface LabMirror {
  readonly id: string;
  readonly address: string;
  /** Base URL of file artifacts: `<files>/<publisher host>/<publisher path>`. */
  readonly files: string;
  /** Base URL of the image registry. */
  readonly registry: string;
  /** The images it serves, under their own names. */
  readonly images: readonly string[];
}

/** What a mirror is made from. */
export interface MirrorSpec {
  readonly lab: string;
  readonly address: string;
  /** References of the images that it serves. */
  readonly images: readonly string[];
}

/** An image reference taken apart. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** @throws UserError unless the reference reads `<registry>/<repository>:<tag>`. */
export function parseImage(reference: string): ImageReference {
  const match = /^([a-z0-9][a-z0-9.:-]*)\/([a-z0-9][a-z0-9._/-]*):([\w][\w.-]{0,127})$/.exec(reference);
  if (!match) throw new UserError(`"${reference}" is not an image as <registry>/<repository>:<tag>.`);
  return { registry: match[1] ?? '', repository: match[2] ?? '', tag: match[3] ?? '' };
}

/** Where an image's tarball lies in the cache. */
export function imageTar(image: ImageReference, folder = imagesDir()): string {
  return join(folder, image.registry, `${image.repository}_${image.tag}.tar`);
}

/**
 * Creates the lab's mirror, or finds it, and pushes the images into it.
 *
 * @throws UserError when an image's tarball is missing, or the mirror does not answer (with its last lines).
 */
export async function createMirror(spec: MirrorSpec, say: Progress): Promise<LabMirror> {
  const images = spec.images.map(parseImage);
  const missing = images.map((image) => imageTar(image)).filter((tar) => !existsSync(tar));
  if (missing.length > 0) {
    throw new UserError(
      `mirror: missing image tarballs:\n  ${missing.join('\n  ')}\nFix: run "make up", which provides them.`,
    );
  }
  const id = await stand(spec.lab, spec.address, say);
  await waitForServices(spec.address, id);
  await Promise.all(images.map((image) => push(image, spec.address)));
  return {
    id,
    address: spec.address,
    files: `http://${spec.address}`,
    registry: `http://${spec.address}:5000`,
    images: [...spec.images],
  };
}

/** Whether the running mirror serves the cache's folder of now. */
async function servesCache({ Id, Mounts = [] }: ContainerInspection): Promise<boolean> {
  const wanted = mirrorDir();
  const source = Mounts.find(({ Destination }) => Destination === served)?.Source ?? '';
  const inside = await docker(['exec', Id, 'stat', '--format', '%d:%i', served], { allowFailure: true });
  const found = await stat(wanted, { bigint: true }).catch(() => undefined);
  const here = found === undefined ? 'none' : `${found.dev}:${found.ino}`;
  return servesFolder({ source, inside: inside.exitCode === 0 ? inside.stdout.trim() : '', here, wanted });
}

/**
 * Makes the mirror of a lab that exists serve what the cache has now: starts one that is stopped, and one again whose
 * folder was replaced, and creates one that was removed. The program does not look at a mirror whose description is the
 * same.
 *
 * @throws UserError when it does not answer afterwards
 */
export async function mendMirror(spec: MirrorSpec, say: Progress): Promise<void> {
  const existing = await inspect<ContainerInspection>('container', containerName(spec.lab, mirrorName));
  if (existing !== undefined && existing.Config.Labels?.[labLabel] !== spec.lab) return;
  if (!(await ownNetwork(spec.lab))) return;
  if (existing?.State.Status === 'running' && (await servesCache(existing))) return;
  if (existing?.State.Status !== 'running')
    say(`mirror: its container ${existing === undefined ? 'is not there; creating it' : 'does not run; starting it'}`);
  await createMirror(spec, say);
}

async function stand(lab: string, address: string, say: Progress): Promise<string> {
  const networkId = await networkFor(lab, mirrorName, address);
  const container = containerName(lab, mirrorName);
  const folder = mirrorDir();
  const spec = specHash({ lab, address, folder });
  const existing = await inspect<ContainerInspection>('container', container);
  const step = nextStep(existing, { lab, spec, networkId });
  if (step === 'foreign') {
    throw new UserError(
      `a container "${container}" exists that is not this lab's. Fix: choose another hardway:labName.`,
    );
  }
  if (existing && step === 'none') {
    if (await servesCache(existing)) return existing.Id;
    say('mirror: its folder in the cache was replaced; starting it again');
    await mkdir(folder, { recursive: true });
    await docker(['container', 'restart', existing.Id]);
    return existing.Id;
  }
  if (existing && step === 'start') {
    await docker(['container', 'start', existing.Id]);
    return existing.Id;
  }
  if (step === 'recreate') await removeContainer(container);
  const { image } = await ensureMachineImage({ onProgress: say });
  // Docker would make a missing folder itself, as root's even where this user owns the cache.
  await mkdir(folder, { recursive: true });
  const plan: ContainerPlan = { lab, name: mirrorName, role: 'mirror', address, spec, image };
  const id = (await docker(mirrorArguments(plan, folder))).stdout.trim();
  await docker(['container', 'start', id]);
  return id;
}

async function waitForServices(address: string, id: string): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  const answers = (url: string, status: number) =>
    fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.status === status,
      () => false,
    );
  for (;;) {
    const both = await Promise.all([answers(`http://${address}/`, 404), answers(`http://${address}:5000/v2/`, 200)]);
    if (both.every(Boolean)) return;
    if (Date.now() > deadline) {
      const logs = await docker(['container', 'logs', '--tail', '15', id], { allowFailure: true });
      throw new UserError(
        `mirror: nginx or the registry at ${address} does not answer.\n${logs.stdout}\n${logs.stderr}\n` +
          'Fix: run this again; if it stays, delete the mirror (mirror delete) and create it anew.',
      );
    }
    await sleep(100);
  }
}

/** Pushes always: crane sends only layers that are not there, and a tarball built anew replaces the old one. */
async function push(image: ImageReference, address: string): Promise<void> {
  const own = join(binDir(), 'crane');
  const crane = existsSync(own) ? own : await findOnPath('crane');
  if (!crane)
    throw new UserError(`mirror: there is no crane in ${binDir()} or on PATH`, { fix: `\`make up\` provides it.` });
  const target = `${address}:5000/${image.repository}:${image.tag}`;
  const result = await execa(crane, ['push', '--insecure', imageTar(image), target], {
    reject: false,
    // The lab's network is on this host; no proxy knows it.
    env: { NO_PROXY: address, no_proxy: address },
  });
  if (result.exitCode !== 0) {
    throw new UserError(
      `mirror: pushing ${image.registry}/${image.repository}:${image.tag} failed: ${result.stderr.trim().split('\n').at(-1)}\n` +
        `Fix: if the tarball is corrupt, delete ${imageTar(image)} and run \`make up\`.`,
    );
  }
}
