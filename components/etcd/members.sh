# shellcheck shell=sh
# Brings etcd's list of members to the wanted one: once the newcomers are voters, those who leave are removed, one at a
# call, the dead ones before the others. Holds once the list is exact and all answer; prints what is missing.
# Members are told apart by their peer URLs.
# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
export ETCDCTL_ENDPOINTS
ask() { etcdctl --dial-timeout=1s --command-timeout=3s "$@"; }
# A member whose database reached its quota still votes.
healthy() {
  seen=$(ETCDCTL_ENDPOINTS=$1 && ask endpoint health 2>&1) || case $seen in *NOSPACE*) ;; *) return 1 ;; esac
}
wanted=__WANTED__
list=
for member in $wanted; do
  ETCDCTL_ENDPOINTS=${member##*,}
  # A learner does not answer this.
  if list=$(ask member list 2>&1); then break; fi
  refused=$list
  list=
done
if [ -z "$list" ]; then
  echo "no member answers: $refused"
  exit 1
fi
missing=
first=
for member in $wanted; do
  name=${member%%,*}
  client=${member##*,}
  peer=${member#*,}
  peer=${peer%,*}
  # shellcheck disable=SC2046
  set -- $(printf '%s\n' "$list" | awk -F', ' -v peer="$peer" '$4 == peer { print $1, $2, $6 }')
  if [ $# = 0 ]; then
    missing="$missing $name is no member yet."
  elif [ "$2" != started ]; then
    missing="$missing $name has not started."
  elif [ "$3" = true ]; then
    missing="$missing $name is a learner, which still copies data."
  elif ! healthy "$client"; then
    missing="$missing $name does not answer."
  else
    first=${first:-$1}
  fi
done
if [ -n "$missing" ]; then
  echo "$missing"
  exit 1
fi
leaving=$(printf '%s\n' "$list" | awk -F', ' -v wanted=" $wanted " '!index(wanted, "," $4 ",") { print $1 "," $5 "," $3 }')
[ -n "$leaving" ] || exit 0
next=
for member in $leaving; do
  client=${member#*,}
  client=${client%,*}
  if [ -z "$client" ] || ! healthy "$client"; then
    next=$member
    break
  fi
  next=${next:-$member}
done
client=${next#*,}
client=${client%,*}
# Only the leader takes the request, and a follower refuses it.
[ -z "$client" ] || (ETCDCTL_ENDPOINTS=$client && ask move-leader "$first") >/dev/null 2>&1 || true
if said=$(ask member remove "${next%%,*}" 2>&1); then said=removed; fi
echo "${next##*,} leaves: $said"
exit 1
