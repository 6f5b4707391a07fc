#!/usr/bin/env bash
# run.sh PROGRAM [GROUPS]
# Runs the Autobahn WebSocket test suite against /ws/echo of PROGRAM, a gateway that was built with TEST_ROUTES. Prints
# counts and each case that is not OK; status 1 if any failed.
# GROUPS: core (1-7 and 10, less than a minute), limits (9, some minutes) or all of both (default). 12 and 13 are of
# compression, which the gateway does not offer.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$1 groups=${2:-all}
case $groups in
core) cases='"1.*","2.*","3.*","4.*","5.*","6.*","7.*","10.*"' ;;
limits) cases='"9.*"' ;;
all) cases='"1.*","2.*","3.*","4.*","5.*","6.*","7.*","9.*","10.*"' ;;
*)
  echo "autobahn: unknown groups $groups (core, limits, all)" >&2
  exit 2
  ;;
esac

wstest=$("$here/setup.sh")
out=${AUTOBAHN_REPORTS:-$(mktemp -d)}
mkdir -p "$out"

# The gateway chooses a free port and says which.
env -i PATH="$PATH" HOME="$HOME" "$program" serve --listen 127.0.0.1:0 --log-format text >"$out/gateway.log" 2>&1 &
gateway=$!
trap 'kill "$gateway" 2>/dev/null || true; wait "$gateway" 2>/dev/null || true' EXIT
port=
for _ in {1..600}; do
  port=$(grep -oE 'listen="?127\.0\.0\.1:[0-9]+' "$out/gateway.log" 2>/dev/null | grep -oE '[0-9]+$' | head -1 || true)
  [[ -n $port ]] && break
  kill -0 "$gateway" 2>/dev/null || { cat "$out/gateway.log" >&2; exit 2; }
  sleep 0.1
done
[[ -n $port ]] || { echo "autobahn: the gateway does not say where it listens" >&2; exit 2; }

cat >"$out/spec.json" <<J
{"options":{"failByDrop":false},"outdir":"$out","servers":[{"agent":"server","url":"ws://127.0.0.1:$port/ws/echo","options":{"version":18}}],
 "cases":[$cases],"exclude-cases":[],"exclude-agent-cases":{}}
J
"$wstest" -m fuzzingclient -s "$out/spec.json" >"$out/wstest.log" 2>&1 || { tail -5 "$out/wstest.log" >&2; exit 2; }
echo "Autobahn, groups $groups; reports in $out"
python3 "$here/verdict.py" "$out/index.json"
