#!/bin/bash
# Whether nginx on this machine accepts connections and answers them.
read -rt 1 answer </dev/tcp/127.0.0.1/__CHECK_PORT__
[ "$answer" = ok ]
