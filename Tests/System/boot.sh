#!/usr/bin/env bash
# Boots a Debian tree with systemd as PID 1 in namespaces of its own, without a network but loopback. The tree itself stays as
# it is: all writing goes to memory.
#
#   boot.sh TREE OVERLAY MOUNTPOINT    (OVERLAY: a tree laid over TREE)
set -euo pipefail
tree=$(realpath "$1") overlay=$(realpath "$2") mountpoint=$(realpath "$3")

# systemd wants a control group of its own, of version 2.
control=/sys/fs/cgroup/unified
[[ -d $control ]] || control=/sys/fs/cgroup
mkdir -p "$control/ollama-gateway-test.$$"
echo $$ >"$control/ollama-gateway-test.$$/cgroup.procs"

exec unshare --mount --pid --fork --kill-child=KILL --uts --ipc --cgroup --net --propagation private bash -euc '
  tree=$1 overlay=$2 mountpoint=$3
  mount -t tmpfs tmpfs "$mountpoint"
  mkdir "$mountpoint"/{upper,work,root}
  mount -t overlay overlay "$mountpoint/root" \
    -o "lowerdir=$overlay:$tree,upperdir=$mountpoint/upper,workdir=$mountpoint/work"
  root=$mountpoint/root
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t cgroup2 -o rw,nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 tmpfs "$root/dev"
  for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
  : >"$root/etc/machine-id"
  hostname gateway-test
  ip link set lo up
  mkdir -p "$root/old"
  cd "$root"
  pivot_root . old
  umount -l /old
  # As a container manager hands it over: units begin with what systemd mounts for them, such as credentials.
  mount --make-rshared /
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=test TERM=dumb chroot . /lib/systemd/systemd --system
' _ "$tree" "$overlay" "$mountpoint"
