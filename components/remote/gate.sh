# shellcheck shell=sh
# Waits until a condition holds: polls, is silent on success, and says what it saw last when time is up.
end=$(($(date +%s) + __LIMIT__))
seen=$(mktemp "$ROOT/run/hardway.XXXXXX")
trap 'rm -f "$seen"' EXIT
holds() {
  __CONDITION__
}
until (holds) </dev/null >"$seen" 2>&1; do
  if [ "$(date +%s)" -ge "$end" ]; then
    echo "$(hostname): expected within __LIMIT__ s: __DESCRIPTION__. Seen last: $(tail -n 3 "$seen")" >&2
    __JOURNAL__
    exit 1
  fi
  sleep 0.2
done
