/** Whose a host is by the mark that hardway leaves on its hosts: `CLUSTER/NAME/KEY`. Pure. */
import { RELEASE_COMMAND } from '../../config/host-record.ts';
import { type Check, isForeign, isOurs, reportIf } from './context.ts';

/** A host of another cluster, or another host of this one: what the claim would refuse in the midst of an update. */
export const ownership: Check = (host, facts, context) => {
  const name = facts.mark.split('/')[1];
  return [
    ...reportIf(
      isForeign(facts, context),
      'belongs to another cluster of hardway (/var/lib/hardway/identity)',
      `Take it out of that one ("make down" with its STACK); where nobody can any more, run there: ${RELEASE_COMMAND}. If it is this one, bring back hosts.${context.config.stack}.yaml as it was committed.`,
    ),
    ...reportIf(
      isOurs(facts, context) && name !== undefined && name !== host.name,
      `this machine is ${name} of this cluster and cannot be ${host.name} too`,
      `Take ${name} out first: remove it from hardway:hosts, update, then add it by its new name. If only addresses were mixed up, put them right.`,
    ),
  ];
};
