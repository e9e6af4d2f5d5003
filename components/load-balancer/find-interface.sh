#!/bin/sh
# Tells keepalived the interface that has this machine's address.
# shellcheck disable=SC2086
set -eu
found=$(ip -4 -oneline address show to __OWN__/32)
if [ -z "$found" ]; then
  echo "no interface has __OWN__, the address of this machine" >&2
  exit 1
fi
interface=$(echo "$found" | while read -r _ name _; do echo "$name"; break; done)
mkdir -p $ROOT/run/hardway
echo "interface $interface" >$ROOT/run/hardway/floating-interface.conf
