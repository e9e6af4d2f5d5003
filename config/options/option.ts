/** What a configuration option consists of. */
import type { z } from 'zod';

/** What only some options have. */
export interface OptionExtras<S extends z.ZodType = z.ZodType> {
  /** A value that shows what can be said, as a stack file would write it. Default: the option's default. */
  readonly example?: z.input<S>;
  /** The option's former name: still accepted, with a warning. */
  readonly formerName?: string;
}

/** One configuration option. */
export interface Option<S extends z.ZodType = z.ZodType> extends OptionExtras<S> {
  /** What its value must be. Carries the messages about other values. */
  readonly schema: S;
  /** Its value when the stack does not set it, as a stack file would write it. */
  readonly default: z.input<S>;
  /** Meaning, unit and range, as sentences. */
  readonly description: string;
  /** Where it goes: the flag, the field, or the page that explains it. */
  readonly source: string;
}

/**
 * Makes an option.
 *
 * @param schema - what its value must be
 * @param fallback - its default
 * @param description - meaning, unit and range, as sentences
 * @param source - the flag, the field, or the page that explains it
 * @param extras - example and former name
 */
export function option<S extends z.ZodType>(
  schema: S,
  fallback: z.input<S>,
  description: string,
  source: string,
  extras: OptionExtras<S> = {},
): Option<S> {
  return { schema, default: fallback, description, source, ...extras };
}
