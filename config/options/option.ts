/** What a configuration key consists of. */
import type { z } from 'zod';

/** One configuration key. */
export interface Option<S extends z.ZodType = z.ZodType> {
  /** What its value must be. Carries the rule that a message names. */
  readonly schema: S;
  /** Its value when the stack does not set it, as a stack file would write it. */
  readonly default: z.input<S>;
  /** Meaning, unit and range, as sentences. */
  readonly description: string;
  /** Where it goes: the flag, the field, or the page that explains it. */
  readonly source: string;
}

/** A key out of its parts. */
export function option<S extends z.ZodType>(
  schema: S,
  fallback: z.input<S>,
  description: string,
  source: string,
): Option<S> {
  return { schema, default: fallback, description, source };
}
