#!/bin/sh
# Runs after each start of etcd on this machine: remembers that it is a member, and has a learner promoted as soon as it
# has copied all data. Until then the unit counts as starting.
set -eu
own=__PEER_URL__
touch "$ROOT/var/lib/hardway/etcd/joined"
# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
export ETCDCTL_ENDPOINTS
ask() { etcdctl --dial-timeout=2s --command-timeout=3s "$@"; }
while :; do
  # A voter answers for itself; a learner does not.
  for ETCDCTL_ENDPOINTS in __MEMBERS__; do
    list=$(ask member list 2>/dev/null) || continue
    learner=$(printf '%s\n' "$list" | awk -F', ' -v own="$own" '$4 == own && $6 == "true" { print $1 }')
    [ -n "$learner" ] || exit 0
    ask member promote "$learner" >/dev/null 2>&1 || true
    break
  done
  sleep 1
done
