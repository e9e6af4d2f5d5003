#!/bin/bash
# First process of the mirror: nginx for files, the registry for images. If either ends, the container does, and
# Docker starts both again.
set -u
docker-registry serve /etc/hardway/registry.yml &
nginx -c /etc/hardway/mirror.conf -g 'daemon off;' &
trap 'kill $(jobs -p) 2>/dev/null; exit 0' TERM INT
wait -n
exit 1
