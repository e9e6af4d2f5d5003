/** Rules about Weave Net: what its settings mean together, and the range it hands out. */
import { becomesNode, type Rule } from '../draft.ts';
import { fullKey } from '../keys.ts';
import { rangeSize } from '../network.ts';

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

/** The faults of Weave Net's settings. */
export const weaveRules: readonly Rule[] = [roomForPeers];

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
