import { describe, expect, it } from '@jest/globals';
import { changesText, isUnchanged, ProgressReporter } from '../../../cli/output/progress-reporter.ts';
import { type EngineEvent, plain, readUrn } from '../../../cli/pulumi/events.ts';
import { diagnostic, failed, outputs, pre, summary, urn } from '../pulumi/engine-events.ts';

describe('readUrn', () => {
  it('finds the outermost room', () => {
    const types = 'hardway:etcd:Etcd$hardway:remote:Gate$command:remote:Command';
    expect(readUrn(urn(types, 'etcd-ctl01'))).toEqual({
      room: 'etcd',
      name: 'etcd-ctl01',
      type: 'command:remote:Command',
    });
  });

  it('puts what has no room where a reader looks for it', () => {
    expect(readUrn(urn('kubernetes:core/v1:ConfigMap', 'x')).room).toBe('addons');
    expect(readUrn(urn('pulumi:pulumi:Stack', 'hardway-dev')).room).toBe('program');
  });
});

describe('plain', () => {
  it('drops colour marks and terminal codes', () => {
    expect(plain('<{%reset%}>hello <{%fg 13%}>\u001b[31mred\u001b[0m<{%reset%}>')).toBe('hello red');
  });
});

describe('Condenser', () => {
  const feed = (condenser: ProgressReporter, events: [number, EngineEvent][]) =>
    events.flatMap(([now, event]) => condenser.feed(event, now));

  it('prints one line when a room begins and one with its counts when it has settled', () => {
    const condenser = new ProgressReporter(0);
    const began = feed(condenser, [
      [100, pre('etcd', 'etcd-a')],
      [110, pre('etcd', 'etcd-b', 'update')],
      [2100, outputs('etcd', 'etcd-a')],
      [3100, outputs('etcd', 'etcd-b', 'update')],
    ]);
    expect(began).toEqual(['  etcd …']);
    expect(condenser.tick(3200)).toEqual([]);
    expect(condenser.tick(4600)).toEqual(['  etcd: 1 created, 1 updated in 3.0 s']);
    expect(condenser.tick(9000)).toEqual([]);
    expect(condenser.finish()).toEqual([]);
  });

  it('is silent about what stays as it is, and about components', () => {
    const condenser = new ProgressReporter(0);
    const component = pre('etcd', 'etcd', 'create', false);
    expect(
      feed(condenser, [
        [1, pre('etcd', 'etcd-a', 'same')],
        [2, component],
      ]),
    ).toEqual([]);
    expect(condenser.finish()).toEqual([]);
  });

  it('names what is in flight after a silence, the longest first', () => {
    const condenser = new ProgressReporter(0, 15_000);
    feed(condenser, [
      [1000, pre('machines', 'slow')],
      [2000, pre('machines', 'b')],
      [2000, pre('machines', 'c')],
      [2000, pre('machines', 'd')],
      [2000, pre('machines', 'e')],
    ]);
    expect(condenser.tick(15_000)).toEqual([]);
    expect(condenser.tick(16_000)).toEqual([
      '  16.0 s, in flight: slow (15.0 s), b (14.0 s), c (14.0 s), d (14.0 s) and 1 more',
    ]);
    expect(condenser.tick(17_000)).toEqual([]);
    expect(new ProgressReporter(0, 15_000).tick(15_000)).toEqual([
      '  15.0 s, the program and its plugins are starting',
    ]);
  });

  it('counts failures, and tells at the end what no line has told', () => {
    const condenser = new ProgressReporter(0);
    feed(condenser, [
      [0, pre('etcd', 'etcd-a')],
      [500, failed('etcd', 'etcd-a')],
    ]);
    expect(condenser.finish()).toEqual(['  etcd: 1 failed in 0.5 s']);
  });

  it('passes warnings on, but not the one of every plugin that lies on PATH', () => {
    const condenser = new ProgressReporter(0);
    const lines = feed(condenser, [
      [1, diagnostic('warning', '<{%reset%}>using pulumi-resource-command from $PATH at /x/bin<{%reset%}>\n')],
      [2, diagnostic('warning', 'the disk is nearly full\nsecond line')],
    ]);
    expect(lines).toEqual(['  warning: the disk is nearly full']);
  });

  it("keeps the engine's own count", () => {
    const condenser = new ProgressReporter(0);
    feed(condenser, [[1, summary({ same: 40, update: 2 })]]);
    expect(condenser.changes).toEqual({ same: 40, update: 2 });
  });
});

describe('counts of changes', () => {
  it('says whether anything changed', () => {
    expect(isUnchanged({ same: 40 })).toBe(true);
    expect(isUnchanged({ same: 40, update: 0 })).toBe(true);
    expect(isUnchanged({ same: 40, update: 1 })).toBe(false);
    expect(isUnchanged({})).toBe(false);
  });

  it('says what changed', () => {
    expect(changesText({ create: 40, same: 3, delete: 0 })).toBe('40 created, 3 unchanged');
    expect(changesText({})).toBe('nothing');
  });
});
