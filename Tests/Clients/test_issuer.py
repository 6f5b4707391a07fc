"""Sign-in at providers of OpenID Connect that are not ours, in Chromium and by programs; the first as docs/access.md has it."""

import re

import httpx
import openai
import pytest

import django_provider
from keyed import HELLO, OPEN, PATIENCE_SECONDS, KeyedGateway
from pages import Person, answers, ask, wait_for_end
from provider import ELSEWHERE, SUBJECT, Provider

#: What the browser itself says of requests that are refused, and of what the provider's pages go without.
REFUSALS = ["Failed to load resource", "WebSocket connection", f"a request to {ELSEWHERE}"]
CALLBACK = "/api/v1/auth/issuer/callback"


@pytest.fixture(params=[False, True], ids=["as documented", "strict"])
def provider(request, tmp_path):
    with Provider(tmp_path, request.param) as provider:
        yield provider


class IssuerGateway(KeyedGateway):
    """A gateway that believes the provider."""

    client = None

    def __init__(self, provider, upstream, folder):
        self.provider, self.folder = provider, folder
        super().__init__(
            upstream.url, folder / "log", "--drain-timeout", "0s", "--log-level", "trace", "--auth", "required", "--default-model", OPEN,
            "--config", str(folder / "config.yaml"))

    def start(self):
        # Its address is known by now.
        self.redirect_url = self.url + CALLBACK
        self.client, self.secret = self.provider.register(self.redirect_url)
        secret = self.folder / "oidc.secret"
        secret.write_text(self.secret)
        secret.chmod(0o600)
        (self.folder / "config.yaml").write_text(
            f'oidc: {{issuer: "{self.provider.url}", client_id: {self.client}, client_secret_file: {secret}, allow: ["@example.org"]}}\n')
        super().start()


@pytest.fixture
def gateway(provider, upstream, tmp_path):
    yield from running(provider, upstream, tmp_path)


def running(provider, upstream, folder):
    """What a gateway tells nobody is in no line of its log."""
    gateway = IssuerGateway(provider, upstream, folder)
    try:
        gateway.wait_until_ready()
        yield gateway
        log = gateway.log_path.read_text(errors="replace")
        assert gateway.secret not in log
        assert "eyJ" not in log and "code=" not in log and "state=" not in log
    finally:
        gateway.stop()


def button(tab, name):
    return tab.get_by_role("button", name=name, exact=True)


def test_the_whole_way_and_back_in_a_browser(browser, provider, gateway):
    expected = [*REFUSALS, f"a request to {provider.url}"]
    with Person(browser, gateway.url, expected=expected) as person:
        person.context.route(f"{ELSEWHERE}**", lambda route: route.abort())
        tab = person.open("/?session=from-the-issuer")
        tab.get_by_role("link", name=f"Sign in with 127.0.0.1:{provider.port}").click()
        tab.get_by_role("heading", name="Authorize Client").wait_for()
        way = dict(httpx.URL(tab.url).params)
        assert way["redirect_uri"] == gateway.redirect_url and way["client_id"] == gateway.client
        assert way["response_type"] == "code" and way["code_challenge_method"] == "S256" and len(way["code_challenge"]) == 43
        button(tab, SUBJECT).click()
        tab.wait_for_url(f"{gateway.url}/?session=from-the-issuer")
        button(tab, "Leave them").click()
        ask(tab, "Hi")
        wait_for_end(tab)
        assert answers(tab).all_inner_texts() == ["Hello you"]
        cookies = {cookie["name"]: cookie for cookie in person.context.cookies(gateway.url)}
        assert "ollama_gateway_user" in cookies and "ollama_gateway_user_issuer" not in cookies
        assert all(cookie["httpOnly"] for cookie in cookies.values())
        button(tab, "Ann Example").click()
        tab.get_by_text("ann · ann@example.org").wait_for()
        assert not button(tab, "Change the password").is_visible(), "there is none here"
        button(tab, "Sign out").click()
        # To the provider, to be signed out there as well.
        tab.get_by_role("heading", name="End Session").wait_for()
        button(tab, "End session").click()
        tab.get_by_text("Session ended.").wait_for()
        tab.goto(gateway.url)
        tab.get_by_role("dialog", name="This gateway asks who you are").wait_for()
        # And in again: it is the same user, whose chats are there.
        tab.get_by_role("link", name=re.compile("Sign in with")).click()
        button(tab, SUBJECT).click()
        button(tab, "Ann Example").wait_for()
        tab.locator("#sessions a", has_text="Hi").wait_for()
    users = gateway.command_line("users", "list")
    assert users.count("ann@example.org") == 1, users


