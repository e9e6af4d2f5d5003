# shellcheck shell=sh
# Holds when this member answers with a quorum behind it, also while its database is at its quota: that is for another look
# to report, and must not keep the member from being updated.
# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
seen=$(/usr/local/bin/etcdctl --dial-timeout=1s --command-timeout=1s endpoint health 2>&1) || case $seen in
  *NOSPACE*) ;;
  *)
    printf '%s\n' "$seen" | tail -n 1
    exit 1
    ;;
esac
