# shellcheck shell=sh
# Where no kube-proxy is wanted: removes the rules of one that ran here before, which would go on answering for Services.
# kube-proxy itself does this only when it changes from one mode to the other.
ours='^KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS|POSTROUTING|FORWARD|MARK-MASQ|PROXY-CANARY|PROXY-FIREWALL|(SVC|SVL|SEP|FW|EXT)-.*)$'
# Names nothing but what goes, so that rules which others make meanwhile stay as they are. Naming a chain empties it;
# then the rules of others' chains that lead there; then the chain.
removal_of_rules() {
  awk -v ours="$ours" '
    /^[*]/ { table = $0; text = last = ""; split("", own) }
    /^:/ && substr($1, 2) ~ ours {
      own[substr($1, 2)]
      text = text $1 " - [0:0]\n"
      last = last "-X " substr($1, 2) "\n"
    }
    /^-A / && !($2 in own) {
      for (i = 3; i < NF; i++) if ($i == "-j" && $(i + 1) ~ ours) { text = text "-D" substr($0, 3) "\n"; break }
    }
    /^COMMIT/ && text != "" { print table "\n" text last "COMMIT" }
  '
}
for tables in iptables ip6tables; do
  command -v $tables-save >/dev/null 2>&1 || continue
  rules=$($tables-save 2>/dev/null | removal_of_rules) || continue
  [ -z "$rules" ] || printf '%s\n' "$rules" | $tables-restore -w 10 --noflush
done
if command -v nft >/dev/null 2>&1; then
  nft delete table ip kube-proxy 2>/dev/null || true
  nft delete table ip6 kube-proxy 2>/dev/null || true
fi
