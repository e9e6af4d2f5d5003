import { describe, expect, it } from '@jest/globals';
import { parseFields, parseHelp } from '../../toolchain/list-flags.ts';

describe('the flags in the help of a program', () => {
  it('are read as pflag prints them', () => {
    const help = [
      'Usage:',
      '  kube-thing [flags]',
      '',
      'Generic flags:',
      '',
      '      --event-ttl duration              Amount of time to retain events. (default 1h0m0s)',
      '      --feature-gates mapStringBool     A set of key=value pairs. Options are:',
      '                                        AllAlpha=true|false (ALPHA - default=false)',
      '      --profiling                       DEPRECATED: Enable profiling. This parameter is ignored if a config file is specified in --config.',
      '      --max-requests-inflight int       How many, see --other. (default 400)',
      '      --qps float32                     Rate',
      '  -v, --v Level                         number for the log level verbosity',
      '  -h, --help                            help for kube-thing',
    ];
    expect(parseHelp(help.join('\n'))).toEqual({
      'event-ttl': { type: 'duration' },
      'feature-gates': { type: 'string' },
      'max-requests-inflight': { type: 'int' },
      profiling: { type: 'bool', deprecated: true, ignored: true },
      qps: { type: 'float' },
      v: { type: 'string' },
    });
  });

  it('are read as etcd and containerd print them', () => {
    const etcd =
      "Member:\n  --name 'default'\n    Human-readable name.\n  --strict 'false'\n    Whether.\n  --bcrypt-cost 10\n    Cost.\n";
    expect(parseHelp(etcd)).toEqual({
      'bcrypt-cost': { type: 'string' },
      name: { type: 'string' },
      strict: { type: 'bool' },
    });
    const containerd =
      'GLOBAL OPTIONS:\n   --log-level value, -l value  Set the logging level\n   --version, -v                Print the version\n';
    expect(parseHelp(containerd)).toEqual({ 'log-level': { type: 'string' } });
  });
});

describe('the fields of a configuration', () => {
  const source = [
    'type OtherConfiguration struct {\n\tNot string `json:"not"`\n}\n',
    'type ThingConfiguration struct {\n\tmetav1.TypeMeta `json:",inline"`\n',
    '\t// why\n\tMaxPods int32 `json:"maxPods,omitempty"`\n\tMode string `json:"mode"`\n}\n',
  ].join('');

  it('are those of its type, by their names in YAML', () => {
    expect(parseFields(source, 'ThingConfiguration')).toEqual(['maxPods', 'mode']);
  });

  it('are missed where the type is not there', () => {
    expect(() => parseFields(source, 'GoneConfiguration')).toThrow('GoneConfiguration has no fields');
  });
});
