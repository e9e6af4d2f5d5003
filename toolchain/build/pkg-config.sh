#!/bin/sh
# pkg-config for libraries of an unpacked Debian: its folders are among the compiler's own arguments, so that a library's
# name is all that is left to say. Go calls it as `pkg-config --cflags -- NAME…` and `pkg-config --libs -- NAME…`.
set -eu
wanted=$1
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
[ $# -eq 0 ] || shift
[ "$wanted" = --libs ] || exit 0
for name; do printf ' -l%s' "${name#lib}"; done
echo
