import { noProxyLines } from './no-proxy.ts';

/** Variables for a child process; undefined removes one that this process has. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What {@link pulumiEnvironment} is made from. All paths are absolute. */
export interface Surroundings {
  /** The repository's own state folder, `.hardway`. */
  readonly stateDir: string;
  /** Where the tools are, first on PATH. */
  readonly binDir: string;
  /** Where artifacts and images are. */
  readonly cacheDir: string;
  /** The environment of whoever runs the command. */
  readonly user: Readonly<Record<string, string | undefined>>;
  /** Whether the user's own passphrase opens the stack, and not this repository's. Default false. */
  readonly givenPassphrase?: boolean;
}

/** True when the user brings a backend: their login, their state and their passphrase are then left alone. */
export function hasOwnBackend(user: Readonly<Record<string, string | undefined>>, stateDir: string): boolean {
  if (user.PULUMI_ACCESS_TOKEN) return true;
  return Boolean(user.PULUMI_BACKEND_URL) && user.PULUMI_BACKEND_URL !== backendUrl(stateDir);
}

/**
 * The variables that the Pulumi CLI runs with: the state, the passphrase's *file* and the plugins of this repository,
 * so that no login of the user's is touched. A backend that the user has set wins.
 */
export function pulumiEnvironment(around: Surroundings): Environment {
  const path = (around.user.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':');
  const common = {
    PATH: [around.binDir, ...path.filter((folder) => folder !== around.binDir)].join(':'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // Most steps wait for a machine and not for this one's processors, which is what Pulumi's own default counts.
    PULUMI_PARALLEL: '32',
    // The salt may stay out of the committed stack file: the state has it too.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
    // The engine would fetch the plugin of every SDK in node_modules, without a checksum: that of AWS for a lab too.
    // Those that a stack needs are in bin.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    HARDWAY_STATE: around.stateDir,
    // What the program finds there must be what make put there, also for another HOME than that of the account.
    HARDWAY_CACHE: around.cacheDir,
  };
  if (hasOwnBackend(around.user, around.stateDir)) return common;
  return {
    ...common,
    PULUMI_BACKEND_URL: backendUrl(around.stateDir),
    PULUMI_HOME: `${around.stateDir}/pulumi`,
    // Pulumi takes the variable before the file: one that is set for another project would win without a word.
    ...(around.givenPassphrase
      ? {}
      : {
          PULUMI_CONFIG_PASSPHRASE: undefined,
          PULUMI_CONFIG_PASSPHRASE_FILE: `${around.stateDir}/passphrase`,
        }),
  };
}

function backendUrl(stateDir: string): string {
  return `file://${stateDir}/state`;
}

/**
 * The text of `.hardway/env`, to be read by a shell: `. .hardway/env`, then plain `pulumi preview` works. It names the
 * passphrase's file and never the passphrase. PATH is put before the reading shell's own.
 *
 * @param direct - addresses of the stacks in this folder, which no proxy is asked for
 */
export function envFile(environment: Environment, binDir: string, direct: readonly string[] = []): string {
  const lines = Object.entries(environment).flatMap(([name, value]) =>
    name === 'PATH' || value === undefined ? [] : [`export ${name}=${quote(value)}`],
  );
  return [
    '# Written by `make up`: what plain `pulumi` needs here. Read it with:  . .hardway/env',
    ...lines,
    ...(environment.PULUMI_CONFIG_PASSPHRASE_FILE ? [passphraseLine] : []),
    `case ":$PATH:" in *:${quote(binDir)}:*) ;; *) export PATH=${quote(binDir)}:"$PATH" ;; esac`,
    ...noProxyLines(direct),
    '',
  ].join('\n');
}

/** Said and not decided: some stack may be sealed with it. */
const passphraseLine =
  `[ -z "\${PULUMI_CONFIG_PASSPHRASE+set}" ] || ` +
  `echo 'PULUMI_CONFIG_PASSPHRASE is set, and plain pulumi takes it in place of .hardway/passphrase. Fix: unset it' >&2`;

function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
