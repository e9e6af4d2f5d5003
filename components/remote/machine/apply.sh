# Brings one role of this machine to what the bundle says: compares, writes what differs, restarts only what that
# concerns. Every step is check-then-act, and what changed is noted before it changes, so a run that was cut off is
# finished by the next one.
#   apply.sh start ROLE IDENTITY   first creation: starts everything, waits for nothing
#   apply.sh roll ROLE IDENTITY    later changes: restarts what changed, waits until the role is healthy
#   apply.sh remove ROLE IDENTITY  takes the role off, unless another machine has taken this one's place
set -eu
verb=$1 role=$2 identity=$3
bundle=$(dirname "$0")
home=/var/lib/hardway
mine=$home/$role
mkdir -p -m 0700 "$mine"

say() { echo "$(hostname): $role: $*" >&2; }

stop_unit() {
  systemctl disable --now "$1" >/dev/null 2>&1 || true
}

if [ "$verb" = remove ]; then
  [ "$(cat $home/identity 2>/dev/null)" = "$identity" ] || exit 0
  while read -r unit; do stop_unit "$unit"; done <"$mine/units"
  while read -r path; do rm -f "$path"; done <"$mine/owned"
  rm -rf "$mine"
  systemctl daemon-reload
  exit 0
fi

printf '%s\n' "$identity" >$home/identity
cp "$bundle/apply.sh" $home/apply.sh
cp "$bundle/health.sh" "$mine/health.sh"
touch "$mine/pending" "$mine/owned" "$mine/units"
note() { grep -qxF "$1" "$mine/pending" || printf '%s\n' "$1" >>"$mine/pending"; }

: >"$mine/owned.next"
: >"$mine/units.next"
while read -r kind a b c; do
  case $kind in
    dir)
      mkdir -p "$b" && chmod "$a" "$b" ;;
    file)
      printf '%s\n' "$c" >>"$mine/owned.next"
      if cmp -s "$bundle/files$c" "$c" && [ "$(stat -c '%04a %U:%G' "$c")" = "$a $b" ]; then continue; fi
      note "$c"
      mkdir -p "$(dirname "$c")"
      install -m "$a" -o "${b%:*}" -g "${b#*:}" "$bundle/files$c" "$c.hardway-new"
      mv -f "$c.hardway-new" "$c" ;;
    link)
      printf '%s\n' "$a" >>"$mine/owned.next"
      [ -e "$b" ] || { say "$a would point at $b, which is not staged; the staging step of this machine must run first"; exit 1; }
      [ "$(readlink "$a" || true)" = "$b" ] && continue
      note "$a"
      mkdir -p "$(dirname "$a")"
      ln -sfn "$b" "$a.hardway-new" && mv -fT "$a.hardway-new" "$a" ;;
    service)
      printf '%s\n' "$a" >>"$mine/units.next" ;;
  esac
done <"$bundle/manifest"

# What an earlier bundle put here and this one no longer names.
grep -vxFf "$mine/units.next" "$mine/units" | while read -r unit; do stop_unit "$unit"; done || true
grep -vxFf "$mine/owned.next" "$mine/owned" | while read -r path; do note "$path"; rm -f "$path"; done || true
mv "$mine/owned.next" "$mine/owned"
mv "$mine/units.next" "$mine/units"

if grep -q '^/etc/systemd/' "$mine/pending"; then systemctl daemon-reload; fi
sh -eu "$bundle/settle.sh"

# Exit 0 when any of the given paths is among those that changed.
changed() {
  for path in "$@"; do grep -qxF "$path" "$mine/pending" && return 0; done
  return 1
}
restart= reload= start=
while read -r kind unit paths; do
  # shellcheck disable=SC2086
  case $kind in
    service)
      if changed "/etc/systemd/system/$unit" $paths; then restart="$restart $unit"; else start="$start $unit"; fi ;;
    reload)
      case "$restart " in *" $unit "*) continue ;; esac
      if changed $paths; then reload="$reload $unit"; fi ;;
  esac
done <"$bundle/manifest"

units=$(cat "$mine/units")
# shellcheck disable=SC2086
if [ -n "$units" ]; then
  for unit in $units; do
    systemctl is-enabled -q "$unit" 2>/dev/null || systemctl enable -q "$unit"
  done
  [ -z "$start" ] || systemctl start --no-block $start
  [ -z "$restart" ] || systemctl restart --no-block $restart
  for unit in $reload; do systemctl reload-or-restart --no-block "$unit"; done
fi

if [ "$verb" = roll ]; then
  tries=0
  until sh "$bundle/health.sh" >"$mine/health.out" 2>&1; do
    tries=$((tries + 1))
    if [ $tries -ge 240 ]; then
      say "not healthy after the change: $(tail -n 3 "$mine/health.out")"
      for unit in $units; do
        systemctl is-active -q "$unit" && continue
        systemctl --no-pager --lines=0 status "$unit" >&2 || true
      done
      # shellcheck disable=SC2086
      journalctl --no-pager -n 25 -o short-iso $(printf -- '-u %s ' $units) >&2 || true
      exit 1
    fi
    sleep 0.5
  done
  rm -f "$mine/health.out"
fi
: >"$mine/pending"
