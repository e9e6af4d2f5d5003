import { describe, expect, it } from '@jest/globals';
import { removeHost } from '../../../cli/commands/forget.ts';

const urn = (type: string, name: string) => `urn:pulumi:live::hardway::hardway:machines:Machines$${type}::${name}`;
const claim = (host: string) => urn('hardway:machines:Hosts$hardway:remote:Claim', `machines-claim-${host}`);
const command = (host: string) =>
  urn('hardway:machines:Hosts$hardway:remote:Claim$command:remote:Command', `machines-claim-${host}`);
const machine = (host: string) => urn('hardway:machines:Hosts$random:index/randomId:RandomId', `machines-${host}`);
const role = (host: string) => urn('hardway:remote:Role$command:remote:Command', `workers-${host}`);

const onHost = (host: string) => [
  { urn: claim(host) },
  { urn: command(host), parent: claim(host) },
  { urn: machine(host) },
  {
    urn: role(host),
    deletedWith: machine(host),
    dependencies: [command(host)],
    propertyDependencies: { triggers: [machine(host)], stdin: null },
  },
];

const state = {
  version: 3,
  deployment: {
    secrets_providers: { type: 'passphrase' },
    resources: [
      ...onHost('a'),
      ...onHost('b'),
      { urn: urn('x', 'gate'), dependencies: [role('a'), role('b')], propertyDependencies: { stdin: [role('b')] } },
      // Its name ends like the other's claim.
      { urn: machine('claim-b') },
    ],
  },
};

describe('a state without a host', () => {
  const { state: left, gone } = removeHost(state, 'b');
  const urns = (left.deployment.resources ?? []).map((one) => one.urn);

  it('has none of what lies on it and all of the rest', () => {
    expect(gone.sort()).toEqual(['machines-b', 'machines-claim-b', 'machines-claim-b', 'workers-b']);
    expect(urns).toEqual([...onHost('a').map((one) => one.urn), urn('x', 'gate'), machine('claim-b')]);
    expect(left.deployment).toMatchObject({ secrets_providers: { type: 'passphrase' } });
  });

  it('names nothing that is gone: Pulumi refuses a state that does', () => {
    expect(JSON.stringify(left)).not.toContain('workers-b');
    expect(left.deployment.resources?.[4]).toEqual({
      urn: urn('x', 'gate'),
      dependencies: [role('a')],
      propertyDependencies: { stdin: [] },
    });
  });

  it('is the same where there is no such host', () => {
    expect(removeHost(state, 'c')).toEqual({ state, gone: [] });
  });
});
