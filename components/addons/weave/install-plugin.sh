# shellcheck shell=sh disable=SC2086
# Installs Weave Net's CNI plugin on the machine, in an init container. 2.6.5 does so after the peer has started; here it
# is there before, so that a fault of the machine shows first. Another text, be it another layout, restarts every peer.
folder=/host/opt/cni/bin plugin=weave-plugin-$WEAVE_VERSION
mkdir -p $folder
cp /usr/bin/weaveutil $folder/$plugin.new
mv -f $folder/$plugin.new $folder/$plugin
for name in weave-net weave-ipam; do ln -sfn $plugin $folder/$name.new; mv -fT $folder/$name.new $folder/$name; done
# Links to what is not mounted here: only whether they exist can be checked.
for name in loopback portmap; do [ -L $folder/$name ] || [ -x $folder/$name ] || { echo "/opt/cni/bin has no $name, which Weave Net calls" >&2; exit 1; }; done
