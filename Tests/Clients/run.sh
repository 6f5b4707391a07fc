#!/usr/bin/env bash
# Runs the official Python clients through the gateway to a real Ollama. Arguments go to pytest.
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
exec "$environment/bin/python" -B -m pytest -p no:cacheprovider --durations 15 "$here" "$@"
