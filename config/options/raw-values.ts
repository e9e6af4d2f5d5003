/** The raw form of values: what Pulumi's CLI declares a key as, and how a value comes out of a stack file. Pure. */
import { z } from 'zod';

/** The types that a project file can declare a key as. `undefined`: none of them fits, so that it declares none. */
export type DeclaredType = 'string' | 'integer' | 'boolean' | 'object' | { array: 'string' } | undefined;

/** The type by which a project file declares a key with this schema. */
export function declaredType(schema: z.ZodType): DeclaredType {
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodNumber) return 'integer';
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return 'object';
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodString ? { array: 'string' } : undefined;
  return 'string';
}

/** What a text is as JSON, or the text itself when it is none. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A raw value as its schema reads it. Pulumi hands every scalar over as text and every structure as JSON text, a stack
 * file has them typed; both come out the same. A value that does not fit comes back as it was, for the schema to refuse.
 *
 * @returns `undefined` when the value counts as not set: nothing at all, or an empty text for a structure
 */
export function fromRaw(schema: z.ZodType, value: unknown): unknown {
  const type = declaredType(schema);
  if (value === undefined || value === null) return undefined;
  if (type === 'string') return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (type === 'integer') return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : value;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : value;
  return text === '' ? undefined : fromJson(text);
}
