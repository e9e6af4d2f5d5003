/** Whose a host is by the mark that hardway leaves on its hosts: `CLUSTER/NAME/KEY`. Pure. */
import { RELEASE_COMMAND } from '../../config/host-record.ts';
import { type Check, isForeign, isOurs, reportIf } from './context.ts';

/** A host of another cluster, or another host of this one: what the claim would refuse in the midst of an update. */
export const ownership: Check = (host, facts, context) => {
  const name = facts.mark.split('/')[1];
  return [
    ...reportIf(
      isForeign(facts, context),
      'belongs to another hardway cluster (/var/lib/hardway/identity)',
      `Remove it from that cluster ("make down" with its STACK); if that is no longer possible, run on the host: ${RELEASE_COMMAND}. If it is this cluster, restore hosts.${context.config.stack}.yaml as committed.`,
    ),
    ...reportIf(
      isOurs(facts, context) && name !== undefined && name !== host.name,
      `is already ${name} of this cluster and cannot also be ${host.name}`,
      `First remove ${name} from hardway:hosts and update, then add it under its new name. If the addresses are mixed up, correct them.`,
    ),
  ];
};
