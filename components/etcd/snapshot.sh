#!/bin/sh
# Takes a snapshot of etcd on this member: checked, with its sum and what a restore compares, and only then under its name.
# Old ones go. Prints the path of the new one.
set -eu
umask 077
folder=$ROOT/var/lib/hardway/snapshots
# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
ask() { etcdctl --dial-timeout=2s --command-timeout=10s "$@" 2>/dev/null; }
fail() {
  echo "$(hostname): no snapshot was taken: $1" >&2
  exit 1
}

# Before an update: where etcd does not answer there is nothing to save, and the update may be what repairs it.
if ! ask endpoint health >/dev/null; then
  [ "${1:-}" = before-update ] || fail 'etcd does not answer here. Fix: "journalctl -u etcd -n 50".'
  echo 'etcd does not answer: no snapshot before this update' >&2
  exit 0
fi
mkdir -p "$folder"
chmod 700 "$folder"
# What runs that were killed left behind.
find "$folder" -name '.new-*' -mmin +30 -exec rm -rf {} +
size=$(ask endpoint status --write-out=json | sed -n 's/.*"dbSize":\([0-9]*\).*/\1/p')
free=$(df --block-size=1 --output=avail "$folder" | tail -n 1)
[ "$free" -gt $((size * 2)) ] ||
  fail "$folder has $((free / 1048576)) MiB of free space, and the database is $((size / 1048576)) MiB large, twice of which is needed. Fix: make room there, or lower hardway:etcdSnapshotsKept."
name=$(date -u +%Y%m%dT%H%M%SZ)-$(hostname)
new=$folder/.new-$name
rm -rf "$new"
mkdir "$new"
trap 'rm -rf "$new"' EXIT
etcdctl --dial-timeout=2s --command-timeout=300s snapshot save "$new/snapshot" >/dev/null 2>"$new/said" ||
  fail "$(tail -n 1 "$new/said")"
status=$(etcdutl --write-out=json snapshot status "$new/snapshot" 2>/dev/null) || fail 'it cannot be read back.'
# Objects are stored in a binary form in which the UID is the first text of its kind.
uid_of() { ask get "/registry/$1" --print-value-only | grep -aoE '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}' | head -n 1; }
nodes=$(ask get /registry/minions/ --prefix --keys-only | sed -n 's#^/registry/minions/##p' | while read -r node; do
  printf '%s"%s":"%s"' "${comma:-}" "$node" "$(uid_of "minions/$node")"
  comma=,
done)
members=$(ask member list | awk -F', ' '{ printf "%s\"%s\"", (NR > 1 ? "," : ""), $3 }')
sum=$(sha256sum <"$new/snapshot" | cut -d ' ' -f 1)
cat >"$new/metadata" <<METADATA
{"taken":"$(date -u +%Y-%m-%dT%H:%M:%SZ)","member":"$(hostname)","sha256":"$sum","cluster":"__CLUSTER__","encryption":"__ENCRYPTION__","kubernetes":"__KUBERNETES__","etcd":"__ETCD__","members":[$members],"status":$status,"kubeSystem":"$(uid_of namespaces/kube-system)","nodes":{$nodes}}
METADATA
mv "$new/metadata" "$folder/$name.json"
mv "$new/snapshot" "$folder/$name.db"
find "$folder" -name '*.db' | sort -r | tail -n +__MOST__ | while read -r old; do rm -f "$old" "${old%.db}.json"; done
echo "$folder/$name.db"
