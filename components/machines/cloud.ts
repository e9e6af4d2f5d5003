import type { ClusterConfig } from '../../config/schema.ts';
import type { Cloud } from './source.ts';

/**
 * The cloud that the config names, with all that must be found there before anything is made; nothing for others. Only
 * then is its SDK loaded, which takes seconds.
 *
 * @throws RunError when something is not there
 */
export async function cloudOf(config: ClusterConfig): Promise<Cloud | undefined> {
  if (config.machines !== 'aws') return undefined;
  const { prepareAws } = await import('./aws/index.ts');
  return prepareAws(config);
}
