import { describe, expect, it } from '@jest/globals';
import { explain, Failures, trimMessage } from '../../../cli/output/failures.ts';
import { logLines } from '../../../cli/pulumi/update-log.ts';
import { diagnostic, failed, outputs, pre, urn } from '../pulumi/engine-events.ts';

describe('Failures', () => {
  const stack = urn('pulumi:pulumi:Stack', 'hardway-dev');

  it('names the machine, the step and the last words, and not the consequence', () => {
    const failures = new Failures();
    failures.feed(pre('etcd', 'etcd-ctl01'));
    failures.feed(diagnostic('error', 'etcd.service failed to start', { room: 'etcd', name: 'etcd-ctl01' }));
    failures.feed(failed('etcd', 'etcd-ctl01'));
    failures.feed({
      sequence: 9,
      timestamp: 0,
      diagnosticEvent: { urn: stack, severity: 'error', message: 'update failed', color: '' },
    });
    expect(failures.list(['ctl01', 'ctl02'])).toEqual([
      { what: 'etcd-ctl01 (etcd)', machine: 'ctl01', message: 'etcd.service failed to start' },
    ]);
  });

  it('does not take a machine for another whose name begins with its own', () => {
    const failures = new Failures();
    failures.feed(diagnostic('error', 'no', { room: 'workers', name: 'workers-wrk10-activate' }));
    expect(failures.list(['wrk1', 'wrk10'])[0]?.machine).toBe('wrk10');
  });

  it("names the machine of a gate, whose own name has none, by its component's", () => {
    const failures = new Failures();
    const gate = urn('hardway:etcd:Etcd$hardway:remote:Gate', 'etcd-verified');
    const step = urn('hardway:etcd:Etcd$hardway:remote:Gate$command:remote:Command', 'etcd-verified');
    const event = (of: string, state: object) =>
      ({ sequence: 1, timestamp: 0, resourcePreEvent: { metadata: { op: 'update', urn: of, new: state } } }) as never;
    failures.feed(event(gate, { inputs: { machine: 'ctl02' }, parent: '' }));
    failures.feed(event(step, { inputs: {}, parent: gate }));
    failures.feed({
      ...{ sequence: 2, timestamp: 0 },
      diagnosticEvent: { urn: step, severity: 'error', message: 'no quorum', color: '' },
    });
    expect(failures.list(['ctl01', 'ctl02'])[0]).toMatchObject({ what: 'etcd-verified (etcd)', machine: 'ctl02' });
  });

  it('shows an error of the program itself', () => {
    const failures = new Failures();
    failures.feed(diagnostic('error', 'TypeError: x is not a function'));
    expect(failures.list([])).toEqual([{ what: 'the program', message: 'TypeError: x is not a function' }]);
  });

  it('does not repeat debug messages, which hold secrets', () => {
    const failures = new Failures();
    failures.feed(diagnostic('debug', 'key=SECRET', { room: 'pki', name: 'ca' }));
    failures.feed(diagnostic('error', 'refused', { room: 'pki', name: 'ca' }));
    expect(failures.list([])).toEqual([{ what: 'ca (pki)', machine: undefined, message: 'refused' }]);
  });

  it('has nothing to say after a good update', () => {
    const failures = new Failures();
    failures.feed(diagnostic('warning', 'careful'));
    failures.feed(diagnostic('info', 'so it is'));
    expect(failures.list([])).toEqual([]);
  });
});

describe('trimMessage', () => {
  it('drops the text of the command, quotes and all', () => {
    const message = 'Process exited with status 1: running "set -e; printf \\"%s\\" x; false":\nunit failed\n';
    expect(trimMessage(message)).toBe('Process exited with status 1:\nunit failed');
  });

  it('says once what a service says at each of its starts, and how often', () => {
    const line = (second: number, pid: number, text: string) =>
      `2026-11-25T15:46:0${second}+0000 ctl01 kube-apiserver[${pid}]: ${text}`;
    const message = [
      line(1, 101, 'E1125 15:46:01.123456     101 run.go:72] "command failed" err="bad flag"'),
      line(2, 102, 'listening on 10.0.0.1:6443'),
      line(3, 103, 'E1125 15:46:03.654321     103 run.go:72] "command failed" err="bad flag"'),
      line(4, 104, 'listening on 10.0.0.2:6443'),
    ].join('\n');
    const kept = trimMessage(message).split('\n');
    expect(kept).toHaveLength(3);
    expect(kept[1]).toMatch(/15:46:03\+0000 ctl01 .* err="bad flag" \(2 times\)$/);
    expect(trimMessage('same\nother\nsame')).toBe('other\nsame (2 times)');
  });

  it('keeps the end of what is long and says that there is more', () => {
    const lines = Array.from({ length: 40 }, (_, at) => `line ${at}`).join('\n');
    const kept = trimMessage(lines).split('\n');
    expect(kept[0]).toBe('(15 earlier lines are in the log)');
    expect(kept.at(-1)).toBe('line 39');
  });
});

describe('explain', () => {
  it('ends with the log and the next step', () => {
    const text = explain([{ what: 'etcd-a (etcd)', machine: 'a', message: 'one\ntwo' }], {
      log: '.hardway/logs/x.log',
      stack: 'two',
      again: 'make up STACK=two',
      changed: ['hardway:a 1 -> 2'],
    });
    expect(text.split('\n')).toEqual([
      'a: etcd-a (etcd) failed:',
      '    one',
      '    two',
      'changed since the last finished update: hardway:a 1 -> 2',
      'Log: .hardway/logs/x.log',
      'Fix: correct what is named above, then run "make up STACK=two" again; it continues from here.',
    ]);
  });
});

describe('logLines', () => {
  it('writes steps and messages, and no property of any resource', () => {
    expect(logLines(pre('etcd', 'etcd-a'))).toEqual(['00:00:00 begin create etcd etcd-a (command:remote:Command)']);
    expect(logLines(outputs('etcd', 'etcd-a', 'same'))).toEqual([]);
    expect(logLines(diagnostic('debug', 'RegisterResource RPC finished: key=SECRET'))).toEqual([]);
    expect(logLines(diagnostic('error', 'no\n', { room: 'etcd', name: 'etcd-a' }))).toEqual([
      '00:00:00 error etcd-a: no',
    ]);
  });
});
