# shellcheck shell=sh
# Fetches what the manifest names into /opt/hardway/NAME/VERSION and checks every sum. Nothing that runs is touched:
# a folder belongs to one version, and a file gets its name only when it is whole.
set -eu
bundle=${0%/*}
root=/opt/hardway

say() { echo "$(hostname): staging: $*" >&2; }
free() { df -h --output=avail "$root" | tail -n 1 | tr -d ' '; }
reported=
fail() {
  reported=1
  say "$*"
  exit 1
}

. "$bundle/packages.sh"

work=
ended() {
  status=$?
  packages_ended
  [ -z "$work" ] || rm -rf "$work"
  [ $status = 0 ] || [ -n "$reported" ] ||
    say "stopped halfway (free space on $root: $(free)). Fix: correct what is named above, then run the same command again."
}
trap ended EXIT
trap 'exit 1' HUP INT TERM

# A cloud's machine answers while its first boot still writes package sources and installs; one that is long up says
# "done" at once. What went wrong there is not ours to judge: what staging needs it misses by itself.
! command -v cloud-init >/dev/null 2>&1 || timeout 300 cloud-init status --wait >/dev/null 2>&1 || :

mkdir -p "$root"
# Left by a run that was killed; no other run is under way, the caller holds a lock.
rm -rf "$root"/.fetch.*
work=$(mktemp -d "$root/.fetch.XXXXXX")

# First, because fetching takes curl.
install_packages

# What a record says: the sum of what was fetched, then mode, size, time and name of what was installed. Cheap enough to
# be looked at in every run, and a file that was cut short or written to differs.
describe() {
  printf '%s\n' "$sha"
  for member in $members; do set -- "$@" "$dest/${member%%=*}"; done
  stat -c '%A %s %.9Y %n' "$@"
}

while read -r kind name version sha url members; do
  dest=$root/$name/$version
  mkdir -p "$dest"
  record=$dest/.${url##*/}.sha256
  if [ -f "$record" ] && [ "$(cat "$record")" = "$(describe 2>/dev/null)" ]; then continue; fi
  rm -f "$record" "$work/fetched"
  # What it says is kept in memory: the disk may be what is wrong.
  said=$(curl -fsSL --retry 8 --retry-delay 1 --retry-connrefused --retry-all-errors --connect-timeout 5 \
    -o "$work/fetched" "$url" 2>&1) ||
    fail "$name $version could not be fetched from $url: $(printf '%s\n' "$said" | tail -n 1). Free space here: $(free). Fix: check the mirror, the address and the disk, then run the same command again."
  sums=$(sha256sum "$work/fetched")
  got=${sums%% *}
  [ "$got" = "$sha" ] ||
    fail "$name $version from $url has SHA-256 $got, the lock says $sha. Nothing was installed. Fix: replace the file at the mirror, or correct the lock, then run the same command again."
  if [ "$kind" = archive ]; then
    mkdir -p "$work/open"
    tar -xf "$work/fetched" -C "$work/open" --no-same-owner ||
      fail "$name $version could not be unpacked. Free space here: $(free)."
  fi
  for member in $members; do
    inside=$work/fetched
    if [ "$kind" = archive ]; then
      inside=$work/open/${member#*=}
      [ -f "$inside" ] || fail "$name $version from $url holds no ${member#*=}. Fix: correct the lock's members."
    fi
    chmod 0755 "$inside"
    mv -fT "$inside" "$dest/${member%%=*}"
  done
  describe >"$work/record"
  mv -fT "$work/record" "$record"
  rm -rf "$work/open"
done <"$bundle/manifest"
