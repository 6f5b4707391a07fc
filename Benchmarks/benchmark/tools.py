"""The two programs that make the load: compiled here, started by the parts."""

import contextlib
import json
import pathlib
import subprocess

from . import processes
from .failure import Failure

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "Tools"


def build(name, folder):
    """Compiles a tool: a second, by the system's C compiler, so that nothing of the gateway is needed for it."""
    program = folder / name
    sources = sorted((SOURCES / name).glob("*.c")) + sorted((SOURCES / "common").glob("*.c"))
    subprocess.run(["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, *sources], check=True)
    return program


class Tools:
    def __init__(self, folder, machine):
        self.folder, self.machine = folder, machine
        self.simulator_program = build("simulated-ollama", folder)
        self.client_program = build("load-client", folder)

    @contextlib.contextmanager
    def simulator(self, cores):
        log = self.folder / "simulated-ollama.log"
        with processes.running([self.simulator_program], log, cores, stdout=subprocess.PIPE) as process:
            yield Simulator(int(process.stdout.readline()), process.pid)

    @contextlib.contextmanager
    def client(self, arguments, cores):
        log = self.folder / "load-client.log"
        with processes.running([self.client_program, *arguments], log, cores, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True) as process:
            yield Client(process, log)


class Simulator:
    def __init__(self, port, pid):
        self.port, self.pid = port, pid

    def closings(self):
        """The streams that were cut since the last call: by number, the monotonic nanosecond when it saw that."""
        return dict(json.loads(processes.fetch(f"http://127.0.0.1:{self.port}/simulator/closings")))

    def counts(self):
        return json.loads(processes.fetch(f"http://127.0.0.1:{self.port}/simulator/counts"))


class Client:
    """A load client at work; it speaks in lines."""

    def __init__(self, process, log):
        self.process, self.log, self.pid = process, log, process.pid

    def expect(self, line):
        came = self.process.stdout.readline().strip()
        if came != line:
            raise Failure(f"the load client says {came!r}: {pathlib.Path(self.log).read_text()[-1000:]}")

    def dismiss(self):
        """Closes all its connections and returns its report."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())
