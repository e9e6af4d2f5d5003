# shellcheck shell=sh
# A VIP can be announced only in a network that the machine is in itself.
route=$(ip -4 route get __VIP__ 2>&1) || true
case $route in
  *' via '* | *unreachable*)
    echo "$(hostname): the virtual IP address __VIP__ is not in a network of this machine: $route. Fix: set hardway:controlPlaneVip to a free address of the network that all load balancers are in." >&2
    exit 1
    ;;
esac
