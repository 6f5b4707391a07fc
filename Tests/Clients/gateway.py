"""The gateway's program, as the client tests run it."""

import os
import pathlib
import socket
import subprocess
import time

import httpx
import pytest

START_SECONDS = 60
STOP_SECONDS = 60


class Gateway:
    """The gateway's program on a free port of 127.0.0.1, in front of one Ollama."""

    def __init__(self, ollama_url, log_path, *arguments):
        self.log_path = log_path
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        # The gateway of a test takes its settings from the test alone.
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OLLAMA_", "OLLAMA_GATEWAY_"))}
        # Two gateways have two stores.
        environment["XDG_STATE_HOME"] = str(pathlib.Path(log_path).with_suffix(".state").absolute())
        self.environment = environment
        self.command = [os.environ["GATEWAY_PROGRAM"], "serve", "--listen", f"127.0.0.1:{self.port}", "--ollama", ollama_url]
        self.command += arguments
        self.start()

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=self.environment)

    def kill(self):
        """Ends it as a crash does, in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, f"the gateway ended at its start:\n{self.log()}"
            try:
                if httpx.get(f"{self.url}/health/ready", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # It does not listen yet.
            assert time.monotonic() < deadline, f"the gateway is not ready after {START_SECONDS} s:\n{self.log()}"
            time.sleep(0.02)

    def stop(self):
        """Ends it as an operator does, and holds it to a clean end."""
        self.process.terminate()
        try:
            status = self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            pytest.fail(f"the gateway did not end {STOP_SECONDS} s after SIGTERM:\n{self.log()}")
        assert status == 0, f"the gateway ended with status {status} after SIGTERM:\n{self.log()}"

    def log(self):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-15:])
