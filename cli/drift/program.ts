import { z } from 'zod';
import { plain, readUrn } from '../pulumi/events.ts';

/** A resource that the next update would change, without anything of its values. */
export interface ProgramDifference {
  /** The room of the program, e.g. `addons`. */
  readonly room: string;
  /** Name and last part of the type, e.g. `addons-coredns (Deployment)`. */
  readonly resource: string;
  readonly change: 'create' | 'update' | 'replace' | 'delete';
  /** Paths of what differs, e.g. `spec.replicas`; none where the resource comes or goes as a whole. */
  readonly properties: readonly string[];
}

/** A certificate that the next update renews, because its end is near. */
export interface Renewal {
  readonly name: string;
  /** When it ends, RFC 3339. */
  readonly ends: string;
}

/** What a preview says, read for drift. */
export interface ProgramReading {
  readonly differences: readonly ProgramDifference[];
  readonly renewals: readonly Renewal[];
  /** How many updates only carry renewed certificates to where they are used, as far as can be told beforehand. */
  readonly carried: number;
  /** Errors that kept the preview from its end, but for those that are a difference themselves. */
  readonly errors: readonly string[];
}

const values = z.record(z.string(), z.unknown()).nullish();
const state = z.object({ inputs: values, outputs: values }).nullish();
/** What `pulumi preview --json` prints, as far as it is read here. */
export const previewSchema = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        oldState: state,
        newState: state,
        detailedDiff: z.record(z.string(), z.unknown()).nullish(),
        diffReasons: z.array(z.string()).nullish(),
        replaceReasons: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
  diagnostics: z.array(z.object({ urn: z.string().optional(), severity: z.string(), message: z.string() })).nullish(),
});
/** A step of a preview. */
export type PreviewStep = NonNullable<z.infer<typeof previewSchema>['steps']>[number];

/** Operations by what they do to a resource; those that are not here change nothing, or are half of a replacement. */
const changes: Readonly<Record<string, ProgramDifference['change']>> = {
  create: 'create',
  update: 'update',
  replace: 'replace',
  delete: 'delete',
};

/** The component that shows a role's plan. */
export const roleType = 'hardway:remote:Role';

const certificate = /^tls:index\/\w+Cert:\w+Cert$/;
const hour = 3_600_000;

/**
 * Reads what `pulumi preview --refresh --json` printed. The engine writes secrets as `[secret]` there, and of values
 * only the end of a certificate is taken.
 *
 * @param now - what the ends of certificates are compared with
 * @throws an error when it is not what a preview prints
 */
export function readPreview(printed: string, now: Date): ProgramReading {
  const { steps: all, diagnostics } = previewSchema.parse(JSON.parse(printed));
  const steps = (all ?? []).filter(({ op }) => changes[op] !== undefined);
  const renewals = steps.flatMap((step) => renewal(step, now) ?? []);
  const renewed = new Set(renewals.map(({ name }) => name));
  const others = steps.filter(({ urn }) => !(certificate.test(readUrn(urn).type) && renewed.has(readUrn(urn).name)));
  // A role says which of its files differ; the command below it only that its input does.
  const roles = new Set(
    others.map(({ urn }) => readUrn(urn)).flatMap(({ type, name }) => (type === roleType ? name : [])),
  );
  const shown = others.filter(({ urn }) => {
    const { type, name } = readUrn(urn);
    return !(type === 'command:remote:Command' && roles.has(name));
  });
  const said = (diagnostics ?? []).filter(({ severity }) => severity === 'error');
  const owners = new Map(said.flatMap(({ urn = '', message }) => fieldOwner(message).map((owner) => [urn, owner])));
  const errors = said
    .filter(({ urn = '', message }) => !owners.has(urn) && !closing.test(message))
    .map(({ message }) => plain(message).trim());
  const found = shown.map((step) => difference(step, owners.get(step.urn)));
  const differences = renewals.length > 0 ? found.filter((one) => !carriesCertificate(one)) : found;
  return { renewals, errors, differences, carried: found.length - differences.length };
}

/** What certificates travel in. Their new content is unknown before the update, so the preview can name no more. */
const carriers = new Set(['stdin', 'plan', 'kubeconfig']);

function carriesCertificate({ change, properties }: ProgramDifference): boolean {
  return change === 'update' && properties.every((path) => carriers.has(path));
}

/** What the engine says after an error that it has told already. */
const closing = /^error: preview failed\s*$/;

/** Who holds a field that the program wants otherwise: the API server refuses even the trial of that update. */
function fieldOwner(message: string): string[] {
  const owner = /\bconflict with "([^"]+)"/.exec(message)?.[1];
  return owner === undefined ? [] : [owner];
}

function renewal({ urn, oldState, newState }: PreviewStep, now: Date): Renewal | undefined {
  const { type, name } = readUrn(urn);
  const ends = oldState?.outputs?.validityEndTime;
  const hours = newState?.inputs?.earlyRenewalHours ?? oldState?.inputs?.earlyRenewalHours;
  if (!certificate.test(type) || typeof ends !== 'string' || typeof hours !== 'number') return undefined;
  return now.getTime() >= Date.parse(ends) - hours * hour ? { name, ends } : undefined;
}

function difference(
  { op, urn, detailedDiff, diffReasons, replaceReasons }: PreviewStep,
  owner?: string,
): ProgramDifference {
  const { room, name, type } = readUrn(urn);
  const change = changes[op] ?? 'update';
  const whole = change === 'create' || change === 'delete';
  const properties = whole
    ? []
    : [...Object.keys(detailedDiff ?? {}), ...(diffReasons ?? []), ...(replaceReasons ?? [])];
  const held = owner === undefined ? [] : [`held by ${owner}, which an update does not overrule`];
  const resource = `${name} (${type.split(':').at(-1)})`;
  return { room, resource, change, properties: [...new Set(properties), ...held] };
}
