import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { type CreationSettings, creationSettings, RefusedChangeError, refuseChanges } from '../config/changes/index.ts';
import type { ClusterConfig } from '../config/schema.ts';

/**
 * Records in the state what the cluster is created with, and refuses other values before anything else is registered,
 * under plain `pulumi` too.
 *
 * The record is a resource whose `keepers` are ignored in every update, so they stay those of its creation. An added
 * setting would never arrive in the stacks that have the record: such a setting needs a second record.
 *
 * @param config - the wanted configuration
 * @returns what the cluster was created with, and a number that no other cluster has
 * @throws pulumi.RunError with every refused change at once
 */
export async function keepCreationSettings(
  config: ClusterConfig,
): Promise<{ readonly created: CreationSettings; readonly clusterId: pulumi.Output<string> }> {
  const keepers = { ...creationSettings(config), addonsIdentifier: `${config.stack}/${config.clusterName}` };
  const record = new random.RandomId('created-with', { byteLength: 4, keepers }, { ignoreChanges: ['keepers'] });
  // They are plain inputs, known in the first preview too, so that this wait always ends.
  const created = await new Promise<CreationSettings>((resolve) => {
    record.keepers.apply((kept) => resolve(kept ?? keepers));
  });
  try {
    refuseChanges({ created, versions: {} }, config);
  } catch (error) {
    throw error instanceof RefusedChangeError ? new pulumi.RunError(error.message) : error;
  }
  return { created, clusterId: record.hex };
}
