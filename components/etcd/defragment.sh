#!/bin/sh
# Gives the space of this member's database back that old revisions left free, where that is half of it and more. Where
# the database reached its quota, history is dropped first, and the alarm is taken back once the database is smaller.
set -eu
# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
ask() { etcdctl --dial-timeout=2s --command-timeout=10s "$@"; }
status() { ask endpoint status --write-out=json 2>/dev/null | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }

full=$(ask alarm list 2>/dev/null | grep NOSPACE || true)
# What is to run after a start has nothing to do otherwise.
[ "${1:-}" != after-start ] || [ -n "$full" ] || exit 0
if [ -n "$full" ]; then
  echo "the alarm NOSPACE is set: dropping history up to revision $(status revision)"
  ask compaction "$(status revision)" || true
fi
size=$(status dbSize)
used=$(status dbSizeInUse)
if [ -n "$full" ] || { [ "$size" -gt 104857600 ] && [ $((used * 2)) -lt "$size" ]; }; then
  # One at a time: a member that defragments does not answer.
  ask endpoint health --cluster >/dev/null 2>&1 || [ -n "$full" ] || {
    echo 'not defragmented: not every member is healthy'
    exit 0
  }
  etcdctl --command-timeout=300s defrag
  echo "defragmented: $size bytes before, $(status dbSize) now"
fi
[ -n "$full" ] || exit 0
# Set again by the next write where a member is still too large.
quota=$(status dbSizeQuota)
quota=${quota:-8589934592}
if [ $(($(status dbSize) * 10)) -lt $((quota * 9)) ]; then
  ask alarm disarm
else
  echo "the database holds $(status dbSize) bytes, of $quota at most: the alarm stays. Fix: delete objects, or raise hardway:etcdQuotaMiB."
fi
