"""The shipped nginx configuration as it stands, with TLS, in front of the gateway."""

import asyncio
import json
import os
import socket
import subprocess
import time

import httpx
import pytest
from websockets.asyncio.client import connect

from nginx import BareNginx, Nginx

TIMEOUT = 120


@pytest.fixture
def client(nginx_tls):
    with httpx.Client(base_url=nginx_tls.url, verify=nginx_tls.trust, trust_env=False, timeout=TIMEOUT) as client:
        yield client


def test_nginx_is_content(nginx_tls):
    is_content, words = nginx_tls.check()
    assert is_content and "warn" not in words, words


def test_plain_http_is_sent_to_https(nginx_tls):
    answer = httpx.post(f"http://127.0.0.1:{nginx_tls.plain_port}/api/chat?x=1", trust_env=False)
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://127.0.0.1/api/chat?x=1"


def test_health_and_readiness(client):
    assert client.get("/health").json()["status"] == "healthy"
    assert client.get("/health/ready").status_code == 200


@pytest.mark.parametrize("accept", ["text/event-stream", "application/x-ndjson"])
def test_a_stream_comes_piece_by_piece(client, accept):
    """A proxy that buffers delivers all pieces at the end."""
    body = {"message": "Count from one to fifty.", "max_tokens": 60, "temperature": 0, "stream": True}
    pieces = []
    with client.stream("POST", "/api/v1/chat", json=body, headers={"Accept": accept}) as response:
        assert response.headers["content-type"] == accept
        for piece in response.iter_raw():
            pieces.append((time.monotonic(), piece))
    text = b"".join(piece for _, piece in pieces)
    assert b"stream_start" in text and b"stream_end" in text
    assert len(pieces) >= 10, f"{len(pieces)} pieces"


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/messages"])
def test_a_relayed_stream_comes_through_an_nginx_that_buffers(newer_ollama, newer_url, tmp_path, path):
    """Its first word, while the rest is held back."""
    newer_ollama.release_rest.clear()
    folder = tmp_path / "nginx"
    folder.mkdir()
    body = {"model": "tinyllama:latest", "stream": True}
    with BareNginx(folder, newer_url) as nginx:
        with httpx.stream("POST", f"{nginx.url}{path}", json=body, trust_env=False, timeout=TIMEOUT) as response:
            lines = response.iter_lines()
            assert any(line.startswith("data: ") and "delta" in line for line in lines)
            newer_ollama.release_rest.set()
            assert any("message_stop" in line or "response.completed" in line for line in lines)


def test_websocket(nginx_tls):
    # By one thread: `websockets.sync` reads in a thread of its own while it writes in another, and OpenSSL's connections
    # do not bear that (https://github.com/python/cpython/issues/76714).
    async def ping():
        async with connect(f"{nginx_tls.url.replace('https', 'wss')}/ws", ssl=nginx_tls.trust, proxy=None) as chat:
            assert json.loads(await chat.recv())["type"] == "connection"
            await chat.send(json.dumps({"type": "ping"}))
            assert json.loads(await chat.recv())["type"] == "pong"

    asyncio.run(asyncio.wait_for(ping(), TIMEOUT))


def test_a_body_that_the_gateway_would_refuse_is_refused_by_nginx(nginx_tls):
    # Only the head is sent: what counts is the length that it gives.
    with socket.create_connection(("127.0.0.1", nginx_tls.port), timeout=TIMEOUT) as plain:
        with nginx_tls.trust.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            connection.sendall(b"POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 67108865\r\n\r\n")
            assert connection.recv(1024).startswith(b"HTTP/1.1 413 ")


def test_blobs_have_no_bound_in_nginx(client):
    """They get to the gateway, which lets no model be changed."""
    answer = client.post("/api/blobs/sha256:00", content=b"x" * 100)
    assert answer.status_code == 403 and "allow-model-management" in answer.text


def test_by_the_unix_socket(gateway, real_ollama, tmp_path):
    path = tmp_path / "gateway.socket"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OLLAMA_")}
    process = subprocess.Popen(
        [os.environ["GATEWAY_PROGRAM"], "serve", "--store", "memory", "--listen", f"unix:{path}", "--ollama", real_ollama],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        with Nginx(tmp_path, None, tls=True, unix_path=path) as nginx:
            answer = httpx.get(f"{nginx.url}/api/tags", verify=nginx.trust, trust_env=False)
            assert answer.status_code == 200 and answer.json()["models"]
    finally:
        process.terminate()
        assert process.wait(timeout=TIMEOUT) == 0
