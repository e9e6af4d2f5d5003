# shellcheck shell=sh
# Whether keepalived has run for long enough to take the VIP when the next machine's stops: after 5 s it has seen nginx
# answer, and heard its peers. A container may report an uptime of its own, shorter than the system's clock: that is
# taken for long enough.
systemctl is-active --quiet keepalived.service &&
  read -r up _ <"$ROOT/proc/uptime" &&
  since=$(systemctl show --property=ActiveEnterTimestampMonotonic --value keepalived.service) &&
  age=$((${up%.*} - ${since:-0} / 1000000)) &&
  if [ "$age" -ge 0 ] && [ "$age" -lt 5 ]; then
    echo "keepalived was started $age s ago and cannot take the address yet" >&2
    false
  fi
