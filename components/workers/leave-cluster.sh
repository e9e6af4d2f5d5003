# shellcheck shell=sh disable=SC2154
evict_pods
k delete node "$node" --ignore-not-found >&2
