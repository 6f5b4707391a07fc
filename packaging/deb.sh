#!/usr/bin/env bash
# Builds a Debian package of the program that is built, for this machine's architecture and Debian release, and beside it one
# of the program's symbols (ollama-gateway-dbgsym): by them the addresses that a crash leaves become names and lines.
#
#   packaging/deb.sh PROGRAM OUTPUT_FOLDER
#
# Needs dpkg-dev and binutils. What the package depends on is what the program is linked with (dpkg-shlibdeps).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$1
output=$2
version=$("$program" --version)
architecture=$(dpkg --print-architecture)
maintainer=${DEB_MAINTAINER:-$(git log -1 --format='%an <%ae>')}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
umask 022

make --no-print-directory install PROGRAM="$program" DESTDIR="$tree" PREFIX=/usr SYSCONFDIR=/etc \
  ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions UNITS=/lib/systemd/system SYSUSERS=/usr/lib/sysusers.d >/dev/null
build_id=$(readelf -n "$program" | sed -n 's/.*Build ID: //p')
symbols=$work/symbols/usr/lib/debug/.build-id/${build_id:0:2}/${build_id:2}.debug
mkdir -p "$(dirname "$symbols")"
objcopy --only-keep-debug "$program" "$symbols"
chmod 644 "$symbols"
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/ollama-gateway"
gzip -9n "$tree/usr/share/man/man1/ollama-gateway.1"
documents=$tree/usr/share/doc/ollama-gateway
install -m 644 packaging/debian/copyright "$documents/copyright"
printf 'ollama-gateway (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- %s  %s\n' "$version" "$version" \
  "$maintainer" "$(date -R -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}")" |
  gzip -9n >"$documents/changelog.gz"

# dpkg-shlibdeps looks for debian/control where it is called.
mkdir -p "$work/source/debian"
printf 'Source: ollama-gateway\nPackage: ollama-gateway\nArchitecture: any\n' >"$work/source/debian/control"
depends=$(cd "$work/source" && dpkg-shlibdeps -O -e"$tree/usr/bin/ollama-gateway" 2>"$work/shlibdeps.log") || {
  cat "$work/shlibdeps.log" >&2
  exit 1
}
depends=${depends#shlibs:Depends=}

# procps has /bin/kill, by which the unit reloads; passwd has useradd, where there is no systemd-sysusers.
control=$tree/DEBIAN
mkdir "$control"
cat >"$control/control" <<CONTROL
Package: ollama-gateway
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s --exclude=DEBIAN "$tree" | cut -f 1)
Depends: $depends, init-system-helpers (>= 1.54~), passwd, procps
Suggests: nginx
Section: net
Priority: optional
Description: gateway in front of Ollama
 One address in front of Ollama servers: Ollama's own API and its OpenAI- and
 Anthropic-compatible paths, relayed token by token, and a chat API with
 sessions whose streams survive a lost connection.
CONTROL
echo /etc/ollama-gateway/config.yaml >"$control/conffiles"
for script in postinst prerm postrm; do install -m 755 "packaging/debian/$script" "$control/$script"; done
(cd "$tree" && find . -type f -not -path './DEBIAN/*' -not -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum) \
  >"$control/md5sums"

# As Debian's own tools make such packages.
mkdir -p "$work/symbols/usr/share/doc" "$work/symbols/DEBIAN"
ln -s ollama-gateway "$work/symbols/usr/share/doc/ollama-gateway-dbgsym"
cat >"$work/symbols/DEBIAN/control" <<CONTROL
Package: ollama-gateway-dbgsym
Source: ollama-gateway
Version: $version
Auto-Built-Package: debug-symbols
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s --exclude=DEBIAN "$work/symbols" | cut -f 1)
Depends: ollama-gateway (= $version)
Section: debug
Priority: optional
Build-Ids: $build_id
Description: debug symbols for ollama-gateway
CONTROL
(cd "$work/symbols" && find usr -type f -printf '%P\0' | sed -z 's#^#usr/#' | xargs -0 md5sum) >"$work/symbols/DEBIAN/md5sums"

mkdir -p "$output"
dpkg-deb --root-owner-group -Zxz --build "$tree" "$output/ollama-gateway_${version}_${architecture}.deb"
dpkg-deb --root-owner-group -Zxz -z1 --build "$work/symbols" \
  "$output/ollama-gateway-dbgsym_${version}_${architecture}.deb" >/dev/null