def test_whom_the_gateway_does_not_take(browser, provider, gateway):
    expected = [*REFUSALS, f"a request to {provider.url}"]
    with Person(browser, gateway.url, expected=expected) as person:
        person.context.route(f"{ELSEWHERE}**", lambda route: route.abort())
        tab = person.open()
        tab.get_by_role("link", name=re.compile("Sign in with")).click()
        tab.get_by_placeholder("sub").fill("eve@example.org")
        button(tab, "Authorize").click()
        # Nobody has verified that the address is hers.
        tab.get_by_text("ask whoever runs it for an account").wait_for()
        assert tab.url.startswith(gateway.redirect_url)
        tab.reload()
        tab.get_by_text("was not begun in this browser").wait_for()
        tab.get_by_role("link", name="Back").click()
        tab.get_by_role("dialog", name="This gateway asks who you are").wait_for()


def test_programs_with_its_tokens(provider, gateway):
    token = provider.token(gateway.client, gateway.secret, gateway.redirect_url)
    with openai.OpenAI(api_key=token, base_url=f"{gateway.url}/v1", max_retries=0) as client:
        said = client.chat.completions.create(model=OPEN, messages=HELLO)
        assert said.choices[0].message.content == "Hello you"
    with httpx.Client(base_url=gateway.url, trust_env=False, timeout=PATIENCE_SECONDS) as http:
        def get(path, text=token):
            return http.get(path, headers={"Authorization": f"Bearer {text}"} if text else {})

        chat = http.post(
            "/api/v1/chat", headers={"Authorization": f"Bearer {token}"}, json={"message": "Hello", "session_id": "by-a-token"})
        assert chat.status_code == 200, chat.text
        who = get("/api/v1/auth/session").json()
        assert who["by"] == "token" and who["user"]["username"] == "ann" and who["user"]["is_verified"] is True
        assert [one["session_id"] for one in get("/api/v1/chat/sessions").json()["sessions"]] == ["by-a-token"]
        # Whatever is no token of its, or of somebody who may not come, opens nothing.
        head, claims, signature = token.split(".")
        stranger = provider.token(gateway.client, gateway.secret, gateway.redirect_url, "eve@example.org")
        for text, status in [
                (None, 401), (f"{head}.{claims}.{signature[:-4]}AAAA", 401), (f"{head}.{stranger.split('.')[1]}.{signature}", 401),
                (f"{head}.{claims}.", 401), (stranger, 403)]:
            assert get("/v1/models", text).status_code == status
        # He is the one who signs in with a browser, and is let in no more where he is disabled.
        gateway.command_line("users", "disable", "ann")
        gateway.wait_until(lambda: get("/v1/models").status_code == 401, "she is let in yet")


def test_check_says_what_it_has_found(provider, gateway):
    config = gateway.command[gateway.command.index("--config") + 1]
    arguments = ["check", "--config", config, "--listen", "127.0.0.1:0", *gateway.command[gateway.command.index("--ollama"):][:2]]
    told = gateway.command_line(*arguments, "--default-model", OPEN)
    assert f"ok     oidc {provider.url}: 1 key, RS256" in told, told


@pytest.fixture
def strict_provider(tmp_path):
    with django_provider.DjangoProvider(tmp_path) as provider:
        yield provider


@pytest.fixture
def its_gateway(strict_provider, upstream, tmp_path):
    yield from running(strict_provider, upstream, tmp_path)


def test_a_provider_that_wants_a_challenge_and_a_password(browser, strict_provider, its_gateway):
    gateway = its_gateway
    expected = [*REFUSALS, f"a request to http://127.0.0.1:{strict_provider.port}/"]
    with Person(browser, gateway.url, expected=expected) as person:
        tab = person.open("/?session=from-the-issuer")
        tab.get_by_role("link", name=re.compile("Sign in with")).click()
        tab.get_by_label("Name").fill(django_provider.NAME)
        tab.get_by_label("Password").fill(django_provider.PASSWORD)
        button(tab, "Sign in at the provider").click()
        # At first she does not allow it.
        button(tab, "Cancel").click()
        tab.get_by_text("The issuer has not signed you in (access_denied).").wait_for()
        assert tab.url.startswith(gateway.redirect_url)
        tab.get_by_role("link", name="Back").click()
        tab.get_by_role("link", name=re.compile("Sign in with")).click()
        button(tab, "Authorize").click()
        tab.wait_for_url(f"{gateway.url}/")
        button(tab, "Leave them").click()
        ask(tab, "Hi")
        wait_for_end(tab)
        button(tab, "Ann Example").click()
        tab.get_by_text("ann · ann@example.org").wait_for()
        button(tab, "Sign out").click()
        # To the provider, which asks whether she means it there as well.
        tab.get_by_text("Confirm Logout").wait_for()
        tab.goto(gateway.url)
        tab.get_by_role("dialog", name="This gateway asks who you are").wait_for()
