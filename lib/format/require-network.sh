# shellcheck shell=sh
# Stops a role, before anything is changed, on a node that was made with another pod network.
before=$(cat "$ROOT/etc/hardway/pod-network" 2>/dev/null || echo __NETWORK__)
if [ "$before" != __NETWORK__ ]; then
  echo __MESSAGE__ >&2
  exit 1
fi
