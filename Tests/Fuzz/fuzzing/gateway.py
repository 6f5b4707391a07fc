"""The gateway's process: how it is started, what /proc, its log and its metrics say, and how it ends."""

import asyncio
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .failure import Failure
from .prober import RESPONSE_SECONDS, Prober

# So short that each limit is met within a minute.
COMMON = (
    "--header-timeout", "1s", "--send-timeout", "2s", "--connect-timeout", "1s", "--first-byte-timeout", "2s", "--idle-timeout",
    "1s", "--heartbeat", "200ms", "--session-grace", "500ms", "--session-ttl", "3s", "--drain-timeout", "2s", "--max-body", "1MiB")

# By name, as a replay names them.
CONFIGURATIONS = {
    "one": ("--workers", "1"),
    "two": ("--workers", "2", "--allow-model-management"),
    "clients": ("--workers", "2", "--trusted-proxy", "127.0.0.1", "--log-format", "json"),
    "narrow": ("--workers", "1", "--allow-model-management", "--max-connections", "512", "--max-sessions", "20", "--max-header",
               "4KiB", "--context-bytes", "1KiB", "--trusted-proxy", "127.0.0.0/8"),
    # Two names of the one hostile Ollama are two servers.
    "fleet": ("--workers", "2", "--allow-model-management", "--ollama", "two=http://localhost:{ollama}", "--model-aliases",
              "gpt-*=tinyllama"),
}

# What the sanitizer, the runtime of Swift and the C library say when they end a process.
LAST_WORDS = re.compile(
    rb"(ERROR: \w*Sanitizer|runtime error:|Fatal error|fatal error|malloc\(\)|free\(\)|double free|corrupted|terminate called)")

# Without a quarantine that is small, its memory is the sanitizer's.
SANITIZER = ("detect_leaks=0:handle_sigill=1:handle_abort=1:handle_sigfpe=1:quarantine_size_mb=16:malloc_context_size=12:"
             "allocator_release_to_os_interval_ms=500")

# As /proc/net/tcp has them. One that was reset is not there.
PEER_STATES = {"01": "open", "08": "left by its client"}


class Gateway:
    def __init__(self, program, configuration, ollama_port):
        self._program, self.configuration, self._ollama_port = program, configuration, ollama_port
        self.port = None
        self.slowest_response = 0.0
        self._is_stopping = False

    async def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._prober = Prober(self.port)
        self._folder = tempfile.TemporaryDirectory(prefix="ollama-gateway-fuzz-")
        self._log = pathlib.Path(self._folder.name, "log").open("wb")
        self.addresses = [("127.0.0.1", self.port), str(pathlib.Path(self._folder.name, "socket"))]
        environment = os.environ | {"XDG_STATE_HOME": self._folder.name, "ASAN_OPTIONS": SANITIZER, "SWIFT_BACKTRACE": "enable=no"}
        if symbolizer := shutil.which("llvm-symbolizer"):
            environment["ASAN_SYMBOLIZER_PATH"] = symbolizer
        self._process = subprocess.Popen(
            [self._program, "--listen", f"127.0.0.1:{self.port}", "--listen", f"unix:{self.addresses[1]}",
             "--ollama", f"http://127.0.0.1:{self._ollama_port}", *COMMON,
             *(each.replace("{ollama}", str(self._ollama_port)) for each in CONFIGURATIONS[self.configuration])],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=environment)
        self.pid = self._process.pid
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            self.check()
            if time.monotonic() > deadline:
                raise Failure("it does not listen")
            await asyncio.sleep(0.05)

    def check(self):
        """It is still the process that was started, unless it was told to stop."""
        if not self._is_stopping and (code := self._process.poll()) is not None:
            raise Failure(f"the process has ended: {code}")

    async def stop(self):
        """As a service manager does; it must end by itself, and in order."""
        self._is_stopping = True
        self._process.terminate()
        try:
            async with asyncio.timeout(30):
                while self._process.poll() is None:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise Failure("it does not end 30 s after SIGTERM") from None
        if self._process.returncode != 0:
            raise Failure(f"it has ended with {self._process.returncode} after SIGTERM")
        if found := LAST_WORDS.search(self.log()):
            raise Failure(f"the log says {found[0]!r}")

    def reload(self):
        """As a service manager does."""
        self._process.send_signal(signal.SIGHUP)

    def end(self):
        """At the end of all, whatever has happened."""
        self._prober.end()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._folder.cleanup()

    # MARK: what it says

    def log(self):
        return pathlib.Path(self._log.name).read_bytes()

    def last_words(self, most=20_000):
        """The sanitizer's report, if there is one, else the end of the log."""
        log = self.log()
        if found := LAST_WORDS.search(log):
            log = log[max(0, found.start() - 500):].partition(b"Shadow bytes")[0][:most]
        else:
            log = log[-2000:]
        return log.decode(errors="replace")

    def resident_mib(self):
        return int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def open_peers(self):
        """The clients whose connections it has not closed: their port, and in words how the connection is (proc(5),
        /proc/net/tcp)."""
        inodes = set()
        for descriptor in pathlib.Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(descriptor).removeprefix("socket:[").removesuffix("]"))
        for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, peer, *_, = fields = line.split()
            state = PEER_STATES.get(fields[3])
            if int(local.partition(":")[2], 16) == self.port and fields[9] in inodes and state:
                unsent, unread = (int(number, 16) for number in fields[4].split(":"))
                yield int(peer.partition(":")[2], 16), f"{state}, {unread} bytes unread, {unsent} unsent"

    async def token(self):
        """A new one, of a client that owns sessions."""
        return json.loads(await self.fetch("/api/v1/chat/token", "POST"))["token"].encode()

    async def fetch(self, path, method="GET"):
        """The body of a response with status 200, on a connection of its own."""
        try:
            data, seconds = await self._prober.ask(method, path)
        except OSError as error:
            self.check()
            raise Failure(f"{path} has no response within {RESPONSE_SECONDS} s: {error}") from None
        self.slowest_response = max(self.slowest_response, seconds)
        head, _, body = data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            self.check()
            raise Failure(f"{path} responds with {head[:300]!r}")
        return body

    async def metrics(self):
        """Each sample's value by its name with its labels."""
        samples = {}
        for line in (await self.fetch("/metrics")).decode().split("\n"):
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                try:
                    samples[name] = float(value)
                except ValueError:
                    raise Failure(f"no sample: {line!r}") from None
        return samples
