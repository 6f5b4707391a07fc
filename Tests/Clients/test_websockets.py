"""Two WebSocket libraries of Python against the real Ollama, directly and through nginx as the project ships it."""

import contextlib
import json

import httpx
import pytest
import websocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

TIMEOUT = 120
PATHS = ["/ws", "/api/v1/chat/ws"]


class ByWebsockets:
    """The package `websockets`."""

    @contextlib.contextmanager
    def open(self, url):
        with connect(url, open_timeout=TIMEOUT, close_timeout=TIMEOUT, proxy=None) as socket:
            self.socket = socket
            yield self

    def send(self, message):
        self.socket.send(json.dumps(message))

    def receive(self):
        return json.loads(self.socket.recv(timeout=TIMEOUT))


class ByWebsocketClient:
    """The package `websocket-client`."""

    @contextlib.contextmanager
    def open(self, url):
        self.socket = websocket.create_connection(url, timeout=TIMEOUT)
        try:
            yield self
        finally:
            self.socket.close(timeout=TIMEOUT)

    def send(self, message):
        self.socket.send(json.dumps(message))

    def receive(self):
        return json.loads(self.socket.recv())


@pytest.fixture(params=[ByWebsockets, ByWebsocketClient], ids=["websockets", "websocket-client"])
def client(request):
    return request.param()


@pytest.fixture(params=["direct", "nginx"])
def base(request):
    """The address of the gateway, or of nginx in front of it."""
    return request.getfixturevalue("url" if request.param == "direct" else "nginx_url")


def receive_answer(socket):
    messages = []
    while not messages or messages[-1]["type"] not in ("stream_end", "response", "error"):
        messages.append(socket.receive())
    assert messages[-1]["type"] != "error", messages[-1]
    return messages


def text(messages):
    return "".join(message["content"] for message in messages if message["type"] == "stream_chunk")


@pytest.mark.parametrize("path", PATHS)
def test_conversation(client, base, path):
    with client.open(f"{base.replace('http', 'ws')}{path}") as socket:
        connection = socket.receive()
        assert connection["type"] == "connection" and connection["status"] == "connected"
        socket.send({"type": "chat", "message": "Say hello.", "max_tokens": 24, "temperature": 0})
        answer = receive_answer(socket)
        assert text(answer)
        assert text(answer) == answer[-1]["full_response"]
        numbers = [message["seq"] for message in answer if message["type"] == "stream_chunk"]
        assert numbers == list(range(1, len(numbers) + 1))
        assert answer[-1]["usage"]["completion_tokens"] > 0
        socket.send({"type": "get_history"})
        history = socket.receive()
        assert history["count"] == 2
        assert history["messages"][1]["content"] == answer[-1]["full_response"]
        socket.send({"type": "ping"})
        assert socket.receive()["type"] == "pong"


def test_stop_and_resume(client, base):
    address = f"{base.replace('http', 'ws')}/ws"
    with client.open(address) as socket:
        session = socket.receive()["session_id"]
        socket.send({"message": "Count to one thousand, one number a line.", "max_tokens": 2000})
        while socket.receive()["type"] != "stream_chunk":
            pass
        socket.send({"type": "stop"})
        answer = receive_answer(socket)
        assert answer[-1]["done_reason"] in ("cancelled", "stop")
    with client.open(f"{address}?session_id={session}&after=0") as socket:
        again = receive_answer(socket)
        assert text(again) == answer[-1]["full_response"]


def test_refusal_through_nginx(nginx_url):
    with pytest.raises(InvalidStatus) as refusal:
        connect(f"{nginx_url.replace('http', 'ws')}/ws", origin="https://evil.example", proxy=None)
    assert refusal.value.response.status_code == 403


def test_rest_and_events_through_nginx(nginx_url):
    """The other ways to talk, by the same location: whole, as events, and Ollama's own API."""
    with httpx.Client(base_url=nginx_url, trust_env=False, timeout=TIMEOUT) as http:
        body = {"message": "Say hello.", "max_tokens": 16, "temperature": 0}
        assert http.post("/api/v1/chat", json=body).json()["status"] == "success"
        with http.stream("POST", "/api/v1/chat", json=body | {"stream": True}) as response:
            assert response.status_code == 200
            assert response.headers["content-type"] == "text/event-stream"
            events = [line for line in response.iter_lines() if line.startswith("event: ")]
        assert events[0] == "event: stream_start" and events[-1] == "event: stream_end"
        assert http.get("/api/tags").json()["models"]
        # The proxy is on this machine, and its clients may not be.
        assert http.get("/api/v1/chat/connections").status_code == 403
