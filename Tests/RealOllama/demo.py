#!/usr/bin/env python3
"""The demo: an Ollama, the gateway in front of it, and one line to try. Ctrl-C or SIGTERM ends what it started.

    demo.py PROGRAM

An Ollama that already answers at OLLAMA_HOST, or at 127.0.0.1:11434, is used and left alone; else real-ollama.sh
sets one up. With FLEET=N it starts N of its own, whatever else runs, and names them ollama1 to ollamaN.
The gateway listens on DEMO_PORT (default 10200), or on the next free port when that is taken. It keeps its chats in a store of
the demo's own, one a port, so that an installed gateway has its own for itself; OLLAMA_GATEWAY_STORE names another.
Exit status: 0 after Ctrl-C or SIGTERM, 1 when something could not start or the gateway ended by itself.
"""

import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

REAL_OLLAMA = pathlib.Path(__file__).resolve().parent / "real-ollama.sh"
READY_SECONDS = 60
LARGEST_FLEET = 16
LAST_LOG_LINES = 15

# No proxy of the environment may come between this script and a server on this machine.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Stop(Exception):
    """The user's Ctrl-C, or a SIGTERM."""


class Failure(Exception):
    """What the user must know, in one or more lines."""


def say(text):
    try:
        print(f"==> {text}", flush=True)
    except OSError:
        pass  # The terminal is gone; what was started must be ended all the same.


def get(url, timeout=2):
    with DIRECT.open(url, timeout=timeout) as response:
        return response.read()


def ollama_url(value):
    """The URL that Ollama's own programs make of OLLAMA_HOST: every part but one may be missing."""
    value = value.strip().strip("\"'")
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest, port = "http", value, 11434
    else:
        port = {"http": 80, "https": 443}.get(scheme, 11434)
    authority, slash, path = rest.partition("/")
    if authority.count(":") > 1 and not authority.startswith("["):
        authority = f"[{authority}]"  # a bare IPv6 address
    parts = urlsplit(f"//{authority}")
    try:
        port = parts.port or port
    except ValueError:
        pass  # Ollama takes the default for a port that is none.
    host = parts.hostname or "127.0.0.1"
    # An address to listen on at all interfaces is no address to connect to.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{port}{(slash + path).rstrip('/')}"


