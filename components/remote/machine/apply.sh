# shellcheck shell=sh disable=SC2174
# Brings one role of this machine to what the bundle says: compares, writes what differs, restarts only what that
# concerns. Every step is check-then-act, and what changed is noted before it changes, so a run that was cut off is
# finished by the next one.
#   apply.sh start ROLE IDENTITY   first creation: starts everything, waits for nothing
#   apply.sh roll ROLE IDENTITY    later changes: restarts what changed, waits until the role is healthy; a first
#                                  creation where the role never was
#   apply.sh remove ROLE IDENTITY  takes the role off, unless another machine has taken this one's place
# No globbing: paths are taken as they are.
set -euf
verb=$1 role=$2 identity=$3
bundle=${0%/*}
home=/var/lib/hardway
mine=$home/$role

say() { echo "$(hostname): $role: $*" >&2; }
free() { df -h --output=avail "$1" | tail -n 1 | tr -d ' '; }

# The tool that failed printed why; this adds in what state the machine is.
reported=
ended() {
  status=$?
  [ $status = 0 ] || [ -n "$reported" ] ||
    say "stopped halfway (free space: $(free /) on /, $(free $home) on $home); what is done stays done. Fix: correct what is named above, then run the same command again."
}
trap ended EXIT

stop_unit() {
  systemctl disable --now "$1" >/dev/null 2>&1 || true
}

# Whether another role of this machine holds the path too.
shared() { grep -rqxF --include=owned --exclude-dir="$role" -e "$1" $home; }

# Whether the path exists, be it a link that points nowhere.
exists() { [ -e "$1" ] || [ -L "$1" ]; }

# Whether the unit runs a program of ours that is no longer the installed one, or by another unit file than the one on disk:
# one of them was changed by hand, or was put back just now.
is_stale() {
  pid='' path=''
  for word in $(systemctl show -p MainPID,ExecStart,NeedDaemonReload "$1" |
    sed -n 's/^MainPID=//p; s/^NeedDaemonReload=//p; s/^ExecStart={ path=\([^ ;]*\).*/\1/p'); do
    case $word in
      /*) path=$word ;;
      yes) reread=1 && return 0 ;;
      no) ;;
      *) pid=$word ;;
    esac
  done
  installed=$(readlink -f "$path" || true)
  case $installed in /opt/hardway/*) ;; *) return 1 ;; esac
  [ "${pid:-0}" != 0 ] && running=$(readlink "/proc/$pid/exe") && [ "$running" != "$installed" ]
}

# Removes a path; the original file or link that ours replaced comes back.
remove_path() {
  rm -f "$1" "$1.hardway-new"
  ! exists "$home/originals$1" || mv -fT "$home/originals$1" "$1"
}

# The owner of the machine: of CLUSTER/NAME/KEY without the key, which may change in the very update that drops a role,
# which has the old one. A machine that has really taken another's place never had that role.
owner_of() { case $1 in */*/*) echo "${1%/*}" ;; *) echo "$1" ;; esac }

if [ "$verb" = remove ]; then
  [ "$(owner_of "$(cat $home/identity 2>/dev/null)")" = "$(owner_of "$identity")" ] || exit 0
  [ -d "$mine" ] || exit 0
  touch "$mine/owned" "$mine/units"
  while read -r unit; do stop_unit "$unit"; done <"$mine/units"
  while read -r path; do shared "$path" || remove_path "$path"; done <"$mine/owned"
  rm -rf "$mine"
  systemctl daemon-reload
  exit 0
fi

# What runs that were killed left behind: none of these takes half an hour.
find /run -maxdepth 1 -name 'hardway.*' ! -name hardway.lock -mmin +30 -exec rm -rf {} + 2>/dev/null || true

# Before the first change: what the role needs of the machine.
sh -eu "$bundle/require.sh" || {
  reported=1
  say "stopped before anything was changed."
  exit 1
}

# Where the role never was, another machine has taken the name: others may have to be started before it can be healthy.
[ -d "$mine" ] || verb=start
was_well=
if [ "$verb" = roll ] && sh "$bundle/health.sh" </dev/null >/dev/null 2>&1; then was_well=1; fi
mkdir -p -m 0700 "$mine"
# Outlives the role: what a role leaves behind besides its files goes when the machine leaves.
grep -qxF -e "$role" $home/roles 2>/dev/null || printf '%s\n' "$role" >>$home/roles
printf '%s\n' "$identity" >$home/identity
# Renamed into place: a later removal runs it, whatever became of this run.
cmp -s "$bundle/apply.sh" $home/apply.sh ||
  {
    cp "$bundle/apply.sh" $home/apply.sh.new
    mv -f $home/apply.sh.new $home/apply.sh
  }
cp "$bundle/health.sh" "$mine/health.sh"
touch "$mine/pending" "$mine/owned" "$mine/units"
# Before each change: what to restart for, and what to clean up, should this run end here.
note() {
  printf '%s\n' "$1" >>"$mine/pending"
  printf '%s\n' "$1" >>"$mine/owned"
}
# A file or link of the machine's own, like a package's configuration, is kept before ours takes its place.
keep_original() {
  if [ -L "$1" ]; then
    # Ours, whatever the notes say.
    case $(readlink "$1") in /opt/hardway/*) return 0 ;; esac
  elif [ ! -f "$1" ]; then
    return 0
  fi
  ! exists "$home/originals$1" || return 0
  ! grep -qxF -e "$1" "$mine/owned" && ! shared "$1" || return 0
  mkdir -p "$home/originals${1%/*}"
  rm -f "$home/originals$1.new"
  cp -pP "$1" "$home/originals$1.new"
  mv -fT "$home/originals$1.new" "$home/originals$1"
}
# Builtins where they will do: this runs for every file, and each process costs more than the file.
parent_of() { [ -d "${1%/*}/" ] || mkdir -p "${1%/*}/"; }

: >"$mine/owned.next"
: >"$mine/units.next"
while read -r kind a b c; do
  case $kind in
    dir)
      [ -d "$b" ] || mkdir -p -m "$a" "$b"
      chmod "$a" "$b"
      ;;
    file)
      printf '%s\n' "$c" >>"$mine/owned.next"
      if [ -e "$c" ] && cmp -s "$bundle/files$c" "$c" && [ "$(stat -c '%04a %U:%G' "$c")" = "$a $b" ]; then continue; fi
      keep_original "$c"
      note "$c"
      parent_of "$c"
      install -m "$a" -o "${b%:*}" -g "${b#*:}" "$bundle/files$c" "$c.hardway-new"
      mv -fT "$c.hardway-new" "$c"
      ;;
    link)
      printf '%s\n' "$a" >>"$mine/owned.next"
      if ! [ -e "$b" ]; then
        reported=1
        say "$a would point at $b, which is not staged. Fix: run the whole update, whose staging step of this machine comes first."
        exit 1
      fi
      [ -L "$a" ] && [ "$(readlink "$a")" = "$b" ] && continue
      keep_original "$a"
      note "$a"
      parent_of "$a"
      ln -sfn "$b" "$a.hardway-new"
      mv -fT "$a.hardway-new" "$a"
      ;;
    service)
      printf '%s\n' "$a" >>"$mine/units.next"
      ;;
  esac
done <"$bundle/manifest"

# What an earlier bundle put here and this one no longer names.
grep -vxFf "$mine/units.next" "$mine/units" | while read -r unit; do stop_unit "$unit"; done || true
grep -vxFf "$mine/owned.next" "$mine/owned" | while read -r path; do
  shared "$path" && continue
  printf '%s\n' "$path" >>"$mine/pending"
  remove_path "$path"
done || true
mv -f "$mine/owned.next" "$mine/owned"
mv -f "$mine/units.next" "$mine/units"

sh -eu "$bundle/pre-start.sh"

# Exit 0 when any of the given paths is among those that changed.
pending="
$(cat "$mine/pending")
"
changed() {
  for path in "$@"; do
    case "$pending" in *"
$path
"*) return 0 ;; esac
  done
  return 1
}
case "$pending" in *"
/etc/systemd/"*) reread=1 ;; *) reread= ;; esac
restart='' reload='' start='' timers='' units=''
while read -r kind unit paths; do
  # shellcheck disable=SC2086
  case $kind in
    service)
      units="$units $unit"
      [ -L "/etc/systemd/system/multi-user.target.wants/$unit" ] || reread=1
      if changed "/etc/systemd/system/$unit" $paths; then
        # A timer starts again without being missed: nothing is asked before, and nothing waited for.
        case $unit in *.timer) timers="$timers $unit" ;; *) restart="$restart $unit" ;; esac
      elif [ "$verb" = roll ] && is_stale "$unit"; then
        restart="$restart $unit"
      else
        start="$start $unit"
      fi
      ;;
    reload)
      case "$restart " in *" $unit "*) continue ;; esac
      if changed $paths; then reload="$reload $unit"; fi
      ;;
  esac
done <"$bundle/manifest"

# What the cluster needs this machine for must not be taken away while others are missing.
wait_until_may_stop() {
  limit=60
  end=$(($(date +%s) + limit))
  until seen=$(sh -eu "$bundle/may-stop.sh" </dev/null 2>&1); do
    if [ "$(date +%s)" -ge $end ]; then
      reported=1
      say "was not restarted: $(echo "$seen" | tail -n 3). Files were changed, nothing was stopped. Fix: bring the others back, then run the same command again."
      exit 1
    fi
    sleep 1
  done
}

# Enabling reloads the units as well. Each reload costs a busy machine more than all the files above.
# shellcheck disable=SC2086
if [ -z "$reread" ]; then
  :
elif [ -n "$units" ]; then
  systemctl enable -q $units
else
  systemctl daemon-reload
fi
# shellcheck disable=SC2086
if [ -n "$units" ]; then
  [ -z "$start" ] || systemctl start --no-block $start
  [ -z "$timers" ] || systemctl restart --no-block $timers
  # Not a restart: what is asked for its health afterwards must not be the old process on its way out.
  if [ -n "$restart" ]; then
    if [ "$verb" = roll ]; then
      wait_until_may_stop
      systemctl stop $restart
    fi
    systemctl restart --no-block $restart
  fi
  [ -z "$reload" ] || systemctl reload-or-restart --no-block $reload
fi

# Whether every unit of the role was started, be it that it waits for others.
units_run() {
  for unit in $units; do
    case $(systemctl is-active "$unit" 2>/dev/null) in active | activating | reloading) ;; *) return 1 ;; esac
  done
}

# Where nothing restarts, a role that was not well may need the other machines first, as etcd does when the certificates of
# all its members have expired. What verifies all of them comes later.
if [ "$verb" = roll ] && [ -z "$was_well$restart$reload" ] && units_run; then
  :
elif [ "$verb" = roll ]; then
  # Seconds, and not a number of tries: a look that waits itself would stretch those without a bound.
  limit=180
  end=$(($(date +%s) + limit))
  until sh "$bundle/health.sh" </dev/null >"$mine/health.out" 2>&1; do
    if [ "$(date +%s)" -ge $end ]; then
      reported=1
      for unit in $units; do
        systemctl is-active -q "$unit" && continue
        systemctl --no-pager --lines=0 status "$unit" >&2 || true
      done
      # shellcheck disable=SC2046,SC2086
      [ -z "$units" ] || journalctl --no-pager -n 15 -o short-iso $(printf -- '-u %s ' $units) >&2 || true
      # Last, because the end of a long message is what is shown.
      say "not healthy after the change: $(tail -n 3 "$mine/health.out")"
      say "machines after this one were not changed. Fix: correct what is named above, then run the same command again: it restarts $role here."
      exit 1
    fi
    sleep 0.5
  done
  rm -f "$mine/health.out"
fi

# What check.sh compares with later: the manifest, the sum of each file, and size and time of what each link names.
{
  cat "$bundle/manifest"
  grep '^file ' "$bundle/manifest" | cut -d ' ' -f 4 | tr '\n' '\0' | xargs -0r sha256sum -z -- | tr '\0' '\n' | sed 's/^/sum /'
  grep '^link ' "$bundle/manifest" | cut -d ' ' -f 3 | tr '\n' '\0' | xargs -0r stat -L -c 'target %s %.9Y %n' --
} >"$mine/record.next"
mv -f "$mine/record.next" "$mine/record"
: >"$mine/pending"
