/** systemd units as typed values. See systemd.unit(5), systemd.service(5) and systemd.exec(5). */

/** A command of a unit: an absolute binary and its arguments, one to a line in the rendered unit. */
export interface UnitCommand {
  /** Absolute path of the binary. */
  readonly binary: string;
  /** Arguments as the process receives them; escaping is the renderer's. Default none. */
  readonly arguments?: readonly string[];
  /** Go on when it fails (systemd's `-` in front). Default false. */
  readonly mayFail?: boolean;
}

/** A unit of this project: it always belongs to multi-user.target and always keeps trying. */
export interface ServiceUnit {
  /** What `systemctl status` shows: the name of the thing that runs. */
  readonly description: string;
  /** Web page of the thing's own documentation. */
  readonly documentation: string;
  /** Units that are started before this one where both are to start. Ordering only. Default none. */
  readonly after?: readonly string[];
  /** Units that this one pulls in, without failing where they fail. Default none. */
  readonly wants?: readonly string[];
  /** `notify`: ready when the process says so; `exec`: ready once it runs; `oneshot`: runs to its end. */
  readonly type: 'exec' | 'notify' | 'oneshot';
  readonly start: UnitCommand;
  /** Commands before `start`. Default none. */
  readonly startPre?: readonly UnitCommand[];
  /** Commands once the process is ready. Default none. */
  readonly startPost?: readonly UnitCommand[];
  /** Default: systemd sends SIGTERM. */
  readonly stop?: UnitCommand;
  /** Default: the unit cannot be reloaded. */
  readonly reload?: UnitCommand;
  /** Files of `NAME=value` lines that become the process's environment; each must exist, unless `-` precedes it. Default none. */
  readonly environmentFiles?: readonly string[];
  /** Environment of the process. Default none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds until a start that did not become ready is given up; `infinity` for never. Default: systemd's 90 s. */
  readonly startTimeoutSeconds?: number | 'infinity';
  /** Further settings of the service section. Default none. */
  readonly settings?: ServiceSettings;
}

/** The settings of a service section that units here use beyond the common ones. */
export interface ServiceSettings {
  /** Let the process manage its own control groups: container runtimes need it. */
  readonly Delegate?: 'yes';
  /** `process`: stopping the unit leaves its children (containers) running. systemd's default `control-group`. */
  readonly KillMode?: 'process';
  /** Open files; a number, or `infinity`. systemd lowers it to what the machine allows. */
  readonly LimitNOFILE?: number | 'infinity';
  readonly LimitNPROC?: number | 'infinity';
  readonly LimitCORE?: number | 'infinity';
  readonly TasksMax?: number | 'infinity';
  /** -1000 (never killed when memory runs out) to 1000. Below 0 needs CAP_SYS_RESOURCE, or the unit does not start. */
  readonly OOMScoreAdjust?: number;
}

/** The text of a unit file. */
export function renderUnit(unit: ServiceUnit): string {
  // `always` is refused for a unit that is meant to end.
  const restart = unit.type === 'oneshot' ? 'on-failure' : 'always';
  const sections: [string, [string, string][]][] = [
    [
      'Unit',
      [
        ...about(unit),
        ...list('Wants', unit.wants),
        ...list('After', unit.after),
        // What a unit needs may come minutes later, so no number of failures makes systemd give up.
        ['StartLimitIntervalSec', '0'],
      ],
    ],
    [
      'Service',
      [
        ['Type', unit.type],
        ...(unit.type === 'oneshot' ? [['RemainAfterExit', 'yes'] as [string, string]] : []),
        ...Object.entries(unit.environment ?? {}).map(([name, value]): [string, string] => [
          'Environment',
          unitWord(`${name}=${value}`, { dollars: false }),
        ]),
        ...(unit.environmentFiles ?? []).map((path): [string, string] => ['EnvironmentFile', plainValue(path)]),
        ...(unit.startPre ?? []).map((command): [string, string] => ['ExecStartPre', commandText(command)]),
        ['ExecStart', commandText(unit.start)],
        ...(unit.startPost ?? []).map((command): [string, string] => ['ExecStartPost', commandText(command)]),
        ...optional('ExecReload', unit.reload && commandText(unit.reload)),
        ...optional('ExecStop', unit.stop && commandText(unit.stop)),
        ['Restart', restart],
        ['RestartSec', '1'],
        ...optional('TimeoutStartSec', unit.startTimeoutSeconds),
        ...Object.entries(unit.settings ?? {}).flatMap(([name, value]) => optional(name, value)),
      ],
    ],
    ['Install', [['WantedBy', 'multi-user.target']]],
  ];
  return renderSections(sections);
}

