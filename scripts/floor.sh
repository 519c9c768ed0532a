#!/bin/sh
# The floor of `run --rm`: the same conmon, OCI runtime and overlay mount without an engine. Two calls:
#   floor.sh prepare DIR LOWER CONFIG   makes a bundle in DIR whose overlay has LOWER below it; CONFIG is a config.json to adapt
#   floor.sh run DIR RUNTIME            mounts, creates, starts, waits, deletes, unmounts; the container's output is thrown away
set -eu
dir=$2
name=${FLOOR_NAME:-floor} # of the container; several at a time need one each
case $1 in
prepare)
  mkdir -p "$dir/upper" "$dir/work" "$dir/merged" "$dir/exits" "$dir/persist"
  printf '%s' "$3" > "$dir/lower"
  sed -e "s|\"root\":{[^}]*}|\"root\":{\"path\":\"$dir/merged\"}|" -e "s|\"cgroupsPath\":\"[^\"]*\"|\"cgroupsPath\":\"/libpod_parent/libpod-$name\"|" "$4" > "$dir/config.json"
  ;;
run)
  cd "$dir"
  mount -t overlay overlay -o "lowerdir=$(cat lower),upperdir=upper,workdir=work" merged
  _OCI_SYNCPIPE=3 /usr/bin/conmon --api-version 1 -c "$name" -u "$name" -r "/usr/bin/$3" -b "$dir" -p "$dir/pidfile" -n "$name" \
    --exit-dir "$dir/exits" --persist-dir "$dir/persist" --full-attach -l "k8s-file:$dir/ctr.log" --conmon-pidfile "$dir/conmon.pid" \
    3>sync </dev/null >/dev/null 2>&1
  until [ -s sync ]; do :; done
  "/usr/bin/$3" start "$name"
  until [ -e "exits/$name" ]; do :; done
  "/usr/bin/$3" delete --force "$name"
  umount merged
  rm -rf "exits/$name" upper work ctr.log sync pidfile conmon.pid attach ctl winsz
  mkdir upper work
  ;;
esac
