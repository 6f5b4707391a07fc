#!/usr/bin/env bash
# Makes `wstest`, the Autobahn WebSocket test suite, in a cache folder, and prints its path.
# The suite needs Python 2.7: taken out of Debian 11's packages with dpkg -x, nothing is installed into the system.
# Needs gcc and python3-venv.
set -euo pipefail
base=${XDG_CACHE_HOME:-$HOME/.cache}/ollama-gateway/autobahn
mkdir -p "$base"/{lists/partial,cache/archives/partial,debs,root}
if [[ ! -x $base/wstest ]]; then
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?$' /etc/apt/sources.list* | head -1 || true)
  echo "deb $mirror bullseye main" >"$base/bullseye.list"
  apt_options=(-o "Dir::Etc::sourcelist=$base/bullseye.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$base/lists" -o "Dir::Cache=$base/cache")
  apt-get -qq "${apt_options[@]}" update
  (cd "$base/debs" && apt-get -qq "${apt_options[@]}" download python2.7 python2.7-minimal libpython2.7-minimal \
    libpython2.7-stdlib libpython2.7 libpython2.7-dev python2.7-dev libssl1.1 libffi7)
  for deb in "$base"/debs/*.deb; do dpkg -x "$deb" "$base/root"; done
  cat >"$base/python2.7" <<X
#!/bin/sh
export LD_LIBRARY_PATH=$base/root/usr/lib/x86_64-linux-gnu PYTHONDONTWRITEBYTECODE=1
exec $base/root/usr/bin/python2.7 "\$@"
X
  chmod +x "$base/python2.7"
  python3 -m venv "$base/venv"
  "$base/venv/bin/pip" download -q --no-deps -d "$base/debs" pip==20.3.4 setuptools==44.1.1 wheel==0.37.1 --python-version 2.7 --only-binary :all:
  # Unpacked: setuptools does not find its own commands inside a wheel.
  for wheel in "$base"/debs/*.whl; do python3 -m zipfile -e "$wheel" "$base/tools"; done
  CFLAGS="-I$base/root/usr/include/python2.7 -I$base/root/usr/include" PYTHONPATH=$base/tools "$base/python2.7" -m pip install -q --no-warn-script-location \
    --prefix "$base/site" setuptools==44.0.0 wheel==0.37.1 autobahntestsuite==25.10.1 2> >(grep -v DEPRECATION >&2)
  packages=$(dirname "$(find "$base/site" -name autobahntestsuite -type d | head -1)")
  cat >"$base/wstest" <<X
#!/bin/sh
exec $base/python2.7 -c 'import site,sys; site.addsitedir("$packages"); sys.argv[0]="wstest"; from autobahntestsuite.wstest import run; run()' "\$@"
X
  chmod +x "$base/wstest"
fi
echo "$base/wstest"
