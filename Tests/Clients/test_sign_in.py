"""Users who sign in: the first system's client with its tokens, browsers with their cookies, and who is held off."""

import concurrent.futures

import httpx
import pytest

from keyed import OPEN, PATIENCE_SECONDS, KeyedGateway, Ollama

AUTH = "/api/v1/auth"
PASSWORD = "Marked-Horse-9!"
NEW_PASSWORD = "Marked-Staple-7!"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A gateway where everybody may make a user of their own."""
    upstream = Ollama()
    upstream.start()
    gateway = KeyedGateway(
        upstream.url, tmp_path_factory.mktemp("sign-in") / "log", "--drain-timeout", "0s", "--allow-registration",
        "--auth", "required", "--default-model", OPEN, "--log-level", "trace")
    try:
        gateway.wait_until_ready()
        with client(gateway) as http:
            for name in ("ann", "bob"):
                made = http.post(f"{AUTH}/register", json={
                    "email": f"{name}@example.org", "username": name, "password": PASSWORD, "is_superuser": True})
                assert made.status_code == 201, made.text
                assert made.json()["is_superuser"] is False
        yield gateway
        secrets = [PASSWORD, NEW_PASSWORD, "$2b$", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."]
        log = gateway.log_path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in log]
    finally:
        gateway.stop()
        upstream.stop()


def client(gateway):
    return httpx.Client(base_url=gateway.url, trust_env=False, timeout=PATIENCE_SECONDS)


def login(http, name="ann", password=PASSWORD):
    return http.post(f"{AUTH}/login", data={"grant_type": "password", "username": name, "password": password})


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class FirstSystemClient:
    """As the first system's own client does it: it signs in, sends its token along, and refreshes when that is refused."""

    def __init__(self, http, name):
        self.http = http
        self.tokens = login(http, name).raise_for_status().json()

    def post(self, path, **body):
        response = self.http.post(path, json=body, headers=bearer(self.tokens["access_token"]))
        if response.status_code == 401:
            self.refresh()
            response = self.http.post(path, json=body, headers=bearer(self.tokens["access_token"]))
        return response

    def get(self, path):
        return self.http.get(path, headers=bearer(self.tokens["access_token"]))

    def refresh(self):
        refreshed = self.http.post(f"{AUTH}/refresh", json={"refresh_token": self.tokens["refresh_token"]})
        self.tokens = refreshed.raise_for_status().json()


def test_the_first_systems_client_signs_in_chats_and_refreshes(gateway):
    with client(gateway) as http:
        ann, bob = FirstSystemClient(http, "ann"), FirstSystemClient(http, "bob")
        assert ann.get(f"{AUTH}/me").json()["username"] == "ann"
        said = ann.post("/api/v1/chat/", message="Hello", session_id="tour", user_id="bob")
        assert said.status_code == 200, said.text
        before = ann.tokens
        # What it has is not valid any more, for whatever reason.
        ann.tokens = {**before, "access_token": before["access_token"][:-2] + "xx"}
        assert ann.post("/api/v1/chat/", message="And now?", session_id="tour").status_code == 200
        assert ann.tokens["refresh_token"] != before["refresh_token"]
        messages = ann.get("/api/v1/chat/sessions/tour").json()["messages"]
        assert [message["role"] for message in messages] == ["user", "assistant"] * 2
        assert bob.get("/api/v1/chat/sessions/tour").status_code == 404
        out = http.post(f"{AUTH}/logout", headers=bearer(ann.tokens["access_token"]))
        assert out.json() == {"message": "Successfully logged out"}
        refused = http.post(f"{AUTH}/refresh", json={"refresh_token": ann.tokens["refresh_token"]})
        assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"


def test_a_refresh_token_that_was_used_ends_what_came_of_it(gateway):
    with client(gateway) as http:
        first = login(http).json()

        def refresh(token):
            return http.post(f"{AUTH}/refresh", json={"refresh_token": token})

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            pairs = list(pool.map(lambda _: refresh(first["refresh_token"]).json(), range(8)))
        assert all(pair == pairs[0] for pair in pairs)
        last = refresh(pairs[0]["refresh_token"]).json()
        assert refresh(first["refresh_token"]).status_code == 401
        assert refresh(last["refresh_token"]).status_code == 401
        assert http.get(f"{AUTH}/me", headers=bearer(last["access_token"])).status_code == 401


def test_a_browser_has_a_cookie_that_no_other_page_can_use(gateway):
    own = {"Origin": gateway.url}
    with client(gateway) as http, client(gateway) as other:
        signed_in = http.post(f"{AUTH}/session", json={"username": "ann", "password": PASSWORD}, headers=own)
        assert signed_in.status_code == 200, signed_in.text
        assert signed_in.json()["by"] == "cookie"
        assert http.get(f"{AUTH}/me").json()["email"] == "ann@example.org"
        assert http.post("/api/v1/chat/", json={"message": "Hello"}, headers=own).status_code == 200
        for foreign in ({"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "same-site"}, {}):
            refused = http.post("/api/v1/chat/", json={"message": "Hello"}, headers=foreign)
            assert refused.status_code == 403, foreign
        made = http.post(f"{AUTH}/keys", json={"name": "laptop", "expires_in": "1d"}, headers=own).json()
        assert other.get("/api/tags", headers=bearer(made["key"])).status_code == 200
        assert http.delete(f"{AUTH}/keys/{made['id']}", headers=own).status_code == 204
        assert other.get("/api/tags", headers=bearer(made["key"])).status_code == 401
        assert http.delete(f"{AUTH}/session", params={"everywhere": "true"}, headers=own).status_code == 200
        assert http.get(f"{AUTH}/session").json()["signed_in"] is False


def test_a_new_password_is_the_only_one(gateway):
    own = {"Origin": gateway.url}
    with client(gateway) as http:
        http.post(f"{AUTH}/session", json={"username": "bob", "password": PASSWORD}, headers=own).raise_for_status()
        weak = http.post(
            f"{AUTH}/password", json={"current_password": PASSWORD, "new_password": "weak"}, headers=own)
        assert weak.status_code == 400
        changed = http.post(
            f"{AUTH}/password", json={"current_password": PASSWORD, "new_password": NEW_PASSWORD}, headers=own)
        assert changed.status_code == 200, changed.text
        assert http.get(f"{AUTH}/session").json()["signed_in"] is True
        assert login(http, "bob").status_code == 401
        assert login(http, "bob", NEW_PASSWORD).status_code == 200


def test_who_guesses_is_locked_out_and_told_nothing(gateway):
    with client(gateway) as http:
        for name in ("nobody", "bob"):
            answers = [login(http, name, "Wrong-Horse-9") for _ in range(5)]
            assert [answer.status_code for answer in answers] == [401] * 4 + [403]
            assert {answer.json()["detail"] for answer in answers[:4]} == {"Incorrect username or password"}
            assert login(http, name, NEW_PASSWORD).json()["detail"].startswith("Account locked until ")
