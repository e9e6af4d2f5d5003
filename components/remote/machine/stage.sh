# Fetches what the manifest names into /opt/hardway/NAME/VERSION and checks every sum. Nothing that runs is touched:
# a folder belongs to one version, and a file gets its name only when it is whole.
set -eu
bundle=$(dirname "$0")
root=/opt/hardway
mkdir -p "$root"
work=$(mktemp -d "$root/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() { echo "$(hostname): staging: $*" >&2; exit 1; }

while read -r kind name version sha url members; do
  dest=$root/$name/$version
  mkdir -p "$dest"
  record=$dest/.$(basename "$url").sha256
  missing=
  for member in $members; do [ -x "$dest/${member%%=*}" ] || missing=1; done
  if [ -z "$missing" ] && [ "$(cat "$record" 2>/dev/null)" = "$sha" ]; then continue; fi
  rm -f "$work/fetched"
  curl -fsSL --retry 8 --retry-delay 1 --retry-connrefused --retry-all-errors --connect-timeout 5 \
    -o "$work/fetched" "$url" 2>"$work/curl.err" ||
    fail "$name $version could not be fetched from $url: $(tail -n 1 "$work/curl.err"). Free space here: $(df -h --output=avail "$root" | tail -n 1 | tr -d ' '). Check the mirror or the address, then run the same command again."
  got=$(sha256sum "$work/fetched" | cut -d ' ' -f 1)
  [ "$got" = "$sha" ] ||
    fail "$name $version from $url has SHA-256 $got, the lock says $sha. Nothing was installed. Replace the file at the mirror, or correct the lock, then run the same command again."
  if [ "$kind" = archive ]; then
    mkdir -p "$work/open"
    tar -xf "$work/fetched" -C "$work/open" --no-same-owner ||
      fail "$name $version could not be unpacked. Free space here: $(df -h --output=avail "$root" | tail -n 1 | tr -d ' ')."
    for member in $members; do
      chmod 0755 "$work/open/${member#*=}"
      mv -f "$work/open/${member#*=}" "$dest/${member%%=*}"
    done
    rm -rf "$work/open"
  else
    chmod 0755 "$work/fetched"
    mv -f "$work/fetched" "$dest/${members%%=*}"
  fi
  printf '%s\n' "$sha" >"$record"
done <"$bundle/manifest"
