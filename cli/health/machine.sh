# shellcheck shell=sh
# Looks at one machine of a cluster and prints a line for each thing that is not as it should be, and etcd's own words.
# Changes nothing. Ends well whatever it sees: what it could not see is a line too.
#   unfinished ROLE        an update of the role was interrupted here
#   unit UNIT STATE        a unit of the cluster does not run
#   apiserver TEXT         the API server of this machine is not ready
#   etcd TEXT              etcd did not answer
#   member JSON            the members that etcd lists here
#   endpoint JSON          the health of the member here
set +e
for notes in "$ROOT"/var/lib/hardway/*/pending; do
  [ -s "$notes" ] || continue
  role=${notes%/pending}
  echo "unfinished ${role##*/}"
done
cat "$ROOT"/var/lib/hardway/*/units 2>/dev/null | while read -r unit; do
  state=$(systemctl is-active "$unit" 2>/dev/null </dev/null)
  [ "$state" = active ] || echo "unit $unit ${state:-unknown}"
done
if __API_SERVER__; then
  seen=$(curl --silent --show-error --max-time 5 --noproxy '*' --cacert "$ROOT/etc/kubernetes/pki/ca.crt" "https://__ADDRESS__:6443/readyz?verbose" 2>&1)
  case $seen in
    *"readyz check passed"*) ;;
    *) echo "apiserver $(printf '%s' "$seen" | grep -v '^\[+\]' | tr '\n' ' ')" ;;
  esac
fi
if __ETCD__; then
  settings=$ROOT/etc/etcd/etcdctl.env
  if [ -r "$settings" ]; then
    # shellcheck source=/dev/null
    . "$settings"
    for question in 'member list' 'endpoint health'; do
      # shellcheck disable=SC2086
      seen=$(etcdctl --dial-timeout=1s --command-timeout=3s --write-out=json $question 2>&1)
      # The answer is one line among those of etcdctl's own log; a member that is not healthy is an answer too.
      answer=$(printf '%s\n' "$seen" | grep -e '^{"header"' -e '^\[{' | head -n 1)
      if [ -n "$answer" ]; then echo "${question%% *} $answer"; else echo "etcd $(printf '%s\n' "$seen" | tail -n 1)"; fi
    done
  else
    echo "etcd is not installed here"
  fi
fi
exit 0
