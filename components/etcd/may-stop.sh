# shellcheck shell=sh
# Holds when etcd goes on without this member: the others that answer are a majority, or there is no more to have of the
# others. A member that does not answer itself has nothing to lose.
# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
export ETCDCTL_ENDPOINTS
ask() { etcdctl --dial-timeout=1s --command-timeout=2s "$@" 2>/dev/null; }
# A member whose database reached its quota still votes.
answers() { seen=$(etcdctl --dial-timeout=1s --command-timeout=2s endpoint health 2>&1) || case $seen in *NOSPACE*) ;; *) return 1 ;; esac }
list=$(ask member list) || exit 0
others=$(printf '%s\n' "$list" | awk -F', ' -v own=__CLIENT_URL__ '$6 == "false" && $5 != own { print $3 "," $5 }')
voters=1 answering=1 silent=
for member in $others; do
  voters=$((voters + 1))
  if (ETCDCTL_ENDPOINTS=${member#*,} && answers); then
    answering=$((answering + 1))
  else
    silent="$silent ${member%%,*}"
  fi
done
[ -z "$silent" ] || [ $((answering - 1)) -gt $((voters / 2)) ] || {
  echo "etcd would stop without this member: of $voters members$silent did not answer, and $((voters / 2 + 1)) are needed"
  exit 1
}
