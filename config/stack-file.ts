/**
 * Reads a stack's configuration from its files, without Pulumi: what `make up` looks at before it builds anything.
 * It gives what Pulumi would hand to the program, but for values set on the command line and encrypted ones.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UserError } from '../lib/user-error.ts';

const mapping = z.record(z.string(), z.unknown());
const projectSchema = z.object({ name: z.string(), config: mapping.nullish() });
const stackSchema = z.object({ config: mapping.nullish() }).nullish();
/** A declaration of a key in the project file, as far as it gives the key a value. */
const declarationSchema = z.object({ default: z.unknown(), value: z.unknown() }).partial();
const secureSchema = z.strictObject({ secure: z.string() });

function readYaml<T>(path: string, schema: z.ZodType<T>, what: string): T {
  const document = parseDocument(readFileSync(path, 'utf8'));
  const error = document.errors[0];
  if (error !== undefined) throw new UserError(`${path} is not valid YAML: ${error.message.trimEnd()}`);
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) throw new UserError(`${path} is not ${what}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** A key as Pulumi names it: the older `hardway:config:podCidr` is `hardway:podCidr`. */
function cleanKey(key: string): string {
  return key.replace(/^([^:]+):config:/, '$1:');
}

/** The value that a declaration in the project file gives its key, if any. */
function declaredValue(declaration: unknown): unknown {
  const parsed = declarationSchema.safeParse(declaration);
  const isMapping = typeof declaration === 'object' && declaration !== null && !Array.isArray(declaration);
  if (!isMapping || !parsed.success) return declaration;
  return parsed.data.default ?? parsed.data.value;
}

const repository = join(import.meta.dirname, '..');

/** The file of a stack, in the folder of `Pulumi.yaml`. */
export function stackFile(stack: string, folder = repository): string {
  return join(folder, `Pulumi.${stack}.yaml`);
}

/**
 * The raw values of a stack by full key, the project's defaults under the stack's own. Encrypted values are left out:
 * only Pulumi can read them. A stack without a file has the defaults.
 *
 * @param folder the folder of `Pulumi.yaml`; this repository when not given
 * @throws an error that names the file and the place when one is missing or is not valid YAML
 */
export function readStackFile(stack: string, folder = repository): Record<string, unknown> {
  const projectFile = join(folder, 'Pulumi.yaml');
  if (!existsSync(projectFile)) throw new UserError(`${projectFile} does not exist`);
  const project = readYaml(projectFile, projectSchema, 'a project file');
  const ownFile = stackFile(stack, folder);
  const own = existsSync(ownFile) ? readYaml(ownFile, stackSchema, 'a stack file') : undefined;
  const raw: Record<string, unknown> = {};
  for (const [key, declaration] of Object.entries(project.config ?? {})) {
    const value = declaredValue(declaration);
    if (value !== undefined) raw[key.includes(':') ? cleanKey(key) : `${project.name}:${key}`] = value;
  }
  for (const [key, value] of Object.entries(own?.config ?? {})) {
    if (secureSchema.safeParse(value).success) delete raw[cleanKey(key)];
    else raw[cleanKey(key)] = value;
  }
  return raw;
}

/** Whether something in a value is encrypted. */
function hasSecure(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return secureSchema.safeParse(value).success || Object.values(value).some(hasSecure);
}

/** The keys of a stack, in full, with an encrypted value or one somewhere within. */
export function encryptedKeys(stack: string, folder = repository): string[] {
  const ownFile = stackFile(stack, folder);
  if (!existsSync(ownFile)) return [];
  const own = readYaml(ownFile, stackSchema, 'a stack file');
  return Object.entries(own?.config ?? {})
    .filter(([, value]) => hasSecure(value))
    .map(([key]) => cleanKey(key));
}

/**
 * Whether a stack file has a salt that no value in it needs: plain `pulumi` writes one. It belongs to one checkout's
 * passphrase, and the file is meant to be committed.
 */
export function hasStrayedSalt(stack: string, folder = repository): boolean {
  const ownFile = stackFile(stack, folder);
  if (!existsSync(ownFile)) return false;
  return /^encryptionsalt:/m.test(readFileSync(ownFile, 'utf8')) && encryptedKeys(stack, folder).length === 0;
}
