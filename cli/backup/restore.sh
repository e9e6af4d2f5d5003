# shellcheck shell=sh
# Run on a member whose etcd is stopped: puts the snapshot in the place of its data, which is kept. Every member does so with
# the same list and token, so that together they are a new cluster with the old content.
umask 077
data=$ROOT/var/lib/etcd
snapshot=$ROOT/var/lib/hardway/restore/snapshot.db
new=$ROOT/var/lib/hardway/restore/data
systemctl stop etcd
rm -rf "$new"
# Clients that watched must not see revisions again that they have seen with another content.
etcdutl snapshot restore "$snapshot" --data-dir "$new" --name __NAME__ --initial-cluster __MEMBERS__ \
  --initial-cluster-token __TOKEN__ --initial-advertise-peer-urls __PEER_URL__ \
  --bump-revision 1000000000 --mark-compacted >"$ROOT/var/lib/hardway/restore/said" 2>&1 || {
  tail -n 3 "$ROOT/var/lib/hardway/restore/said" >&2
  exit 1
}
mkdir -p "$data"
if [ -d "$data/member" ]; then mv "$data/member" "$data/before-restore-__TIME__"; fi
owner=$(stat -c %u:%g "$data")
mv "$new/member" "$data/member"
chown -R "$owner" "$data/member"
# With it the member starts on its data, without asking the others.
mkdir -p "$ROOT/var/lib/hardway/etcd"
touch "$ROOT/var/lib/hardway/etcd/joined"
rm -rf "$ROOT/var/lib/hardway/restore"
systemctl start --no-block etcd
