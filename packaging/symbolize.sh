#!/usr/bin/env bash
# Reads lines that a crash has left, from standard input, and says where it was: for each address of the program the function and
# the line of the source, the innermost first.
#
#   journalctl -u ollama-gateway -o cat -g 'crashed: signal=' | packaging/symbolize.sh [SYMBOLS]
#
# SYMBOLS is the program as it was built, or its symbols: by default what the package ollama-gateway-dbgsym has installed for the
# build that the line names. Needs binutils; names are readable where there is swift-demangle.
set -euo pipefail

demangle=(cat)
if command -v swift-demangle >/dev/null; then demangle=(swift-demangle --simplified); fi

while read -r line; do
  [[ $line =~ crashed:\ signal=([A-Z]+)\ version=([^ ]*)\ build_id=([0-9a-f]+)\ addresses=(.*)$ ]] || continue
  build_id=${BASH_REMATCH[3]}
  IFS=, read -ra addresses <<<"${BASH_REMATCH[4]}"
  symbols=${1:-/usr/lib/debug/.build-id/${build_id:0:2}/${build_id:2}.debug}
  echo "${BASH_REMATCH[1]} in version ${BASH_REMATCH[2]}, build $build_id"
  [[ -e $symbols ]] || { echo "There are no symbols at $symbols." >&2; exit 1; }
  readelf -n "$symbols" 2>/dev/null | grep -q "Build ID: $build_id" || { echo "$symbols is of another build." >&2; exit 1; }
  # The first is the place itself; each other one is behind a call.
  back=0
  for address in "${addresses[@]}"; do
    if [[ $address == ollama-gateway+* ]]; then
      printf '  %s ' "$address"
      addr2line -e "$symbols" -f -i -p "$(printf '0x%x' $((${address#*+} - back)))" | "${demangle[@]}"
    else
      echo "  $address"
    fi
    back=1
  done
done
