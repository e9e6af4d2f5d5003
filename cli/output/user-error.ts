import { ConfigError } from '../../config/diagnostic.ts';
import { LabError } from '../../lab/errors.ts';
import { PreflightError } from '../../preflight/diagnostic.ts';
import { ToolchainError } from '../../toolchain/error.ts';
import { UsageError } from '../args.ts';

/** Errors whose message is meant for a person, by name where importing the class would load a room. */
const names = new Set([
  ...['BusyError', 'ConfirmError', 'ForgetError', 'HostRecordError', 'PodNetworkError', 'PulumiError'],
  'StackFileError',
]);

/** True when an error's message says all that a person needs. */
export function expectedError(error: Error): boolean {
  const known = [ConfigError, PreflightError, LabError, ToolchainError, UsageError];
  return known.some((kind) => error instanceof kind) || names.has(error.constructor.name);
}
