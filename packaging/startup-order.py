#!/usr/bin/env python3
"""Prints which functions of Swift's libraries the gateway calls until it listens and has answered: packaging/startup.order.

    packaging/startup-order.py PROGRAM

The linker puts them side by side. Left where they are, a few here and a few there, most of the libraries are mapped in a
gateway at rest: the kernel maps 16 pages around each that is touched. A name that a later Swift does not have is skipped,
so that an old list costs memory and breaks nothing. Needs valgrind, and the program as it was linked (not stripped).
"""

import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answer(url, process, seconds=60):
    """Waits until the gateway answers, whatever it says."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"the gateway ended with {process.returncode}")
        try:
            return urllib.request.urlopen(url, timeout=10).read()
        except OSError:
            time.sleep(0.1)
    sys.exit(f"no answer from {url}")


def called(program, folder):
    """The names of all functions of the program that it calls."""
    # valgrind cannot read Swift's debug information.
    copy, trace = folder / "program", folder / "trace"
    subprocess.run(["strip", "--strip-debug", "-o", copy, program], check=True)
    port = free_port()
    process = subprocess.Popen(
        ["valgrind", "--quiet", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={trace}",
         copy, "serve", "--workers", "1", "--listen", f"127.0.0.1:{port}", "--ollama", f"http://127.0.0.1:{free_port()}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        answer(f"http://127.0.0.1:{port}/health", process)
    finally:
        process.terminate()
        process.wait()
    # A name stands there once, as `fn=(ID) NAME` or `cfn=(ID) NAME`; 'N behind it is a recursion.
    names = re.findall(r"^c?fn=\(\d+\) (\S+)$", trace.read_text(), flags=re.MULTILINE)
    return {re.sub(r"'\d+$", "", name) for name in names}


def of_swift():
    """The names of all functions of Swift's static libraries."""
    root = pathlib.Path(shutil.which("swift")).resolve().parent.parent
    archives = sorted((root / "lib/swift_static/linux").glob("*.a"))
    listed = subprocess.run(["nm", "--defined-only", *archives], capture_output=True, text=True).stdout
    return set(re.findall(r"^[0-9a-f]+ [tTwW] (\S+)$", listed, flags=re.MULTILINE))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        names = called(sys.argv[1], pathlib.Path(folder)) & of_swift()
    print("\n".join(sorted(names)))


if __name__ == "__main__":
    main()
