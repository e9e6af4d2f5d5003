# shellcheck shell=sh
# Holds when etcd lists exactly the wanted members, every one of them started and voting, and all of them answer.
# shellcheck source=/dev/null
. "$ROOT/etc/etcd/etcdctl.env"
etcdctl --dial-timeout=1s --command-timeout=2s member list |
  awk -F', ' -v wanted=__MEMBERS__ '
    { listed[$3 == "" ? $4 : $3] = 1 }
    $2 != "started" { print "member " ($3 == "" ? $4 : $3) " has not started"; bad = 1 }
    $6 == "true" { print "member " $3 " is a learner"; bad = 1 }
    END {
      n = split(wanted, names, " ")
      for (i = 1; i <= n; i++) {
        expected[names[i]] = 1
        if (!(names[i] in listed)) { print names[i] " is no member"; bad = 1 }
      }
      for (name in listed) if (!(name in expected)) { print name " is a member that the configuration does not name"; bad = 1 }
      exit bad
    }
  ' || exit 1
etcdctl --dial-timeout=1s --command-timeout=2s endpoint health --cluster
