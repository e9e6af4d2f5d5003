import { changedSettings, shownSettings } from '../../config/changes/settings.ts';
import type { ClusterConfig } from '../../config/schema.ts';
import { isDue } from '../output/certificates.ts';

/** What is known before an update, without running the program. */
export interface Known {
  /** The outputs of the stack; empty where there is no cluster yet. */
  readonly standing: Readonly<Record<string, unknown>>;
  readonly config: ClusterConfig;
  /** The digest of the program's sources now. */
  readonly program: string;
  readonly now: Date;
}

/**
 * Whether an update may change machines, so that it is worth a preview: other options or another program than in the last
 * finished update, machines that it left out, or certificates to renew. A first creation has nothing to disturb.
 */
export function mayDisturb({ standing, config, program, now }: Known): boolean {
  if (standing.kubeconfig === undefined) return false;
  if (standing.settings === undefined || standing.program !== program) return true;
  if (changedSettings(standing.settings, shownSettings(config)).length > 0) return true;
  if (Array.isArray(standing.leftOut) && standing.leftOut.length > 0) return true;
  const ends = Object.values(standing.certificateExpiry ?? {});
  return ends.some((end) => isDue(String(end), config.certificateRenewalHours, now));
}
