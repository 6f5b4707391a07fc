"""What becomes of keys that people guess, and of one that is marked: it is found nowhere."""

import http.client
import json
import pathlib
import subprocess

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from keyed import CLOSED, HELLO, OPEN, PATIENCE_SECONDS, KeyedGateway, chat, checked, guess, public_part

#: The store is asked of each whether it is new, 20 times a second at most: half a minute.
GUESSES = 600
#: Custom keys, which can be looked for: each has all of it in one piece.
MARK = "MarkedSecretThatStandsNowhere0123456789"
EARLIER = "MarkedEarlierSecretThatStandsNowhere012"


def test_guesses_are_held_up_and_a_valid_key_passes(keyed):
    """From one address: twenty at first, then one each three seconds; a valid key comes through between any of them."""
    statuses = {}
    connection = http.client.HTTPConnection("127.0.0.1", keyed.port, timeout=PATIENCE_SECONDS)
    for number in range(GUESSES):
        # Half of them of a key that exists.
        key = guess(public_part(keyed.key) if number % 2 else None)
        connection.request("GET", "/api/tags", headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        body = answer.read()
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        if answer.status == 429:
            assert 1 <= int(answer.headers["Retry-After"]) <= 60
            assert b"too many wrong API keys" in body
        if number % 50 == 0:
            assert keyed.status(keyed.key, "/api/tags") == 200
            assert keyed.status(path="/api/tags") == 401, "who shows none is told so"
    connection.close()
    assert set(statuses) == {401, 429}
    assert statuses[401] >= 20 and statuses[429] > statuses[401], statuses


@pytest.fixture
def marked(upstream, tmp_path):
    admin = tmp_path / "admin.key"
    admin.touch(mode=0o600)
    admin.write_text(checked(f"sk-og-0123456789ab-{MARK[:37]}"))
    gateway = KeyedGateway(
        upstream.url, tmp_path / "log", "--drain-timeout", "0s", "--log-level", "trace", "--admin-key-file", str(admin))
    gateway.admin = admin.read_text()
    try:
        gateway.wait_until_ready()
        yield gateway
    finally:
        if gateway.process.poll() is None:
            gateway.stop()


def test_a_marked_key_is_found_nowhere(marked, upstream):
    told = []
    rights = ["--rpm", "40", "--models", "open*", "--scopes", "inference,chat,models.read,metrics"]
    marked.add("marked", *rights, "--custom-key-file", "-", typed=EARLIER)
    told.append(marked.told)
    marked.command_line("keys", "rotate", "marked", "--grace", "1h", "--custom-key-file", "-", typed=MARK)
    told.append(marked.told)
    marked.wait_until(lambda: marked.status(MARK) == 200, "the new key is not known")
    upstream.received.clear()
    told += use(marked, MARK) + use(marked, EARLIER) + administer(marked)
    marked.command_line("keys", "disable", "marked")
    marked.wait_until(lambda: marked.status(MARK) == 401, "it is not disabled")
    told += use(marked, MARK)
    for command in (["keys", "list", "--json"], ["keys", "show", "marked"], ["usage", "--by", "key,model,hour"], ["teams", "list"]):
        told.append(marked.command_line(*command))
    told.append(check(marked))

    process = pathlib.Path(f"/proc/{marked.process.pid}")
    places = {
        "what it was told": "\n".join(told).encode(),
        "metrics": httpx.get(f"{marked.url}/metrics", trust_env=False, headers=bearer(marked.admin)).content,
        "arguments": (process / "cmdline").read_bytes(),
        "environment": (process / "environ").read_bytes(),
        "what Ollama has got": b"\n".join(upstream.received),
        "log": marked.log_path.read_bytes(),
    }
    assert b"open:1b" in places["what Ollama has got"], "nothing was sent on"
    state = pathlib.Path(marked.environment["XDG_STATE_HOME"])
    places |= {str(path): path.read_bytes() for path in state.rglob("*") if path.is_file()}
    marked.stop()
    places |= {f"{path}, closed": path.read_bytes() for path in state.rglob("*") if path.is_file()}
    places["log, closed"] = marked.log_path.read_bytes()
    assert len(places) > 8, f"there is no store: {list(places)}"
    for secret in (MARK, EARLIER, marked.admin, MARK[:37]):
        assert [place for place, content in places.items() if secret.encode() in content] == []


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def use(gateway, key):
    """Shows a key wherever one may stand, and where it may not: what came back, as text."""
    answers = [
        chat(gateway, key), chat(gateway, key, model=CLOSED), chat(gateway, key, model="open-none:1b"),
        chat(gateway, key, {"X-Api-Key": "another-key-that-is-none-of-this-gateway"}),
    ]
    with httpx.Client(base_url=gateway.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
        answers.append(client.get("/v1/models", auth=("anybody", key)))
        for headers in (bearer(key), {"X-Api-Key": key}, {"Api-Key": key}):
            answers.append(client.get("/v1/models", headers=headers))
            answers.append(client.post("/v1/messages", headers=headers, json={"model": OPEN, "messages": HELLO, "max_tokens": 8}))
            answers.append(client.post("/api/v1/chat/", headers=headers, json={"message": "Hi", "model": OPEN, "stream": True}))
        for path in ("/api/tags", "/key/info", "/nowhere", "/api/v1/admin/keys", "/ws"):
            answers.append(client.get(path, params={"api_key": key, "key": key}, headers=bearer(key)))
        answers.append(client.get("/metrics", headers=bearer(key)))
        answers.append(client.post("/api/chat", headers=bearer(key), content=b"{"))
        # One that is wrong in its last character.
        answers.append(client.get("/api/tags", headers=bearer(key[:-1] + "x")))
    words = []
    try:
        with connect(
                f"ws://127.0.0.1:{gateway.port}/ws", subprotocols=["og.v1", f"og.key.{key}"], proxy=None,
                open_timeout=PATIENCE_SECONDS) as socket:
            words.append(f"{socket.response.headers}")
            socket.send(json.dumps({"type": "chat", "message": "Hi", "model": OPEN}))
            while "stream_end" not in words[-1] and '"error"' not in words[-1]:
                words.append(socket.recv(timeout=PATIENCE_SECONDS))
    except InvalidStatus as refused:
        words.append(f"{refused.response.headers}{refused.response.body}")
    return words + [f"{answer.headers}{answer.text}" for answer in answers]


def administer(gateway):
    """What an administrator sees of it."""
    headers = bearer(gateway.admin)
    with httpx.Client(base_url=gateway.url, trust_env=False, timeout=PATIENCE_SECONDS, headers=headers) as client:
        listed = client.get("/api/v1/admin/keys")
        public = next(key["id"] for key in listed.raise_for_status().json()["keys"] if key["name"] == "marked")
        answers = [
            listed, client.get(f"/api/v1/admin/keys/{public}"), client.get("/key/info", params={"key": MARK}),
            client.get("/key/list", params={"return_full_object": "true"}), client.get("/api/v1/admin/usage"),
            client.get("/api/v1/admin/limits", params={"key": public}), client.get("/api/v1/chat/connections"),
            client.patch(f"/api/v1/admin/keys/{public}", json={"labels": {"a": "b"}}),
            client.post("/api/v1/admin/keys", json={"name": "twice", "key": MARK}),
            client.post("/key/update", json={"key": MARK, "metadata": {"a": "c"}}),
            client.get("/health/detailed"),
        ]
    return [f"{answer.headers}{answer.text}" for answer in answers]


def check(gateway):
    """What `check` says of the same settings, while the gateway holds its address and its store."""
    arguments = [argument for argument in gateway.command[1:] if argument != "serve"]
    run = subprocess.run(
        [gateway.command[0], "check", *arguments], env=gateway.environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert run.stdout + run.stderr, "it says nothing"
    return run.stdout + run.stderr
