#!/bin/sh
# Before each start: how large the database may become is a fifth of the disk that holds it, at most what etcd recommends.
# A database that is larger already keeps room to shrink in.
set -eu
total=$(df --block-size=1 --output=size "$ROOT/var/lib/etcd" | tail -n 1)
database=$(stat -c %s "$ROOT/var/lib/etcd/member/snap/db" 2>/dev/null || echo 0)
quota=$((total / 5))
[ $quota -ge $((database * 2)) ] || quota=$((database * 2))
[ $quota -ge 536870912 ] || quota=536870912
[ $quota -le 8589934592 ] || quota=8589934592
echo "ETCD_QUOTA_BACKEND_BYTES=$quota" >"$ROOT/run/etcd-quota.env"
