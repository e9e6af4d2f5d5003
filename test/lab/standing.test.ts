import { describe, expect, it } from '@jest/globals';
import type { ContainerInspection } from '../../lab/engine.ts';
import { nextStep, servesFolder } from '../../lab/standing.ts';

const wanted = { lab: 'lab', spec: 'abc', networkId: 'net1' };

function container(
  change: { status?: string; spec?: string; lab?: string; networkId?: string } = {},
): ContainerInspection {
  return {
    Id: 'id',
    Name: '/lab-ctl01',
    RestartCount: 0,
    State: { Status: change.status ?? 'running', ExitCode: 0, StartedAt: '' },
    Config: { Labels: { 'hardway.lab': change.lab ?? 'lab', 'hardway.spec': change.spec ?? 'abc' } },
    NetworkSettings: { Networks: { lab: { NetworkID: change.networkId ?? 'net1', IPAddress: '10.0.0.2' } } },
  };
}

describe('nextStep', () => {
  it('creates what is not there', () => {
    expect(nextStep(undefined, wanted)).toBe('create');
  });

  it('leaves a healthy machine alone', () => {
    expect(nextStep(container(), wanted)).toBe('none');
  });

  it('switches a stopped machine on again: it is the same machine', () => {
    expect(nextStep(container({ status: 'exited' }), wanted)).toBe('start');
  });

  it.each(['created', 'restarting', 'dead', 'paused'])('makes a machine anew that is %s', (status) => {
    expect(nextStep(container({ status }), wanted)).toBe('recreate');
  });

  it('makes a machine anew when its facts or its network changed', () => {
    expect(nextStep(container({ spec: 'other' }), wanted)).toBe('recreate');
    expect(nextStep(container({ networkId: 'net0' }), wanted)).toBe('recreate');
    expect(nextStep(container({ networkId: 'net0', status: 'exited' }), wanted)).toBe('recreate');
  });

  it('never touches what is not this lab’s', () => {
    expect(nextStep(container({ lab: 'other' }), wanted)).toBe('foreign');
  });
});

describe('the folder that the mirror serves', () => {
  const folder = { source: '/cache/mirror', inside: '2049:131', here: '2049:131', wanted: '/cache/mirror' };

  it('is the one of the cache', () => {
    expect(servesFolder(folder)).toBe(true);
  });

  it.each([
    ['was deleted and made again', { here: '2049:977' }],
    ['is not there', { here: 'none' }],
    ['cannot be seen inside', { inside: '' }],
    ['is that of another cache', { wanted: '/other/mirror' }],
  ])('is another one when it %s', (_, changed) => {
    expect(servesFolder({ ...folder, ...changed })).toBe(false);
  });
});
