# shellcheck shell=sh
# Compares what the roles of this machine own with what their last run left, and prints a line for each difference: role,
# path or unit, and what, with tabs between. Prints no content, since files may be secret. Changes nothing.
# The roles that belong here are the arguments. No globbing: paths are taken as they are.
set -euf
export LC_ALL=C
home=/var/lib/hardway
now=$(mktemp /run/hardway.XXXXXX)
trap 'rm -f "$now"' EXIT

tell() { printf '%s\t%s\t%s\n' "$role" "$1" "$2"; }
# Whether a role of this machine put the path here.
owned() { grep -rqxF --include=owned -e "$1" "$home"; }

check_file() {
  if [ -L "$3" ]; then
    tell "$3" 'is a link now'
  elif [ -f "$3" ]; then
    is=$(stat -c '%04a %U:%G' "$3")
    [ "$is" = "$1 $2" ] || tell "$3" "is $is, was $1 $2"
  elif [ -e "$3" ]; then
    tell "$3" 'is no longer a file'
  else
    tell "$3" 'is missing'
  fi
}

# What a file asks of the kernel at boot, against what the kernel has now.
check_sysctls() {
  sed -n 's/^-\{0,1\}\([a-z][^= ]*\) *= */\1 /p' "$1" | while read -r name value; do
    at=/proc/sys/$(echo "$name" | tr . /)
    [ ! -r "$at" ] || [ "$(cat "$at")" = "$value" ] || tell "sysctl $name" "is $(cat "$at"), not $value"
  done
}

check_link() {
  if ! [ -L "$1" ]; then
    if [ -e "$1" ]; then tell "$1" 'is no longer a link'; else tell "$1" 'is missing'; fi
  elif [ "$(readlink "$1")" != "$2" ]; then
    tell "$1" "points at $(readlink "$1"), not at $2"
  elif ! [ -e "$1" ]; then
    tell "$1" "points at $2, which is missing"
  fi
}

# A unit goes on with the program that it was started with, whatever the link names since.
check_program() {
  pid='' path=''
  for word in $(systemctl show -p MainPID,ExecStart "$1" | sed -n 's/^MainPID=//p; s/^ExecStart={ path=\([^ ;]*\).*/\1/p'); do
    case $word in /*) path=$word ;; *) pid=$word ;; esac
  done
  installed=$(readlink -f "$path" || true)
  case $installed in /opt/hardway/*) ;; *) return 0 ;; esac
  [ "${pid:-0}" != 0 ] && running=$(readlink "/proc/$pid/exe") || return 0
  [ "$running" = "$installed" ] || tell "$1" "runs $running, not $installed"
}

# The look that an update waits for; what it prints is said in one line.
check_health() {
  [ -f "$mine/health.sh" ] || return 0
  timeout 20 sh "$mine/health.sh" </dev/null >"$now" 2>&1 ||
    tell 'health check' "fails: $(tail -n 1 "$now" | tr -s '\t\r' ' ' | cut -c 1-200)"
}

check_unit() {
  systemctl show -p ActiveState,UnitFileState,NeedDaemonReload,DropInPaths "$1" | while IFS='=' read -r property value; do
    case $property=$value in
      ActiveState=active | UnitFileState=enabled | NeedDaemonReload=no) ;;
      ActiveState=*) tell "$1" "is $value, not active" ;;
      UnitFileState=*) tell "$1" "is ${value:-unknown to systemd}, not enabled" ;;
      NeedDaemonReload=*) tell "$1" 'runs with an older unit file than the one on disk' ;;
      DropInPaths=*)
        # systemd may not have noticed one that is new.
        # shellcheck disable=SC2046,SC2086
        for path in $(printf '%s\n' $value $(find "/etc/systemd/system/$1.d" -name '*.conf' 2>/dev/null) | sort -u); do
          # The distribution's own lie elsewhere.
          case $path in /etc/systemd/*) owned "$path" || tell "$1" "is changed by $path, which no role owns" ;; esac
        done
        ;;
    esac
  done
}

for role; do
  mine=$home/$role
  if ! [ -f "$mine/record" ]; then
    tell "$mine" 'has no record of what was installed'
    continue
  fi
  [ ! -s "$mine/pending" ] || tell "$mine" 'shows that the last run did not finish'
  while read -r kind a b c; do
    case $kind in
      file)
        check_file "$a" "$b" "$c"
        case $c in */etc/sysctl.d/*) [ ! -f "$c" ] || check_sysctls "$c" ;; esac
        ;;
      link) check_link "$a" "$b" ;;
      service)
        check_unit "$a"
        check_program "$a"
        ;;
    esac
  done <"$mine/record"
  # All sums at once: each process costs more than the files do. What is missing has been told.
  grep '^file ' "$mine/record" | cut -d ' ' -f 4 | tr '\n' '\0' |
    xargs -0r sha256sum -z -- 2>/dev/null | tr '\0' '\n' | sed 's/^/sum /' >"$now"
  grep '^sum ' "$mine/record" | grep -vxFf "$now" | while read -r _ _ path; do
    [ -L "$path" ] || ! [ -f "$path" ] || tell "$path" 'has other content'
  done
  # Programs are large: size and time will do.
  grep '^link ' "$mine/record" | cut -d ' ' -f 3 | tr '\n' '\0' |
    xargs -0r stat -L -c 'target %s %.9Y %n' -- 2>/dev/null >"$now" || true
  grep '^target ' "$mine/record" | grep -vxFf "$now" | while read -r _ _ _ path; do
    ! [ -e "$path" ] || tell "$path" 'has another size or time'
  done
  check_health
done
