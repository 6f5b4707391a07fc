"""The official clients before two real Ollamas, of which one is stopped, killed and started again."""

import concurrent.futures
import os
import pathlib
import signal
import subprocess
import time

import httpx
import ollama
import openai
import pytest

from conftest import REAL_OLLAMA
from gateway import Gateway

MODEL = "smollm2:135m"
SHORT = {"num_predict": 6, "temperature": 0}


class Server:
    """A real Ollama, which can be ended as by the kernel."""

    def __init__(self):
        up = subprocess.run([REAL_OLLAMA, "up", "free"], stdout=subprocess.PIPE, text=True, check=True)
        self.url = up.stdout.strip()
        self.port = self.url.rpartition(":")[2]

    def signal(self, number):
        """To the server and the runners that it has started."""
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
        process = int((cache / "ollama-gateway" / "instances" / self.port / "pid").read_text())
        os.killpg(os.getpgid(process), number)

    def start_again(self):
        subprocess.run([REAL_OLLAMA, "up", self.port], stdout=subprocess.DEVNULL, check=True)

    def stop(self):
        subprocess.run([REAL_OLLAMA, "down", self.port], check=True)


@pytest.fixture(scope="module")
def servers():
    servers = []
    try:
        for _ in range(2):
            servers.append(Server())
        yield servers
    finally:
        for server in servers:
            server.stop()


@pytest.fixture(scope="module")
def fleet(servers, tmp_path_factory):
    aliases = ("--model-aliases", f"gpt-4o={MODEL}")
    gateway = Gateway(f"one={servers[0].url}", tmp_path_factory.mktemp("fleet") / "log", "--ollama",
                      f"two={servers[1].url}", *aliases, "--allow-model-management")
    try:
        gateway.wait_until_ready()
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def client(fleet):
    return ollama.Client(host=fleet.url, timeout=300)


def states(gateway):
    servers = httpx.get(f"{gateway.url}/api/v1/admin/servers", trust_env=False).json()["servers"]
    return {server["name"]: server["state"] for server in servers}


def wait_for(gateway, wanted):
    deadline = time.monotonic() + 120
    while states(gateway) != wanted:
        assert time.monotonic() < deadline, f"{states(gateway)} is not {wanted}"
        time.sleep(0.1)


def ask(client, number):
    parts = list(client.chat(MODEL, [{"role": "user", "content": f"{number}: say something"}], stream=True, options=SHORT))
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]


def test_lists_are_one(client, servers):
    models = [model.model for model in client.list().models]
    assert sorted(models) == ["gpt-4o", MODEL, "tinyllama:latest"]
    ask(client, 0)
    assert [model.model for model in client.ps().models] == [MODEL]
    assert client.show(MODEL).details.format == "gguf"


def test_an_alias(fleet):
    client = openai.OpenAI(base_url=f"{fleet.url}/v1", api_key="unused")
    answer = client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], max_tokens=6)
    assert answer.choices[0].message.content
    assert answer.model == MODEL


def test_management_of_both_and_of_one(client, fleet, servers):
    client.copy(MODEL, "copied")
    assert [model.model for model in ollama.Client(host=servers[1].url).list().models].count("copied:latest") == 0
    copied = httpx.post(f"{fleet.url}/api/copy?server=two", json={"source": MODEL, "destination": "copied"}, trust_env=False)
    assert copied.status_code == 200
    for server in servers:
        assert "copied:latest" in [model.model for model in ollama.Client(host=server.url).list().models]
    client.delete("copied")
    for server in servers:
        assert "copied:latest" not in [model.model for model in ollama.Client(host=server.url).list().models]
    with pytest.raises(ollama.ResponseError) as raised:
        client.chat("copied", [{"role": "user", "content": "Hello"}])
    assert raised.value.status_code == 404


def test_a_server_that_is_killed_and_one_that_stops_are_not_missed(client, fleet, servers):
    wait_for(fleet, {"one": "up", "two": "up"})
    with concurrent.futures.ThreadPoolExecutor(4) as clients:
        asked = [clients.submit(ask, client, number) for number in range(4)]
        for each in asked:
            each.result()
        servers[0].signal(signal.SIGKILL)
        # Between two requests of theirs: what it had begun to answer would end with an error.
        asked = [clients.submit(ask, client, number) for number in range(4)]
        for each in asked:
            each.result()
        wait_for(fleet, {"one": "down", "two": "up"})
        servers[0].start_again()
        wait_for(fleet, {"one": "up", "two": "up"})
        servers[1].signal(signal.SIGSTOP)
        try:
            asked = [clients.submit(ask, client, number) for number in range(4)]
            for each in asked:
                each.result()
            wait_for(fleet, {"one": "up", "two": "down"})
        finally:
            servers[1].signal(signal.SIGCONT)
        wait_for(fleet, {"one": "up", "two": "up"})