def answers(url):
    try:
        return b"version" in get(f"{url}/api/version")
    except (OSError, ValueError):
        return False


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_port(wanted):
    """The wanted port, or any free one when that is taken."""
    if is_free(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def choose_port():
    wanted = os.environ.get("DEMO_PORT", "10200")
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise Failure(f"DEMO_PORT is {wanted!r}, it takes a port number from 1 to 65535")
    wanted = int(wanted)
    for port in range(wanted, min(wanted + 100, 65536)):
        if is_free(port):
            if port != wanted:
                say(f"port {wanted} is taken, using {port} (DEMO_PORT=… chooses another)")
            return port
    raise Failure(f"no free port from {wanted} on; DEMO_PORT=… chooses another")


def state_folder():
    """Where this user's programs keep what outlives them (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    return pathlib.Path(given) if given.startswith("/") else pathlib.Path.home() / ".local" / "state"


def choose_store(port):
    """The store of the demo on a port. Its folder is made; None where the environment has a store."""
    if os.environ.get("OLLAMA_GATEWAY_STORE"):
        return None
    folder = state_folder() / "ollama-gateway-demo"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{folder} cannot be made: {error.strerror}; OLLAMA_GATEWAY_STORE=memory keeps nothing") from None
    return folder / f"demo-{port}.db"


def choose_fleet():
    """How many Ollamas the demo is to start; None where one is enough, whoever has started it."""
    wanted = os.environ.get("FLEET", "")
    if not wanted:
        return None
    if not wanted.isdigit() or not 0 < int(wanted) <= LARGEST_FLEET:
        raise Failure(f"FLEET is {wanted!r}, it takes a number of Ollamas from 1 to {LARGEST_FLEET}")
    return int(wanted)


def choose_model(url):
    """A model to try: the gateway's default if it is there, else the first one that is not for embeddings alone."""
    names = [model["name"] for model in json.loads(get(f"{url}/api/tags"))["models"]]
    talking = [name for name in names if "embed" not in name]
    return "tinyllama:latest" if "tinyllama:latest" in names else next(iter(talking), None)


def die_with_parent():
    """Asks Linux for SIGTERM when the parent ends, however it ends (prctl(2), PR_SET_PDEATHSIG = 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Terminal:
    """Takes the terminal's Ctrl-C for this script alone: make, which waits for it, would else die of the signal and
    report a failure where there was none. Ctrl-Z has no shell to go back to then, so it is ignored."""

    def __enter__(self):
        self.previous = None
        if os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp() != os.getpid():
            self.previous = os.getpgrp()
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
            os.setpgid(0, 0)
            os.tcsetpgrp(0, os.getpgrp())
        return self

    def __exit__(self, *_):
        if self.previous is not None:
            try:
                os.tcsetpgrp(0, self.previous)
            except OSError:
                pass  # The terminal is gone, or so is the group that had it.


class Demo:
    def __init__(self, program):
        self.program = program
        self.own_ollama_ports = []
        self.gateway = None
        self.log = tempfile.NamedTemporaryFile(prefix="ollama-gateway-demo-", suffix=".log", mode="w+b")

    def run(self):
        fleet = choose_fleet()
        if fleet:
            urls = self.start_fleet(fleet)
            servers = [f"ollama{number}={url}" for number, url in enumerate(urls, 1)]
        else:
            servers = urls = [self.find_or_start_ollama()]
        model = choose_model(urls[0])
        address = self.start_gateway(servers, model)
        self.introduce(address, model, fleet)
        self.wait_for_end()
        raise Failure(f"the gateway ended by itself ({self.describe_end()})\n{self.last_log_lines()}")

    def find_or_start_ollama(self):
        url = self.running_ollama()
        if url:
            return url
        say("no Ollama answers here, so the demo starts one of its own")
        self.real_ollama("setup")
        # The set-up may have taken minutes: whatever came up meanwhile is not ours to end.
        url = self.running_ollama()
        if url:
            return url
        return self.start_ollama()

    def start_fleet(self, count):
        self.real_ollama("setup")
        return [self.start_ollama() for _ in range(count)]

    def start_ollama(self):
        # Known before the start, so that an interruption in the middle of it ends this Ollama too.
        port = free_port(11434)
        self.own_ollama_ports.append(port)
        url = self.real_ollama("up", str(port))
        say(f"Ollama runs at {url}")
        return url

    def running_ollama(self):
        for url in dict.fromkeys([ollama_url(os.environ.get("OLLAMA_HOST", "")), "http://127.0.0.1:11434"]):
            if answers(url):
                say(f"using the Ollama at {url}")
                return url
        return None

    def real_ollama(self, *arguments):
        script = subprocess.Popen([REAL_OLLAMA, *arguments], stdout=subprocess.PIPE, text=True)
        try:
            output, _ = script.communicate()
        except Stop:
            script.terminate()
            script.wait()
            raise
        if script.returncode != 0:
            raise Failure("Ollama could not be set up (see above); start one yourself and set OLLAMA_HOST")
        return output.strip()

    def start_gateway(self, servers, model):
        port = choose_port()
        address = f"http://127.0.0.1:{port}"
        command = [self.program, "serve", "--listen", f"127.0.0.1:{port}"]
        for server in servers:
            command += ["--ollama", server]
        if model:
            command += ["--default-model", model]
        store = choose_store(port)
        if store:
            command += ["--store", f"sqlite:{store}"]
            say(f"chats are kept in {store}")
        say(f"starting the gateway: {' '.join(command)}")
        # What OLLAMA_GATEWAY_… variables say goes for the gateway here too; it is the user's environment.
        try:
            self.gateway = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
                start_new_session=True, preexec_fn=die_with_parent)
        except OSError as error:
            raise Failure(f"{self.program} cannot be run: {error.strerror}") from None
        deadline = time.monotonic() + READY_SECONDS
        while True:
            if self.gateway.poll() is not None:
                raise Failure(f"the gateway did not start ({self.describe_end()})\n{self.last_log_lines()}")
            try:
                get(f"{address}/health/ready")
                return address
            except (OSError, ValueError) as error:
                reason = error
            if time.monotonic() > deadline:
                raise Failure(f"the gateway is not ready after {READY_SECONDS} s: {reason}\n{self.last_log_lines()}")
            time.sleep(0.05)

    def introduce(self, address, model, fleet):
        say(f"the gateway is ready at {address} (its log: {self.log.name})")
        if model:
            body = json.dumps({"message": "Hello", "model": model})
            print(f"\n  curl -X POST {address}/api/v1/chat/ -H \"Content-Type: application/json\" -d '{body}'\n")
        else:
            print(f"\n  curl {address}/health/detailed\n\n  (this Ollama has no model yet: ollama pull tinyllama)\n")
        if fleet:
            print(f"  curl {address}/api/v1/admin/servers\n")
        say("Ctrl-C ends it")

    def wait_for_end(self):
        """Returns when the gateway ends. A terminal that goes away sends SIGHUP to its session's leader alone, which
        may be make and not this script: so that is looked for."""
        had_terminal = os.isatty(0)
        while self.gateway.poll() is None:
            if had_terminal and not os.isatty(0):
                raise Stop
            time.sleep(0.2)

    def describe_end(self):
        status = self.gateway.returncode
        return f"exit status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"

    def last_log_lines(self):
        lines = pathlib.Path(self.log.name).read_text(errors="replace").splitlines()[-LAST_LOG_LINES:]
        return "\n".join(f"    {line}" for line in lines) or "    (it logged nothing)"

    def close(self):
        """Ends what this demo started; a second signal while the gateway drains ends it at once."""
        if self.gateway and self.gateway.poll() is None:
            say("stopping the gateway")
            signal.signal(signal.SIGINT, lambda *_: self.gateway.kill())
            signal.signal(signal.SIGTERM, lambda *_: self.gateway.kill())
            self.gateway.terminate()
            try:
                self.gateway.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.gateway.kill()
                self.gateway.wait()
            if self.gateway.returncode != 0:
                say(f"the gateway did not end cleanly ({self.describe_end()})\n{self.last_log_lines()}")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for port in self.own_ollama_ports:
            say("stopping Ollama")
            subprocess.run([REAL_OLLAMA, "down", str(port)])


def interrupt(*_):
    # Once: two signals can come together (a terminal that closes sends SIGHUP, and make ends too).
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    raise Stop


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: demo.py PROGRAM")
    die_with_parent()
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    # Also where the caller had it ignored, as a shell does for what it starts in the background.
    signal.signal(signal.SIGINT, interrupt)
    demo = Demo(sys.argv[1])
    with Terminal():
        try:
            demo.run()
        except Stop:
            if sys.stdout.isatty():
                os.write(1, b"\n")  # The terminal has just echoed ^C.
            return 0
        except Failure as failure:
            print(f"demo: {failure}", file=sys.stderr)
            return 1
        finally:
            demo.close()


if __name__ == "__main__":
    sys.exit(main())
