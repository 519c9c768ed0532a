#!/bin/sh
# The floor of `run --rm`: the same conmon, OCI runtime and overlay mount without an engine. Two calls:
#   floor.sh prepare DIR LOWER CONFIG   makes a bundle in DIR whose overlay has LOWER below it; CONFIG is a config.json to adapt
#   floor.sh run DIR RUNTIME            mounts, creates, starts, waits, deletes, unmounts; the container's output is thrown away
set -eu
dir=$2
case $1 in
prepare)
  mkdir -p "$dir/upper" "$dir/work" "$dir/merged" "$dir/exits" "$dir/persist"
  printf '%s' "$3" > "$dir/lower"
  sed -e "s|\"root\":{[^}]*}|\"root\":{\"path\":\"$dir/merged\"}|" -e 's|"cgroupsPath":"[^"]*"|"cgroupsPath":"/libpod_parent/libpod-floor"|' "$4" > "$dir/config.json"
  ;;
run)
  cd "$dir"
  mount -t overlay overlay -o "lowerdir=$(cat lower),upperdir=upper,workdir=work" merged
  _OCI_SYNCPIPE=3 /usr/bin/conmon --api-version 1 -c floor -u floor -r "/usr/bin/$3" -b "$dir" -p "$dir/pidfile" -n floor \
    --exit-dir "$dir/exits" --persist-dir "$dir/persist" --full-attach -l "k8s-file:$dir/ctr.log" --conmon-pidfile "$dir/conmon.pid" \
    3>sync </dev/null >/dev/null 2>&1
  until [ -s sync ]; do :; done
  "/usr/bin/$3" start floor
  until [ -e exits/floor ]; do :; done
  "/usr/bin/$3" delete --force floor
  umount merged
  rm -rf exits/floor upper work ctr.log sync pidfile conmon.pid attach ctl winsz
  mkdir upper work
  ;;
esac
