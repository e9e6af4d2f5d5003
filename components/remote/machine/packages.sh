# Installs the distribution's packages that are missing; part of stage.sh. Where none is, nothing happens but one look.
policy=/usr/sbin/policy-rc.d
# The words of earlier versions, so that theirs is known too.
mark='# hardway: nothing is started while its packages are installed'
lock_limit=300

packages_ended() { rm -f $policy.hardway-new; [ ! -f $policy ] || ! grep -qxF "$mark" $policy || rm -f $policy; }

# Services that would start with somebody else's configuration; their names come after options, bare or as units. Written
# under another name first: a part of it would be a policy too.
deny_start() {
  [ ! -e $policy ] || return 0
  cat >$policy.hardway-new <<POLICY
#!/bin/sh
$mark
while :; do case \${1:-} in -*) shift ;; *) break ;; esac; done
case \${1:-} in nginx | nginx.service | keepalived | keepalived.service) exit 101 ;; esac
exit 0
POLICY
  chmod 755 $policy.hardway-new
  mv -fT $policy.hardway-new $policy
}

# Quiet in every way a package may ask or restart something.
quiet_apt() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none LC_ALL=C \
    apt-get -q -y --no-install-recommends -o "DPkg::Lock::Timeout=$lock_limit" -o Dpkg::Use-Pty=0 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null >"$work/apt" 2>&1
}

packages_failed() {
  case "$(cat "$work/apt")" in
    *'Unable to locate package'* | *'no installation candidate'*)
      next="this machine's package sources do not have it: on Ubuntu enable \"universe\" (add-apt-repository universe), on Debian \"main\"" ;;
    *'dpkg was interrupted'*) next='an earlier installation was cut off: run "dpkg --configure -a" there' ;;
    *'get lock'* | *'acquire the dpkg'*) next="another apt or dpkg has been at work there for $lock_limit s: see that it ends" ;;
    *'o space left'*) next="free some disk (free: $(free))" ;;
    *'resolve'* | *'ailed to fetch'* | *'onnect'*)
      next="its package mirror cannot be reached from there: look at /etc/apt, at its way out (a proxy?), or install these packages by hand" ;;
    *) next='"apt-get install" of these packages must pass there' ;;
  esac
  fail "packages that are missing could not be installed:$missing
$(grep -E '^(E|W|Err|dpkg)[: ]' "$work/apt" | tail -n 6)
Next: $next; then run the same command again."
}

install_packages() {
  # A run that was killed may have left it.
  packages_ended
  wanted=$(cat "$bundle/packages")
  [ -n "$wanted" ] || return 0
  # shellcheck disable=SC2086
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Abbrev}\n' $wanted 2>/dev/null || true)
  missing=
  for name in $wanted; do
    case "
$installed" in *"
$name "?i*) ;; *) missing="$missing $name" ;; esac
  done
  [ -n "$missing" ] || return 0
  tries=0
  # The lists have a lock of their own, for which apt does not wait.
  until quiet_apt update; do
    tries=$((tries + 1))
    if [ $tries -gt 60 ] || ! grep -q 'get lock' "$work/apt"; then break; fi
    sleep 5
  done
  # Lists of another day may do where today's cannot be had.
  cp "$work/apt" "$work/apt-update"
  # Not before now: whoever else installs something here meanwhile is asked to obey it too.
  case "$missing " in *' nginx '* | *' libnginx-'* | *' keepalived '*) deny_start ;; esac
  # shellcheck disable=SC2086
  quiet_apt install $missing || {
    cat "$work/apt-update" >>"$work/apt"
    packages_failed
  }
  packages_ended
}
