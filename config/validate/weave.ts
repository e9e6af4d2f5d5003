/** Rules about Weave Net: what its settings mean together, and the range it hands out. */

import { ownRegistry } from '../../artifacts/own-registry.ts';
import { rangeSize } from '../../lib/ipv4.ts';
import { fullKey } from '../options/index.ts';
import { becomesNode, type Rule } from './partial-config.ts';

/** The fewest addresses a peer can do with: its own share of the range, kept in whole. */
const fewestAddresses = 16;

const roomForPeers: Rule = (draft) => {
  const { podCidr: value, cni } = draft.settings;
  if (value === undefined || cni !== 'weave') return [];
  const peers = draft.machines.filter((machine) => becomesNode(draft, machine)).length;
  if (rangeSize(value) >= peers * fewestAddresses) return [];
  const rule = `has ${rangeSize(value)} addresses, which Weave Net shares out among ${peers} nodes: fewer than ${fewestAddresses} each`;
  return [{ path: fullKey('podCidr'), value, rule, fix: 'Choose a larger range, like 10.200.0.0/16.' }];
};

/** Images that nobody but a lab's mirror serves. */
const reachableImages: Rule = ({ settings, lock }) => {
  const { machines, imageMirror, cni, weaveVersion: value } = settings;
  if (machines === undefined || machines === 'lab' || imageMirror !== '' || cni !== 'weave') return [];
  const images = lock.artifacts.filter(({ name }) => name === 'weave-kube');
  const isOurs = (version: string | undefined): boolean =>
    images.some((each) => each.version === version && each.url.startsWith(`${ownRegistry}/`));
  if (!isOurs(value)) return [];
  const others = [...new Set(images.map(({ version }) => version))].filter((version) => !isOurs(version));
  const rule = `is built here, and no registry serves its images but a lab's mirror`;
  const fix = `Choose ${others.join(' or ') || 'another'}, or push the images to a registry of yours and name it in ${fullKey('imageMirror')}.`;
  return [{ path: fullKey('weaveVersion'), value, rule, fix }];
};

/** The faults of Weave Net's settings. */
export const weaveRules: readonly Rule[] = [roomForPeers, reachableImages];

const usedPassword: Rule = ({ settings: { weavePassword, weaveEncryption } }) =>
  !weavePassword || weaveEncryption !== 'off'
    ? []
    : [
        {
          path: fullKey('weavePassword'),
          value: undefined,
          rule: `has no effect: ${fullKey('weaveEncryption')} is "off"`,
          fix: 'Remove one of the two.',
        },
      ];

/** What is allowed about Weave Net's settings, and worth knowing. */
export const weaveWarnings: readonly Rule[] = [usedPassword];
