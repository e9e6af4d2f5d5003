import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderKeepTryingDropIn, renderUnit, type ServiceUnit, unitWord } from '../../../lib/format/systemd.ts';

const unit: ServiceUnit = {
  description: 'thing',
  documentation: 'https://example.com/',
  type: 'exec',
  start: { binary: '/usr/local/bin/thing' },
};
const visible = fc.string({ unit: 'grapheme-ascii' });

/** The command line as systemd reads it: continuation lines joined, words unquoted, specifiers and variables undone. */
function wordsOf(unitText: string): string[] {
  const joined = unitText.replaceAll('\\\n', ' ');
  const line = /^ExecStart=(.*)$/m.exec(joined)?.[1] ?? '';
  const words = line.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' };
  return words.map((word) =>
    (word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, (_, c: string) => escapes[c] ?? c) : word)
      .replaceAll('$$', '$')
      .replaceAll('%%', '%'),
  );
}

describe('renderUnit', () => {
  it('brings any arguments to the process unchanged', () => {
    fc.assert(
      fc.property(fc.array(visible), (words) => {
        const text = renderUnit({ ...unit, start: { binary: '/usr/local/bin/thing', arguments: words } });
        expect(wordsOf(text)).toEqual(['/usr/local/bin/thing', ...words]);
      }),
    );
  });

  it('keeps its shape whatever the arguments are: three sections, one ExecStart, one WantedBy', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0'))), (words) => {
        const lines = renderUnit({ ...unit, start: { binary: '/bin/x', arguments: words } })
          .replaceAll('\\\n', ' ')
          .split('\n');
        const starting = (head: string) => lines.filter((line) => line.startsWith(head)).length;
        expect(lines.filter((line) => /^\[/.test(line))).toEqual(['[Unit]', '[Service]', '[Install]']);
        expect([starting('ExecStart='), starting('WantedBy='), starting('Restart=')]).toEqual([1, 1, 1]);
      }),
    );
  });

  it('keeps trying for ever, a second apart', () => {
    const text = renderUnit(unit);
    for (const line of ['StartLimitIntervalSec=0', 'Restart=always', 'RestartSec=1'])
      expect(text).toContain(`${line}\n`);
    expect(text.indexOf('StartLimitIntervalSec')).toBeLessThan(text.indexOf('[Service]'));
  });

  it('does not ask for a restart that systemd refuses for a unit that ends', () => {
    const text = renderUnit({ ...unit, type: 'oneshot' });
    expect(text).toContain('\nRestart=on-failure\n');
    expect(text).toContain('\nRemainAfterExit=yes\n');
  });

  it('puts settings, environment and other commands where they belong', () => {
    const text = renderUnit({
      ...unit,
      after: ['a.service', 'b.service'],
      wants: ['a.service'],
      environment: { GREETING: 'hello world' },
      environmentFiles: ['/etc/thing.env'],
      startPre: [{ binary: '/bin/true', mayFail: true }],
      reload: { binary: '/bin/kill', arguments: ['-HUP', '$MAINPID'] },
      settings: { LimitNOFILE: 'infinity', Delegate: 'yes' },
    });
    expect(text).toBe(`[Unit]
Description=thing
Documentation=https://example.com/
Wants=a.service
After=a.service b.service
StartLimitIntervalSec=0

[Service]
Type=exec
Environment="GREETING=hello world"
EnvironmentFile=/etc/thing.env
ExecStartPre=-/bin/true
ExecStart=/usr/local/bin/thing
ExecReload=/bin/kill \\
  -HUP \\
  $$MAINPID
Restart=always
RestartSec=1
LimitNOFILE=infinity
Delegate=yes

[Install]
WantedBy=multi-user.target
`);
  });

  it('refuses a binary without its path and a setting of two lines', () => {
    expect(() => renderUnit({ ...unit, start: { binary: 'thing' } })).toThrow('needs an absolute path, not "thing"');
    expect(() => renderUnit({ ...unit, description: 'a\nExecStart=/bin/evil' })).toThrow('must be one line');
  });
});

describe('unitWord', () => {
  it.each([
    ['--a=b', '--a=b'],
    ['100%', '100%%'],
    ['$HOME', '$$HOME'],
    ['two words', '"two words"'],
    ['a;b', '"a;b"'],
    ['', '""'],
    ['say "hi"', '"say \\"hi\\""'],
  ])('writes %j as %s', (word, written) => {
    expect(unitWord(word)).toBe(written);
  });
});

describe('renderKeepTryingDropIn', () => {
  it('says nothing but how often to try', () => {
    expect(renderKeepTryingDropIn()).toBe(
      '[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nRestart=always\nRestartSec=1\n',
    );
  });
});
