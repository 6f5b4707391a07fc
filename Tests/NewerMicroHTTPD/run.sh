#!/usr/bin/env bash
# run.sh COMMAND...
# Runs a command of SwiftPM's with libmicrohttpd 1.0, as Debian 13 has it, in place of the system's: its header for what is
# built, and its library for what is run. Nothing is installed; the packages are kept under
# ${XDG_CACHE_HOME:-~/.cache}/ollama-gateway.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/ollama-gateway
root=$cache/libmicrohttpd-1.0
libraries=usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

mkdir -p "$cache/locks"
exec 9>"$cache/locks/libmicrohttpd-1.0"
flock 9
if [[ ! -f $root/complete ]]; then
  [[ -f $keyring ]] || { echo "There is no $keyring. Install it: apt-get install debian-archive-keyring" >&2; exit 1; }
  rm -rf "$root"
  mkdir -p "$root/apt/lists/partial" "$root/apt/cache/archives/partial"
  echo "deb [signed-by=$keyring] http://deb.debian.org/debian trixie main" >"$root/apt/sources.list"
  # A list of packages of its own: the system's stays as it is.
  apt=(apt-get -q
    -o Dir::Etc::sourcelist="$root/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$root/apt/lists"
    -o Dir::Cache="$root/apt/cache" -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=3)
  "${apt[@]}" update
  (cd "$root/apt" && "${apt[@]}" download libmicrohttpd-dev libmicrohttpd12t64)
  for package in "$root"/apt/*.deb; do dpkg-deb -x "$package" "$root"; done
  rm -r "$root/apt"
  sed -i "s|^prefix=.*|prefix=$root/usr|" "$root/$libraries/pkgconfig/libmicrohttpd.pc"
  touch "$root/complete"
fi
flock -u 9

export PKG_CONFIG_PATH=$root/$libraries/pkgconfig
echo "libmicrohttpd $(pkg-config --modversion libmicrohttpd)"
LD_LIBRARY_PATH=$root/$libraries exec "$@"
