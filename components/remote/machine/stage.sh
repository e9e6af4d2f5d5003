# Fetches what the manifest names into /opt/hardway/NAME/VERSION and checks every sum. Nothing that runs is touched:
# a folder belongs to one version, and a file gets its name only when it is whole.
set -eu
bundle=${0%/*}
root=/opt/hardway

say() { echo "$(hostname): staging: $*" >&2; }
free() { df -h --output=avail "$root" | tail -n 1 | tr -d ' '; }
told=
fail() { told=1; say "$*"; exit 1; }

work=
ended() {
  status=$?
  [ -z "$work" ] || rm -rf "$work"
  [ $status = 0 ] || [ -n "$told" ] ||
    say "stopped halfway (free space on $root: $(free)). Put right what is named above and run the same command again."
}
trap ended EXIT
trap 'exit 1' HUP INT TERM

mkdir -p "$root"
# Left by a run that was killed; no other run is under way, the caller holds a lock.
rm -rf "$root"/.fetch.*
work=$(mktemp -d "$root/.fetch.XXXXXX")

# Exit 0 when every member is there as it was installed. The record holds the archive's sum and that of each member.
staged() {
  [ -f "$record" ] && { read -r recorded <"$record" || :; } && [ "$recorded" = "$sha" ] || return 1
  for member in $members; do [ -x "$dest/${member%%=*}" ] || return 1; done
  tail -n +2 "$record" | (cd "$dest" && sha256sum --quiet -c -) >/dev/null 2>&1
}

while read -r kind name version sha url members; do
  dest=$root/$name/$version
  mkdir -p "$dest"
  record=$dest/.${url##*/}.sha256
  if staged; then continue; fi
  rm -f "$record" "$work/fetched"
  curl -fsSL --retry 8 --retry-delay 1 --retry-connrefused --retry-all-errors --connect-timeout 5 \
    -o "$work/fetched" "$url" 2>"$work/curl.err" ||
    fail "$name $version could not be fetched from $url: $(tail -n 1 "$work/curl.err"). Free space here: $(free). Check the mirror or the address, then run the same command again."
  sums=$(sha256sum "$work/fetched")
  got=${sums%% *}
  [ "$got" = "$sha" ] ||
    fail "$name $version from $url has SHA-256 $got, the lock says $sha. Nothing was installed. Replace the file at the mirror, or correct the lock, then run the same command again."
  if [ "$kind" = archive ]; then
    mkdir -p "$work/open"
    tar -xf "$work/fetched" -C "$work/open" --no-same-owner ||
      fail "$name $version could not be unpacked. Free space here: $(free)."
  fi
  installed=
  for member in $members; do
    inside=$work/fetched
    if [ "$kind" = archive ]; then
      inside=$work/open/${member#*=}
      [ -f "$inside" ] || fail "$name $version from $url holds no ${member#*=}. Correct the lock's members."
    fi
    chmod 0755 "$inside"
    mv -fT "$inside" "$dest/${member%%=*}"
    installed="$installed ${member%%=*}"
  done
  # shellcheck disable=SC2086
  { printf '%s\n' "$sha"; cd "$dest" && sha256sum $installed; } >"$work/record"
  mv -fT "$work/record" "$record"
  rm -rf "$work/open"
done <"$bundle/manifest"
