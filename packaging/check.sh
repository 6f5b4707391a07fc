#!/usr/bin/env bash
# Checks what `make install` and `make deb` make, without root and without starting anything: units, manual page, completions,
# what uninstalling leaves, the packages, and what a crash leaves. Needs systemd-analyze, man, bash, zsh, fish, lintian, binutils.
#
#   packaging/check.sh PROGRAM DEB
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
package=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "packaging: $*" >&2
  exit 1
}
silent() {
  local words
  words=$("$@" 2>&1) || fail "$*: $words"
  [[ -z $words ]] || fail "$*: $words"
}

# A prefix of its own and no DESTDIR: so that the units' program is where they say it is.
install=(make --no-print-directory PROGRAM="$1" PREFIX="$work/usr" SYSCONFDIR="$work/etc")
"${install[@]}" install >/dev/null
units=$work/usr/lib/systemd/system
grep -q "^ExecStart=$work/usr/bin/ollama-gateway serve --config $work/etc/ollama-gateway/config.yaml$" \
  "$units/ollama-gateway.service" || fail "the unit does not start what was installed"
# It ends with 0 whatever it finds.
silent systemd-analyze verify --man=no "$units/ollama-gateway.service" "$units/ollama-gateway.socket"
systemd-analyze security --offline=yes --no-pager --threshold=15 "$units/ollama-gateway.service" >"$work/security" ||
  fail "$(tail -1 "$work/security")"
"$work/usr/bin/ollama-gateway" health --config "$work/etc/ollama-gateway/config.yaml" --listen "unix:$work/none" \
  >"$work/health" && fail "nobody listens, and it is ready"
grep -q 'nothing listens there' "$work/health" || fail "health says: $(<"$work/health")"
complaints=$(man --warnings -E UTF-8 -l "$work/usr/share/man/man1/ollama-gateway.1" 2>&1 >"$work/manual") ||
  fail "man: $complaints"
[[ -z $complaints && -s $work/manual ]] || fail "man: $complaints"
for script in bash:bash-completion/completions/ollama-gateway zsh:zsh/site-functions/_ollama-gateway \
  fish:fish/vendor_completions.d/ollama-gateway.fish; do
  silent "${script%%:*}" -n "$work/usr/share/${script#*:}"
  grep -q drain-timeout "$work/usr/share/${script#*:}" || fail "no --drain-timeout in ${script#*:}"
done

# A configuration that was changed survives both.
echo "workers: 1" >"$work/etc/ollama-gateway/config.yaml"
"${install[@]}" install >/dev/null
"${install[@]}" uninstall >/dev/null
[[ $(cat "$work/etc/ollama-gateway/config.yaml") == "workers: 1" ]] || fail "the configuration was replaced"
left=$(find "$work/usr" "$work/etc" -type f -not -name config.yaml)
[[ -z $left ]] || fail "left behind: $left"

symbols=${package/ollama-gateway_/ollama-gateway-dbgsym_}
lintian --fail-on error "$package" "$symbols" || fail "lintian finds errors"

# The program of the package says where it crashed, and the symbols that are shipped apart make names of that.
dpkg-deb --extract "$package" "$work/installed"
dpkg-deb --extract "$symbols" "$work/installed"
"$work/installed/usr/bin/ollama-gateway" serve --store memory --listen "unix:$work/socket" 2>"$work/crash" &
crashing=$!
for _ in {1..100}; do [[ ! -S $work/socket ]] || break; sleep 0.1; done
kill -SEGV "$crashing"
{ wait "$crashing"; } 2>/dev/null && fail "it did not crash"
debug=$(find "$work/installed/usr/lib/debug" -name '*.debug')
packaging/symbolize.sh "$debug" <"$work/crash" >"$work/places" || fail "the crash left: $(<"$work/crash")"
grep -q 'ProcessSignals.*\.swift:' "$work/places" || fail "a crash says: $(<"$work/places")"
echo "packaging: $(tail -1 "$work/security" | sed 's/^[^O]*//')"
