#!/bin/sh
# Runs before each start of etcd on this machine. A member with data starts as it is. One without data joins the members
# that answer, as a learner; only a founder that was never a member may begin a new cluster. So an etcd that lost its
# data never starts an empty cluster under a control plane that believes in the old one.
set -eu
data=$ROOT/var/lib/etcd
# Made once this member has joined. It lies outside the data and is removed with the role.
joined=$ROOT/var/lib/hardway/etcd/joined
environment=$ROOT/run/etcd-join.env
own=__PEER_URL__
rm -f "$environment"
[ ! -d "$data/member" ] || [ ! -e "$joined" ] || exit 0

# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
export ETCDCTL_ENDPOINTS
ask() { etcdctl --dial-timeout="$patience" --command-timeout="$patience" "$@"; }
# Founders start together, when there is nobody to wait for. Without a quorum, and from a learner, there is no answer.
patience=3s
[ "$ETCD_INITIAL_CLUSTER_STATE" != new ] || [ -e "$joined" ] || patience=1s
list=
for ETCDCTL_ENDPOINTS in __OTHERS__; do
  if list=$(ask member list 2>/dev/null); then break; fi
  list=
done
patience=5s
# ID, state and whether it is a learner, of the member at this machine's address.
listed=$(printf '%s\n' "$list" | awk -F', ' -v own="$own" '$4 == own { print $1, $2, $6 }')

if [ -d "$data/member" ]; then
  [ -n "$list" ] && [ -z "$listed" ] || exit 0
  # Data of a time when this machine was a member before: etcd refuses to start on it.
  aside=$data/removed-$(date -u +%Y%m%dT%H%M%SZ)
  mv "$data/member" "$aside"
  echo "this machine is no member any more; its old data is in $aside"
fi

if [ -z "$list" ]; then
  [ "$ETCD_INITIAL_CLUSTER_STATE" = new ] && [ ! -e "$joined" ] && exit 0
  echo "no member of etcd answers, and this one has no data: it waits, and does not begin an empty cluster" >&2
  exit 1
fi
# shellcheck disable=SC2086
set -- $listed
case "${2:-} ${3:-} $ETCD_INITIAL_CLUSTER_STATE" in
  # The founders start together: this one comes last.
  'unstarted false new') exit 0 ;;
  'unstarted true '*) ;;
  *)
    # What this machine knew is gone with its data: as a voter it could contradict what it had agreed to.
    [ -z "${1:-}" ] || ask member remove "$1"
    ask member add __NAME__ --learner --peer-urls="$own"
    ;;
esac
ask member list | awk -F', ' -v own="$own" -v name=__NAME__ '
  { members = members (NR > 1 ? "," : "") ($4 == own ? name : $3 == "" ? $1 : $3) "=" $4 }
  END { print "ETCD_INITIAL_CLUSTER=" members; print "ETCD_INITIAL_CLUSTER_STATE=existing" }
' >"$environment.new"
mv "$environment.new" "$environment"