/** How every unit says what it is. */
const about = (unit: Pick<ServiceUnit, 'description' | 'documentation'>): [string, string][] => [
  ['Description', plainValue(unit.description)],
  ['Documentation', plainValue(unit.documentation)],
];

/** What a timer starts: it runs to its end, and is not part of a boot. */
export function renderTask(unit: Pick<ServiceUnit, 'description' | 'documentation' | 'after' | 'start'>): string {
  return renderSections([
    ['Unit', [...about(unit), ...list('After', unit.after)]],
    [
      'Service',
      [
        ['Type', 'oneshot'],
        ['ExecStart', commandText(unit.start)],
      ],
    ],
  ]);
}

/** Starts the service of the same name by the calendar; what a machine that was off has missed runs at its next boot. */
export function renderTimer(
  unit: Pick<ServiceUnit, 'description' | 'documentation'> & {
    /** When, as systemd.time(7) has it. */
    readonly calendar: string;
  },
): string {
  return renderSections([
    ['Unit', [...about(unit)]],
    [
      'Timer',
      [
        ['OnCalendar', plainValue(unit.calendar)],
        ['Persistent', 'yes'],
      ],
    ],
    ['Install', [['WantedBy', 'multi-user.target']]],
  ]);
}

/**
 * A drop-in that makes a unit of a Debian package keep trying like ours do, and leaves the rest as packaged.
 *
 * @param more - units to start after, commands to run before, and a command in place of the package's
 */
export function renderKeepTryingDropIn(more: Partial<Pick<ServiceUnit, 'after' | 'startPre' | 'start'>> = {}): string {
  return renderSections([
    ['Unit', [...list('After', more.after), ['StartLimitIntervalSec', '0']]],
    [
      'Service',
      [
        ...(more.startPre ?? []).map((command): [string, string] => ['ExecStartPre', commandText(command)]),
        // The empty one clears the list: a unit of this type has one command.
        ...(more.start ? [['ExecStart', ''] as const, ['ExecStart', commandText(more.start)] as const] : []),
        ['Restart', 'always'],
        ['RestartSec', '1'],
      ],
    ],
  ]);
}

/**
 * One word of a systemd command line: quoted where it must be, with `%` (specifiers) and `$` (variables) doubled, so
 * that the process receives exactly the given text.
 *
 * @param options - `dollars: false` for settings in which systemd does not expand variables (`Environment=`).
 * @throws when the text holds a NUL byte.
 */
export function unitWord(text: string, options: { readonly dollars: boolean } = { dollars: true }): string {
  if (text.includes('\0')) {
    throw new Error('a word of a unit cannot hold a NUL byte');
  }
  const percent = text.replaceAll('%', '%%');
  const escaped = options.dollars ? percent.replaceAll('$', '$$$$') : percent;
  if (/^[A-Za-z0-9_@%+=:,./$*!-]+$/.test(escaped)) {
    return escaped;
  }
  const quoted = escaped
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${quoted}"`;
}

function commandText(command: UnitCommand): string {
  if (!command.binary.startsWith('/')) {
    throw new Error(`a unit's command needs an absolute path, not ${JSON.stringify(command.binary)}`);
  }
  const words = [
    `${command.mayFail === true ? '-' : ''}${command.binary}`,
    ...(command.arguments ?? []).map((word) => unitWord(word)),
  ];
  return words.join(' \\\n  ');
}

function list(name: string, values: readonly string[] | undefined): [string, string][] {
  return values === undefined || values.length === 0 ? [] : [[name, values.map(plainValue).join(' ')]];
}

function optional(name: string, value: string | number | undefined): [string, string][] {
  return value === undefined ? [] : [[name, String(value)]];
}

function plainValue(text: string): string {
  if (/[\r\n\0]/.test(text) || text.endsWith('\\')) {
    throw new Error(`a unit's setting must be one line, not ${JSON.stringify(text)}`);
  }
  return text.replaceAll('%', '%%');
}

function renderSections(sections: readonly [string, readonly (readonly [string, string])[]][]): string {
  return sections
    .map(([name, lines]) => `[${name}]\n${lines.map(([key, value]) => `${key}=${value}\n`).join('')}`)
    .join('\n');
}
