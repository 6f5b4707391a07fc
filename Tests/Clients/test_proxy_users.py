"""nginx that asks for a name and a password (auth_basic), and a gateway that believes it whom it has let in: by the shipped
configuration with the lines that docs/access.md has for it."""

import subprocess

import httpx
import pytest
from websockets.sync.client import connect

from keyed import OPEN, PATIENCE_SECONDS, KeyedGateway, Ollama
from nginx import CONFIGURATION, Nginx, replace_once

PASSWORD = "Marked-Horse-9!"
DOCUMENT = CONFIGURATION.parent.parent / "docs" / "access.md"
FIELD = "X-Forwarded-User"


def documented_lines(users):
    """The lines of the document, with another file of passwords."""
    text = DOCUMENT.read_text()
    block = text.partition("**nginx with `auth_basic`**")[2].partition("```nginx\n")[2].partition("```")[0]
    assert block.count("/etc/nginx/chat.htpasswd") == 1
    return block.replace("/etc/nginx/chat.htpasswd", str(users))


class AskingNginx(Nginx):
    auth = httpx.BasicAuth("ann", PASSWORD)

    def write(self, site):
        users = self.folder / "htpasswd"
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, text=True, check=True).stdout.strip()
        users.write_text("".join(f"{name}:{hashed}\n" for name in ("ann", "bob", "user:1", "an na")))
        super().write(replace_once(site, '  proxy_set_header X-Forwarded-User "";\n', documented_lines(users)))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Ollama, the gateway, an nginx that asks for passwords, and the shipped one as it is."""
    upstream = Ollama()
    upstream.start()
    gateway = KeyedGateway(
        upstream.url, tmp_path_factory.mktemp("gateway") / "log", "--default-model", OPEN, "--auth", "required",
        "--trusted-proxy", "127.0.0.1", "--trusted-user-header", FIELD)
    try:
        gateway.wait_until_ready()
        with AskingNginx(tmp_path_factory.mktemp("asking"), gateway.port, tls=True) as asking:
            with Nginx(tmp_path_factory.mktemp("shipped"), gateway.port, tls=True) as shipped:
                yield upstream, gateway, asking, shipped
        assert PASSWORD not in gateway.log_path.read_text()
        assert not [sent for sent in upstream.received if FIELD.lower().encode() in sent.lower()]
    finally:
        gateway.stop()
        upstream.stop()


def client(nginx, name=None, **more):
    return httpx.Client(
        base_url=nginx.url, verify=nginx.trust, trust_env=False, timeout=PATIENCE_SECONDS,
        auth=httpx.BasicAuth(name, PASSWORD) if name else None, **more)


def session(nginx, name=None, **headers):
    with client(nginx, name, headers=headers) as http:
        return http.get("/api/v1/auth/session").raise_for_status().json()


def test_who_is_let_in_is_who_asks(place):
    _, _, asking, _ = place
    for name in ("ann", "bob"):
        state = session(asking, name)
        assert (state["signed_in"], state["by"], state["name"], state["user"]) == (True, "proxy", name, None)
        with client(asking, name) as http:
            said = http.post("/api/v1/chat", json={"message": f"I am {name}", "session_id": "mine", "stream": False})
            assert said.status_code == 200, said.text
            listed = http.get("/api/v1/chat/sessions").json()["sessions"]
            assert [one["session_id"] for one in listed] == ["mine"]
            assert f"I am {name}" in http.get("/api/v1/chat/sessions/mine").text
            assert http.get("/api/v1/admin/users").status_code == 401


def test_what_a_client_writes_counts_for_nothing(place):
    _, gateway, asking, shipped = place
    with client(asking) as http:
        assert http.get("/api/tags", headers={FIELD: "ann"}).status_code == 401
    assert session(asking, "bob", **{FIELD: "ann"})["name"] == "bob"
    # The shipped file as it is names nobody, whatever is sent.
    assert session(shipped, **{FIELD: "ann"})["signed_in"] is False
    assert session(shipped, "ann")["signed_in"] is False
    with client(shipped) as http:
        assert http.get("/api/tags", headers={FIELD: "ann"}).status_code == 401


def test_names_that_are_none(place):
    _, _, asking, _ = place
    with client(asking, "an na") as http:
        assert http.get("/api/tags").status_code == 400
    # One that looks like an owner is not that owner.
    with client(asking, "ann") as http:
        http.post("/api/v1/chat", json={"message": "Hello", "stream": False}).raise_for_status()


def test_a_linked_user_and_keys_beside(place):
    _, gateway, asking, _ = place
    gateway.command_line("users", "add", "ann-of-here", "--admin")
    gateway.command_line("users", "link", "ann-of-here", "--issuer", "proxy", "--subject", "ann")
    gateway.wait_until(lambda: session(asking, "ann")["name"] == "ann-of-here", "the link is not seen")
    gateway.command_line("sessions", "adopt", "--user", "ann-of-here", "--owner", "proxy/user:ann")
    with client(asking, "ann") as http:
        assert http.get("/api/v1/admin/users").status_code == 200
        foreign = {"Origin": "https://elsewhere.example", "Content-Type": "application/json"}
        assert http.post("/api/v1/auth/keys", content='{"name":"k"}', headers=foreign).status_code == 403
        own = {"Origin": asking.url, "Content-Type": "application/json"}
        made = http.post("/api/v1/auth/keys", content='{"name":"k"}', headers=own)
        assert made.status_code == 201, made.text
    assert session(asking, "bob", **{"X-Api-Key": made.json()["key"]})["by"] == "key"
    gateway.command_line("users", "link", "ann-of-here", "--issuer", "proxy", "--subject", "ann", "--remove")
    gateway.wait_until(lambda: session(asking, "ann")["name"] == "ann", "he is linked still")


def test_a_websocket(place):
    _, _, asking, _ = place
    basic = httpx.BasicAuth("bob", PASSWORD)._auth_header
    address = asking.url.replace("https", "wss") + "/ws"
    with connect(address, ssl=asking.trust, proxy=None, origin=asking.url, additional_headers={"Authorization": basic}) as chat:
        assert '"connection"' in chat.recv(timeout=PATIENCE_SECONDS)
    with pytest.raises(Exception) as caught:
        connect(address, ssl=asking.trust, proxy=None, origin="https://elsewhere.example", additional_headers={"Authorization": basic})
    assert caught.value.response.status_code == 403
