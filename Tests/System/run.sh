#!/usr/bin/env bash
# The Debian package under a real systemd, in namespaces of this machine: installs, starts, reloads, restarts under load,
# upgrades and purges it. Needs root, Linux with control groups of version 2, and what `.ci/dependencies system` installs; the
# first run fetches a small Debian (some 500 MB, kept in ~/.cache/ollama-gateway).
#
#   Tests/System/run.sh DEB
set -euo pipefail
package=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
((EUID == 0)) || { echo "The system test needs root: it boots a systemd. Run it with sudo." >&2; exit 1; }

tree=${OLLAMA_GATEWAY_TEST_TREE:-$HOME/.cache/ollama-gateway/debian}
# The gateway refuses variables with its prefix that it does not know.
unset OLLAMA_GATEWAY_TEST_TREE
packages=systemd,systemd-sysv,dbus,procps,libmicrohttpd12,libcurl4,libsimdjson14,libyaml-0-2,libzstd1,libsqlite3-0,libpq5,ca-certificates,python3,wrk,prometheus
# Written last: a tree that is half there, or of other packages, is made anew.
if [[ $(cat "$tree/.packages" 2>/dev/null) != "$packages" ]]; then
  echo "==> fetching a Debian for the test"
  rm -rf "$tree"
  debootstrap --variant=minbase --include="$packages" bookworm "$tree" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
  echo "$packages" >"$tree/.packages"
fi

work=$(mktemp -d)
mkdir -p "$work/overlay/opt/test" "$work/overlay/etc/systemd/system" "$work/overlay/etc/systemd/journald.conf.d" \
  "$work/mountpoint"
# After the load of wrk the journal would drop, for half a minute, what the tests then wait for.
printf '[Journal]\nRateLimitBurst=0\n' >"$work/overlay/etc/systemd/journald.conf.d/test.conf"
# Of this package the test wants promtool alone.
ln -s /dev/null "$work/overlay/etc/systemd/system/prometheus.service"
cp system_test.py slow_ollama.py "$package" "$work/overlay/opt/test/"
# The same with a higher version, for the upgrade.
dpkg-deb --raw-extract "$package" "$work/next"
version=$(dpkg-deb --field "$package" Version)
sed -i "s/^Version: .*/Version: $version+next/" "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -Znone --build "$work/next" \
  "$work/overlay/opt/test/ollama-gateway_$version+next_$(dpkg --print-architecture).deb" >/dev/null

./boot.sh "$tree" "$work/overlay" "$work/mountpoint" >"$work/boot.log" 2>&1 &
boot=$!
finish() {
  if [[ -n ${init:-} ]]; then
    kill -s RTMIN+4 "$init" 2>/dev/null || true # systemctl poweroff
    for _ in {1..100}; do kill -0 "$init" 2>/dev/null || break; sleep 0.1; done
  fi
  kill "$boot" 2>/dev/null || true
  wait "$boot" 2>/dev/null || true
  for control in /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [[ ! -d $control/ollama-gateway-test.$boot ]] ||
      find "$control/ollama-gateway-test.$boot" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT

for _ in {1..300}; do
  init=$(pgrep -P "$boot" -x systemd || true)
  # The first calls come before the bus is up.
  state=$([[ -z $init ]] || nsenter -t "$init" -a systemctl is-system-running 2>/dev/null || true)
  [[ $state != running && $state != degraded ]] || break
  kill -0 "$boot" 2>/dev/null || break
  sleep 0.1
done
if [[ $state != running && $state != degraded ]]; then
  echo "systemd did not come up:" >&2
  cat "$work/boot.log" >&2
  exit 1
fi
nsenter -t "$init" -a python3 /opt/test/system_test.py
