#!/usr/bin/env bash
# Runs the official Python clients through the gateway to a real Ollama. Arguments go to pytest.
#
# Without arguments the tests run in two parts at once, those of the pages and all others, each with an Ollama of its own: a part
# waits for most of its time. What the first has written is shown at its end.
#
# The gateway's program is $GATEWAY_PROGRAM, default .build/release/ollama-gateway of this checkout. The clients are
# installed once into a virtual environment under ${XDG_CACHE_HOME:-~/.cache}/ollama-gateway.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ollama-gateway
environment=$cache/clients
# Another list of packages or another Python makes another environment.
wanted=$(python3 -VV && cat "$here/requirements.txt")

mkdir -p "$cache/locks"
exec 9>"$cache/locks/clients"
flock 9
if [[ ! -f $environment/installed ]] || [[ $(<"$environment/installed") != "$wanted" ]]; then
  echo "==> installing the clients into $environment"
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" --disable-pip-version-check -q install -r "$here/requirements.txt"
  printf '%s\n' "$wanted" >"$environment/installed"
fi
flock -u 9

export GATEWAY_PROGRAM=${GATEWAY_PROGRAM:-$here/../../.build/release/ollama-gateway}
"$here/../RealOllama/real-ollama.sh" setup
tests=("$environment/bin/python" -B -m pytest -p no:cacheprovider --durations 15)
(($# == 0)) || exec "${tests[@]}" "$here" "$@"

pages=("$here"/test_{browser,chromium,docs_page,status_page}.py "$here"/test_chat_page*.py)
written=$(mktemp)
parts=()
# In a session of its own it is interrupted once, by what follows, and not by the terminal as well: then it ends what it has started.
part() {
  setsid env --default-signal=INT "${tests[@]}" "$@" &
  parts+=($!)
}
trap '((${#parts[@]} == 0)) || kill -INT "${parts[@]}" 2>/dev/null || true; wait; rm -f "$written"' EXIT
part "${pages[@]}" >"$written" 2>&1
part "$here" "${pages[@]/#/--ignore=}"
status=0
for each in "${parts[@]}"; do wait "$each" || status=$?; done
parts=()
cat "$written"
exit "$status"
