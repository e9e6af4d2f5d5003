import { describe, expect, it } from '@jest/globals';
import { readOutcome } from '../../../cli/commands/drift.ts';
import { readPreview } from '../../../cli/drift/program.ts';
import { urn } from '../pulumi/engine-events.ts';

const now = new Date('2026-11-21T12:00:00Z');
const leaf = (name: string) =>
  urn('hardway:pki:Pki$hardway:pki:Leaf$tls:index/locallySignedCert:LocallySignedCert', name);
const authority = (name: string) =>
  urn('hardway:pki:Pki$hardway:pki:Authority$tls:index/selfSignedCert:SelfSignedCert', name);
const role = urn('hardway:etcd:Etcd$hardway:remote:Role', 'etcd-ctl01');
const deployment = urn('hardway:addons:Addons$kubernetes:apps/v1:Deployment', 'addons-coredns');

const certificate = (ends: string, hours: number, secret = '') => ({
  inputs: { earlyRenewalHours: hours, caPrivateKeyPem: secret },
  outputs: { validityEndTime: ends },
});
const read = (steps: readonly unknown[], diagnostics: readonly unknown[] = []) =>
  readPreview(JSON.stringify({ steps, diagnostics }), now);
const nothing = { differences: [], renewals: [], carried: 0, errors: [] };

describe('readPreview', () => {
  it('takes what is the same, was only asked for, or is half of a replacement for no difference', () => {
    const steps = ['same', 'refresh', 'read', 'create-replacement', 'delete-replaced'].map((op) => ({ op, urn: role }));
    expect(read(steps)).toEqual(nothing);
    expect(readPreview('{}', now)).toEqual(nothing);
  });

  it('names what comes, goes and changes, with the paths of the change and without its values', () => {
    const state = { inputs: { spec: { password: 'hunter2' } }, outputs: {} };
    const reading = read([
      { op: 'update', urn: deployment, oldState: state, newState: state, detailedDiff: { 'spec.replicas': {} } },
      { op: 'create', urn: urn('hardway:addons:Addons$kubernetes:core/v1:ConfigMap', 'corefile'), detailedDiff: null },
      { op: 'replace', urn: role, diffReasons: ['plan'], replaceReasons: ['plan', 'machine'] },
      { op: 'delete', urn: urn('random:index/randomBytes:RandomBytes', 'old'), diffReasons: ['length'] },
    ]);
    expect(reading.differences).toEqual([
      { room: 'addons', resource: 'addons-coredns (Deployment)', change: 'update', properties: ['spec.replicas'] },
      { room: 'addons', resource: 'corefile (ConfigMap)', change: 'create', properties: [] },
      { room: 'etcd', resource: 'etcd-ctl01 (Role)', change: 'replace', properties: ['plan', 'machine'] },
      { room: 'program', resource: 'old (RandomBytes)', change: 'delete', properties: [] },
    ]);
    expect(JSON.stringify(reading)).not.toContain('hunter2');
  });

  it('tells a role once: its command differs because it does', () => {
    const command = `${role.replace('::etcd-ctl01', '')}$command:remote:Command::etcd-ctl01`;
    const gate = urn('hardway:etcd:Etcd$hardway:remote:Gate$command:remote:Command', 'etcd-ready');
    const { differences } = read([role, command, gate].map((one) => ({ op: 'update', urn: one })));
    expect(differences.map(({ resource }) => resource)).toEqual(['etcd-ctl01 (Role)', 'etcd-ready (Command)']);
  });

  it('takes a certificate near its end for a renewal, and another change of one for a difference', () => {
    const reading = read([
      { op: 'replace', urn: leaf('admin'), oldState: certificate('2026-12-21T11:00:00Z', 720) },
      { op: 'create-replacement', urn: leaf('admin'), oldState: certificate('2026-12-21T11:00:00Z', 720) },
      { op: 'update', urn: authority('etcd'), oldState: certificate('2026-11-22T00:00:00Z', 24) },
      { op: 'replace', urn: leaf('scheduler'), oldState: certificate('2026-12-21T13:00:00Z', 720) },
    ]);
    expect(reading.renewals).toEqual([
      { name: 'admin', ends: '2026-12-21T11:00:00Z' },
      { name: 'etcd', ends: '2026-11-22T00:00:00Z' },
    ]);
    expect(reading.differences.map(({ resource }) => resource)).toEqual(['scheduler (LocallySignedCert)']);
  });

  it('counts the updates that carry a renewed certificate, and nothing else, apart from differences', () => {
    const due = { op: 'replace', urn: leaf('admin'), oldState: certificate('2026-12-01T00:00:00Z', 720) };
    const provider = urn('hardway:addons:Addons$pulumi:providers:kubernetes', 'addons');
    const updates = [
      { op: 'update', urn: role, detailedDiff: null },
      { op: 'update', urn: provider, detailedDiff: { kubeconfig: {} } },
      { op: 'update', urn: deployment, detailedDiff: { 'spec.replicas': {} } },
      { op: 'create', urn: urn('hardway:addons:Addons$kubernetes:core/v1:ConfigMap', 'corefile') },
    ];
    const reading = read([due, ...updates]);
    expect(reading.carried).toBe(2);
    expect(reading.differences.map(({ resource }) => resource)).toEqual([
      'addons-coredns (Deployment)',
      'corefile (ConfigMap)',
    ]);
    expect(read(updates)).toMatchObject({ carried: 0, differences: { length: 4 } });
  });

  it('goes by the renewal hours that the program wants now', () => {
    const step = {
      op: 'replace',
      urn: leaf('admin'),
      oldState: certificate('2027-11-21T11:00:00Z', 720),
      newState: certificate('2027-11-21T11:00:00Z', 8760),
    };
    expect(read([step]).renewals).toHaveLength(1);
  });
});

describe('a preview that failed', () => {
  const closing = { severity: 'error', message: 'error: preview failed\n' };
  const conflict = {
    urn: deployment,
    severity: 'error',
    message:
      'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
  };
  const update = { op: 'update', urn: deployment, detailedDiff: { 'spec.replicas': {} } };
  const outcome = (steps: readonly unknown[], diagnostics: readonly unknown[]) =>
    readOutcome(JSON.stringify({ steps, diagnostics }), false, 'exit 255');

  it('because someone else holds a field is a difference, and says who', () => {
    const { differences, faults } = outcome([update], [conflict, closing]);
    expect(faults).toEqual([]);
    expect(differences[0]?.properties).toEqual(['spec.replicas', 'held by kubectl, which an update does not overrule']);
  });

  it('for another reason is a fault beside what was found', () => {
    const other = { severity: 'error', message: 'error: no such host\n' };
    const { differences, faults } = outcome([update], [conflict, other, closing]);
    expect(differences).toHaveLength(1);
    expect(faults).toEqual(['the program: pulumi preview failed: error: no such host']);
  });

  it('without a reason in its report, or without a report, says what Pulumi said', () => {
    expect(outcome([], []).faults).toEqual(['the program: pulumi preview failed: exit 255']);
    expect(readOutcome('', false, 'incorrect passphrase').faults).toEqual([
      'the program: pulumi preview failed: incorrect passphrase',
    ]);
  });
});
