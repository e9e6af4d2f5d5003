/** Errors and warnings of a configuration, and how they are written. */
import { distance } from 'fastest-levenshtein';
import { type Diagnostic as Base, countErrors, renderLine } from '../lib/diagnostic.ts';
import { UserError } from '../lib/user-error.ts';

/** An error or a warning about one value. */
export interface Diagnostic extends Base {
  /** The value's place: `hardway:workers[1].name`. */
  readonly path: string;
  /** The value, as it was written; `undefined` when there is none, or it is a secret. */
  readonly value: unknown;
}

/** What a rule finds: whether it is an error or a warning is the rule's list to say. */
export type Problem = Omit<Diagnostic, 'severity'>;

/** The longest text that a value takes in a message. */
const valueLimit = 72;

/** Keeps private keys out of a message, wherever in a value they are. */
const withoutSecrets = (key: string, value: unknown): unknown => (key === 'privateKey' ? '(secret)' : value);

/** A value as a message shows it: as JSON, without private keys, cut where it is long. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value, withoutSecrets) ?? 'not set';
  return text.length <= valueLimit ? text : `${text.slice(0, valueLimit - 3)}...`;
}

/** One line: path, value, problem, fix. */
export function renderDiagnostic(found: Problem): string {
  const { path, value } = found;
  return renderLine(value === undefined ? path : `${path} = ${showValue(value)}`, found);
}

/** One line each, in their order. */
export function renderDiagnostics(found: readonly Problem[]): string {
  return found.map(renderDiagnostic).join('\n');
}

/** The error that stops a run: every error of the configuration at once. */
export function configError(stack: string, errors: readonly Problem[]): UserError {
  const heading = `the configuration of stack ${stack} has ${countErrors(errors.length)}; nothing was changed:`;
  return new UserError(`${heading}\n${renderDiagnostics(errors)}`);
}

/** The known word that an unknown one most likely means; `undefined` when none is near. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits);
  return best !== undefined && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
}
