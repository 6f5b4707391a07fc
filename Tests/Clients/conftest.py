"""What the client tests stand on: a real Ollama, the gateway in front of it, and a stand-in for a newer Ollama."""

import os
import pathlib
import shutil
import subprocess

import httpx
import pytest
from playwright.sync_api import sync_playwright

import keyed as keyed_gateways
from gateway import Gateway
from newer_ollama import NewerOllama
from nginx import Nginx
from scripted_ollama import ScriptedOllama

REAL_OLLAMA = pathlib.Path(__file__).parent.parent / "RealOllama" / "real-ollama.sh"


@pytest.fixture(scope="session", autouse=True)
def no_proxy():
    """The clients take a proxy from the environment; none may come between them and 127.0.0.1."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)


@pytest.fixture(scope="session")
def real_ollama():
    """The URL of a real Ollama 0.9.3 with its model loaded, so that no test waits for that."""
    up = subprocess.run([REAL_OLLAMA, "up", "free"], stdout=subprocess.PIPE, text=True, check=True)
    url = up.stdout.strip()
    try:
        httpx.post(f"{url}/api/generate", json={"model": "tinyllama"}, timeout=120).raise_for_status()
        yield url
    finally:
        subprocess.run([REAL_OLLAMA, "down", url.rpartition(":")[2]], check=True)


@pytest.fixture(scope="session")
def gateway(real_ollama, tmp_path_factory):
    """The gateway in front of the real Ollama."""
    gateway = Gateway(real_ollama, tmp_path_factory.mktemp("gateway") / "log")
    try:
        gateway.wait_until_ready()
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def fuzzed_url(real_ollama, tmp_path_factory):
    """The address of a gateway for requests at random: who names no model waits for no answer."""
    gateway = Gateway(real_ollama, tmp_path_factory.mktemp("fuzzed") / "log", "--default-model", "no-such-model")
    try:
        gateway.wait_until_ready()
        yield gateway.url
    finally:
        gateway.stop()


@pytest.fixture
def url(gateway):
    """The gateway's address: the only thing that a client is told."""
    return gateway.url


@pytest.fixture(scope="session")
def nginx_url(gateway, tmp_path_factory):
    """The address of nginx in front of the gateway, with the shipped configuration but for ports, and without TLS."""
    with Nginx(tmp_path_factory.mktemp("nginx"), gateway.port, tls=False) as nginx:
        yield nginx.url


@pytest.fixture(scope="session")
def nginx_tls(gateway, tmp_path_factory):
    """The same with TLS, as it is shipped."""
    with Nginx(tmp_path_factory.mktemp("nginx"), gateway.port, tls=True) as nginx:
        yield nginx


@pytest.fixture(scope="session")
def proxied(real_ollama, tmp_path_factory):
    """A gateway under /ai that trusts nginx, and the address of nginx in front of it."""
    gateway = Gateway(
        real_ollama, tmp_path_factory.mktemp("proxied") / "log", "--trusted-proxy", "127.0.0.1/32", "--base-path", "/ai")
    try:
        gateway.wait_until_ready()
        with Nginx(tmp_path_factory.mktemp("nginx"), gateway.port, tls=False, base_path="/ai") as nginx:
            yield gateway, nginx.url
    finally:
        gateway.stop()


@pytest.fixture
def newer_ollama():
    """A stand-in for an Ollama that serves /v1/responses and /v1/messages, and the gateway's address before it."""
    ollama = NewerOllama(["Grüße", ", ", "wor", "ld ", "🦙", "!"])
    ollama.start()
    yield ollama
    ollama.stop()


@pytest.fixture
def newer_url(newer_ollama, tmp_path):
    """The address of a gateway in front of that newer Ollama."""
    gateway = Gateway(newer_ollama.url, tmp_path / "log")
    try:
        gateway.wait_until_ready()
        yield gateway.url
    finally:
        newer_ollama.release_rest.set()
        gateway.stop()


@pytest.fixture
def beating_url(newer_ollama, tmp_path):
    """A gateway in front of it that lets no stream be silent."""
    gateway = Gateway(newer_ollama.url, tmp_path / "log", "--heartbeat", "50ms")
    try:
        gateway.wait_until_ready()
        yield gateway.url
    finally:
        newer_ollama.release_rest.set()
        newer_ollama.release_head.set()
        gateway.stop()


@pytest.fixture
def scripted_ollama():
    """An Ollama that says what the test tells it to."""
    ollama = ScriptedOllama()
    ollama.start()
    yield ollama
    ollama.stop()


@pytest.fixture
def scripted_gateway(scripted_ollama, tmp_path):
    """A gateway in front of that Ollama."""
    gateway = Gateway(scripted_ollama.url, tmp_path / "log", "--drain-timeout", "0s")
    try:
        gateway.wait_until_ready()
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def upstream():
    """An Ollama of two models, for gateways with keys."""
    upstream = keyed_gateways.Ollama()
    upstream.start()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def keyed(upstream, tmp_path_factory):
    """A gateway with keys: `key` is one for the open model."""
    gateway = keyed_gateways.KeyedGateway(upstream.url, tmp_path_factory.mktemp("keyed") / "log", "--drain-timeout", "0s")
    try:
        gateway.wait_until_ready()
        assert gateway.status() == 200, "before the first key everybody is let in"
        gateway.key = gateway.add("ann", "--models", "open*")
        yield gateway
    finally:
        gateway.stop()


# Not for the whole session: as long as it runs, nothing else may run an event loop on this thread.
@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, without a window."""
    # Ubuntu has it as a snap only, which a container does not run.
    program = shutil.which("chromium") or pytest.skip("there is no Chromium here")
    with sync_playwright() as playwright:
        # As root, in a container, Chromium's own sandbox does not start.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        # A page from elsewhere, as far as the browser knows.
        arguments += ["--host-resolver-rules=MAP page.example 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Puts the gateway's last log lines beside the failure of a test."""
    report = yield
    gateway = getattr(item, "funcargs", {}).get("gateway")
    if report.failed and gateway:
        report.sections.append(("the gateway's log", gateway.log()))
    return report
