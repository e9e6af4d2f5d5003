/** Options of what is installed, and from where. */
import { z } from 'zod';
import { option } from './option.ts';
import { version, withMessages } from './schemas.ts';

const lock = 'artifacts/artifacts.lock.json';

/** The version of something in the artifact lock. */
const locked = (what: string, fallback: string) =>
  option(version, fallback, `Version of ${what}; one that the artifact lock has.`, lock);

function isMirrorUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === '' && !/\s|[?#]$/.test(text);
}

/** The address of an artifact mirror, or the empty text. */
const mirror = withMessages(
  z.string().refine((text) => text === '' || isMirrorUrl(text)),
  {
    rule: 'must be an http or https URL without credentials, query or fragment',
    fix: 'Write it like "http://mirror.example.com:8080", or "" for the publishers.',
  },
);

/** The versions, in the order a reader wants them. */
export const versionOptions = {
  kubernetesVersion: locked('Kubernetes', '1.36.4'),
  etcdVersion: locked('etcd', '3.7.3'),
  containerdVersion: locked('containerd', '2.3.7'),
  runcVersion: locked('runc', '1.5.2'),
  cniPluginsVersion: locked('the CNI plugins', '1.9.1'),
  crictlVersion: locked('crictl', '1.36.0'),
  corednsVersion: locked('the CoreDNS image', '1.14.7'),
  pauseVersion: locked('the pause image', '3.10.1'),
} as const;

/** The mirrors, in the order a reader wants them. */
export const mirrorOptions = {
  artifactMirror: option(
    mirror,
    '',
    "URL of a mirror that serves the artifacts by their publishers' hosts and paths. Empty: the publishers themselves; the lab has a mirror of its own.",
    'lab/',
    { example: 'http://mirror.example.com:8080' },
  ),
  imageMirror: option(
    mirror,
    '',
    "URL of a registry that serves images under their publishers' paths and is tried before the publishers. Empty: the publishers only; the lab has a mirror of its own.",
    'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
    { example: 'http://mirror.example.com:5000' },
  ),
} as const;
