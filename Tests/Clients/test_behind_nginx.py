"""What the gateway makes of nginx's word, and the path under which both serve it: by the configuration that the project
ships."""

import json
import re
import time

import httpx
import pytest
from websockets.sync.client import connect

TIMEOUT = 120
# Another address of this machine than nginx's own: what nginx sees, and the gateway does not.
CLIENT = "127.0.0.2"


@pytest.fixture
def http(proxied):
    transport = httpx.HTTPTransport(local_address=CLIENT)
    with httpx.Client(base_url=proxied[1], transport=transport, trust_env=False, timeout=TIMEOUT) as client:
        yield client


def logged(gateway, request_id):
    """The fields of a request's line in the access log, which is written when the request is over."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        for line in gateway.log_path.read_text().splitlines():
            fields = dict(re.findall(r"(\w+)=(\S+)", line))
            if fields.get("request_id") == request_id:
                return fields
        time.sleep(0.02)
    pytest.fail(f"no line of {request_id} in the log:\n{gateway.log()}")


def test_routes_under_the_base_path(proxied, http):
    tags = http.get("/ai/api/tags", headers={"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "clients-own"})
    assert tags.status_code == 200 and tags.json()["models"]
    # nginx's, and so its own logs can have it.
    request_id = tags.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", request_id)
    fields = logged(proxied[0], request_id)
    assert fields["client"] == CLIENT
    assert fields["route"] == "/api/tags"
    service = http.get("/ai/").json()
    assert service["endpoints"]["chat"] == "/ai/api/v1/chat/"
    body = {"message": "Say hello.", "max_tokens": 16, "temperature": 0, "stream": True}
    with http.stream("POST", "/ai/api/v1/chat", json=body) as response:
        assert response.status_code == 200
        events = [line for line in response.iter_lines() if line.startswith("event: ")]
    assert events[0] == "event: stream_start" and events[-1] == "event: stream_end"


def test_nothing_but_health_beside_it(proxied):
    """Past nginx, as a load balancer asks."""
    with httpx.Client(base_url=proxied[0].url, trust_env=False, timeout=TIMEOUT) as direct:
        assert direct.get("/api/tags").status_code == 404
        assert direct.get("/health/ready").status_code == 200
        assert direct.get("/ai/api/version").status_code == 200


def test_callers_of_this_machine(http):
    """127.0.0.2 is this machine's as well; one that names somebody before itself may be a tunnel or another proxy, and is not."""
    assert http.get("/ai/api/v1/chat/connections").status_code == 200
    assert http.get("/ai/api/v1/chat/connections", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_websocket_under_the_base_path(proxied):
    gateway, url = proxied
    address = f"{url.replace('http', 'ws')}/ai/ws"
    times = {"open_timeout": TIMEOUT, "close_timeout": TIMEOUT}
    with connect(address, source_address=(CLIENT, 0), origin=url, proxy=None, **times) as socket:
        request_id = socket.response.headers["X-Request-Id"]
        assert json.loads(socket.recv(timeout=TIMEOUT))["type"] == "connection"
        socket.send(json.dumps({"type": "chat", "message": "Say hello.", "max_tokens": 8, "temperature": 0}))
        types = []
        while not types or types[-1] not in ("stream_end", "error"):
            types.append(json.loads(socket.recv(timeout=TIMEOUT))["type"])
        assert types[:2] == ["message_received", "stream_start"] and types[-1] == "stream_end"
    fields = logged(gateway, request_id)
    assert fields["client"] == CLIENT and fields["route"] == "/ws"
