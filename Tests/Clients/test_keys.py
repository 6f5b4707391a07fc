"""The official clients with keys: each is told in its own way what it may not do. Unchanged but for base URL and key."""

import json
import os

# Its list of prices is in the package: nothing is fetched.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import anthropic
import httpx
import litellm
import ollama
import openai
import pytest
from langchain_ollama import ChatOllama
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from keyed import CLOSED, HELLO, OPEN, PATIENCE_SECONDS, KeyedGateway, Ollama, chat, guess, public_part

UNKNOWN = "open-none:1b"


@pytest.fixture(scope="module")
def lonely(tmp_path_factory):
    """A gateway whose Ollama is away."""
    upstream = Ollama()
    upstream.start()
    url = upstream.url
    upstream.stop()
    gateway = KeyedGateway(url, tmp_path_factory.mktemp("lonely") / "log", "--drain-timeout", "0s")
    try:
        gateway.wait_until(lambda: _answers(gateway), "it does not listen")
        gateway.key = gateway.add("ann")
        yield gateway
    finally:
        gateway.stop()


def _answers(gateway):
    try:
        return httpx.get(f"{gateway.url}/health", trust_env=False).status_code > 0
    except httpx.TransportError:
        return False


@pytest.fixture
def limited(keyed):
    """A key that has used up its requests of a minute."""
    key = keyed.add("limited", "--rpm", "1")
    chat(keyed, key).raise_for_status()
    return key


@pytest.fixture
def spent(keyed):
    """A key that has used up its budget: what goes beyond it is charged and not cut."""
    key = keyed.add("spent", "--budget", "1tokens/month")
    chat(keyed, key).raise_for_status()
    return key


# The clients, each as a function that asks for an answer.


def by_openai(gateway, key, model=OPEN):
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0)
    return client.chat.completions.create(model=model, messages=HELLO).choices[0].message.content


def by_anthropic(gateway, key, model=OPEN):
    client = anthropic.Anthropic(base_url=gateway.url, api_key=key, max_retries=0)
    return client.messages.create(model=model, messages=HELLO, max_tokens=8).content[0].text


def by_ollama(gateway, key, model=OPEN):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OLLAMA_API_KEY", key)
        return ollama.Client(host=gateway.url).chat(model, HELLO).message.content


def by_langchain(gateway, key, model=OPEN):
    headers = {"Authorization": f"Bearer {key}"}
    return ChatOllama(model=model, base_url=gateway.url, client_kwargs={"headers": headers}).invoke("Hello").content


def by_litellm(gateway, key, model=OPEN):
    answer = litellm.completion(
        model=f"openai/{model}", messages=HELLO, api_base=f"{gateway.url}/v1", api_key=key, num_retries=0, max_retries=0)
    return answer.choices[0].message.content


CLIENTS = [by_openai, by_anthropic, by_ollama, by_langchain, by_litellm]
#: Of each client what it raises, by status. Ollama's own has one class, which has the status.
RAISED = {
    by_openai: {
        401: openai.AuthenticationError, 403: openai.PermissionDeniedError, 404: openai.NotFoundError,
        429: openai.RateLimitError, 503: openai.InternalServerError},
    by_anthropic: {
        401: anthropic.AuthenticationError, 403: anthropic.PermissionDeniedError, 404: anthropic.NotFoundError,
        429: anthropic.RateLimitError, 503: anthropic.InternalServerError},
    by_ollama: dict.fromkeys((401, 403, 404, 429, 503), ollama.ResponseError),
    by_langchain: dict.fromkeys((401, 403, 404, 429, 503), ollama.ResponseError),
    # It has no class of its own for a 403 of OpenAI's paths.
    by_litellm: {
        401: litellm.AuthenticationError, 403: litellm.APIError, 404: litellm.NotFoundError,
        429: litellm.RateLimitError, 503: litellm.ServiceUnavailableError},
}


def raised(ask, status, *arguments):
    with pytest.raises(RAISED[ask][status]) as caught:
        ask(*arguments)
    assert caught.value.status_code == status
    return caught.value


@pytest.mark.parametrize("ask", CLIENTS)
def test_a_key_lets_in(ask, keyed):
    assert ask(keyed, keyed.key) == "Hello you"


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("key", ["unused", "wrong"])
def test_401(ask, keyed, key):
    """What clients without a key send is none; what looks like one and is wrong is another failure with the same class."""
    error = raised(ask, 401, keyed, guess(public_part(keyed.key)) if key == "wrong" else key)
    assert ("API key required" if key == "unused" else "API key invalid") in str(error)


@pytest.mark.parametrize("ask", CLIENTS)
def test_403_of_a_model(ask, keyed):
    assert "not allowed" in str(raised(ask, 403, keyed, keyed.key, CLOSED))


@pytest.mark.parametrize("ask", CLIENTS)
def test_404(ask, keyed):
    assert UNKNOWN in str(raised(ask, 404, keyed, keyed.key, UNKNOWN))


@pytest.mark.parametrize("ask", CLIENTS)
def test_429_of_a_rate(ask, keyed, limited):
    assert "rate limit: 1 request" in str(raised(ask, 429, keyed, limited))


@pytest.mark.parametrize("ask", CLIENTS)
def test_503(ask, lonely):
    raised(ask, 503, lonely, lonely.key)


def test_bodies_of_openai(keyed, limited, spent):
    error = raised(by_openai, 401, keyed, "unused")
    assert (error.type, error.code) == ("invalid_request_error", "invalid_api_key")
    assert error.response.headers["www-authenticate"] == "Bearer"
    error = raised(by_openai, 403, keyed, keyed.key, CLOSED)
    assert (error.type, error.code) == ("invalid_request_error", "model_not_found")
    error = raised(by_openai, 429, keyed, limited)
    assert (error.type, error.code) == ("requests", "rate_limit_exceeded")
    assert 1 <= int(error.response.headers["retry-after"]) <= 60
    assert 1 <= int(error.response.headers["retry-after-ms"]) <= 60_000
    assert error.response.headers["x-ratelimit-limit-requests"] == "1"
    assert error.response.headers["x-ratelimit-remaining-requests"] == "0"
    error = raised(by_openai, 429, keyed, spent)
    assert (error.type, error.code) == ("insufficient_quota", "insufficient_quota")
    assert error.response.headers["x-should-retry"] == "false"


def test_bodies_of_anthropic(keyed, limited, spent):
    def type_of(error):
        return error.body["error"]["type"]

    assert type_of(raised(by_anthropic, 401, keyed, "unused")) == "authentication_error"
    assert type_of(raised(by_anthropic, 403, keyed, keyed.key, CLOSED)) == "permission_error"
    error = raised(by_anthropic, 429, keyed, limited)
    assert type_of(error) == "rate_limit_error"
    assert error.response.headers["anthropic-ratelimit-requests-limit"] == "1"
    with pytest.raises(anthropic.PaymentRequiredError) as caught:
        by_anthropic(keyed, spent)
    assert type_of(caught.value) == "billing_error"


@pytest.mark.parametrize("ask", [by_openai, by_anthropic])
def test_a_client_that_waits_as_it_is_told_is_let_in(ask, keyed):
    """30 a minute: one is given back each two seconds, and Retry-After says so."""
    key = keyed.add("waiting", "--rpm", "30")
    client = {
        by_openai: lambda: openai.OpenAI(base_url=f"{keyed.url}/v1", api_key=key, max_retries=1).chat.completions.create(
            model=OPEN, messages=HELLO),
        by_anthropic: lambda: anthropic.Anthropic(base_url=keyed.url, api_key=key, max_retries=1).messages.create(
            model=OPEN, messages=HELLO, max_tokens=8),
    }[ask]
    for _ in range(30):
        chat(keyed, key).raise_for_status()
    client()


def test_lists_have_what_a_key_may_use(keyed):
    client = openai.OpenAI(base_url=f"{keyed.url}/v1", api_key=keyed.key, max_retries=0)
    assert [model.id for model in client.models.list()] == [OPEN]
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve(CLOSED)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OLLAMA_API_KEY", keyed.key)
        local = ollama.Client(host=keyed.url)
        assert [model.model for model in local.list().models] == [OPEN]
        with pytest.raises(ollama.ResponseError) as caught:
            local.show(CLOSED)
        assert caught.value.status_code == 404


@pytest.mark.parametrize("fields", [
    lambda key: {"Authorization": f"Bearer {key}"}, lambda key: {"X-Api-Key": key}, lambda key: {"Api-Key": key},
    lambda key: {"Authorization": httpx.BasicAuth("anybody", key)._auth_header}])
def test_where_a_key_may_stand(keyed, fields):
    assert httpx.get(f"{keyed.url}/api/tags", headers=fields(keyed.key), trust_env=False).status_code == 200
    assert httpx.get(f"{keyed.url}/api/tags", headers=fields(guess()), trust_env=False).status_code == 401


def test_not_in_the_query_and_not_two(keyed):
    assert httpx.get(f"{keyed.url}/api/tags", params={"api_key": keyed.key}, trust_env=False).status_code == 401
    other = keyed.add("other")
    both = {"Authorization": f"Bearer {keyed.key}", "X-Api-Key": other}
    assert httpx.get(f"{keyed.url}/api/tags", headers=both, trust_env=False).status_code == 400


def test_what_stays_open(keyed):
    for path in ("/", "/status", "/docs", "/health", "/health/ready", "/openapi.json", "/asyncapi.json"):
        assert keyed.status(path=path) == 200, path
    for path in ("/api/tags", "/v1/models", "/metrics", "/api/v1/chat/sessions", "/api/v1/admin/servers", "/api/v1/admin/keys"):
        assert keyed.status(path=path) == 401, path
    preflight = {"Origin": keyed.url, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert httpx.options(f"{keyed.url}/v1/models", headers=preflight, trust_env=False).status_code < 300


def test_rotation_with_a_grace(keyed):
    first = keyed.add("rotated")
    second = keyed.command_line("keys", "rotate", "rotated", "--grace", "1h").strip()
    assert public_part(first) == public_part(second) and first != second
    # Until it is known, each try counts as a guess.
    keyed.wait_until(lambda: keyed.status(second) == 200, "the new key is not known", pause=0.5)
    for _ in range(3):
        assert (keyed.status(first), keyed.status(second)) == (200, 200)
    third = keyed.command_line("keys", "rotate", "rotated", "--grace", "0s").strip()
    keyed.wait_until(lambda: keyed.status(third) == 200, "the new key is not known", pause=0.5)
    assert (keyed.status(first), keyed.status(second)) == (401, 401)


def socket_of(gateway, key):
    return connect(
        f"ws://127.0.0.1:{gateway.port}/ws", subprotocols=["og.v1", f"og.key.{key}"], proxy=None,
        open_timeout=PATIENCE_SECONDS, close_timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize("act", ["disable", "delete"])
def test_a_key_that_ends_takes_its_sockets_along(keyed, act):
    key = keyed.add(act)
    with socket_of(keyed, key) as socket:
        assert socket.subprotocol == "og.v1"
        socket.recv(timeout=PATIENCE_SECONDS)
        keyed.command_line("keys", act, public_part(key))
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                socket.recv(timeout=PATIENCE_SECONDS)
    assert caught.value.rcvd.code == 1008 and caught.value.rcvd.reason
    with pytest.raises(InvalidStatus) as refused:
        socket_of(keyed, key)
    assert refused.value.response.status_code == 401


def test_an_answer_that_runs_may_end(keyed, upstream):
    key = keyed.add("ending")
    upstream.goes_on.clear()
    try:
        with httpx.stream(
                "POST", f"{keyed.url}/api/chat", trust_env=False, timeout=PATIENCE_SECONDS,
                headers={"Authorization": f"Bearer {key}"}, json={"model": OPEN, "messages": HELLO}) as answer:
            lines = answer.iter_lines()
            assert "Hello" in next(lines)
            keyed.command_line("keys", "disable", public_part(key))
            keyed.wait_until(lambda: keyed.status(key) == 401, "it is not disabled")
            upstream.goes_on.set()
            assert '"done":true' in list(lines)[-1].replace(" ", "")
    finally:
        upstream.goes_on.set()


def test_one_key_for_many_users(keyed):
    """As Open WebUI has one: its users have limits and accounts of their own. Nobody else can name one."""
    key = keyed.add("webui", "--may-act-for-users", "--rpm", "1")
    for user in ("ann-id", "bob-id"):
        named = {"X-OpenWebUI-User-Id": user}
        assert [chat(keyed, key, named).status_code for _ in range(2)] == [200, 429]
    plain = keyed.add("plain", "--rpm", "1")
    assert [chat(keyed, plain, {"X-OpenWebUI-User-Id": user}).status_code for user in ("ann-id", "bob-id")] == [200, 429]
    rows = usage(keyed, "--by", "user", "--key", public_part(key), wanted=2)
    assert {row["user"]: row["output_tokens"] for row in rows} == {"ann-id": 2, "bob-id": 2}


def usage(gateway, *arguments, wanted):
    """What is counted, once as many rows are there."""
    rows = []

    def are_there():
        rows[:] = [json.loads(line) for line in gateway.command_line("usage", "--format", "json", *arguments).splitlines()]
        return len(rows) >= wanted and all(row["output_tokens"] for row in rows)

    gateway.wait_until(are_there, f"{rows}")
    return rows


def test_accounts_outlive_a_kill(keyed):
    key = keyed.add("counted")
    for _ in range(3):
        chat(keyed, key).raise_for_status()
    before = usage(keyed, "--by", "key,model", "--key", public_part(key), wanted=1)
    assert [(row["requests"], row["input_tokens"], row["output_tokens"]) for row in before] == [(3, 33, 6)]
    keyed.kill()
    keyed.start()
    keyed.wait_until_ready()
    assert keyed.status() == 401, "it is still closed"
    chat(keyed, key).raise_for_status()
    keyed.wait_until(
        lambda: usage(keyed, "--by", "key", "--key", public_part(key), wanted=1)[0]["requests"] == 4, "it counts on")


def test_a_program_takes_its_sessions_over(upstream, tmp_path):
    gateway = KeyedGateway(upstream.url, tmp_path / "log", "--drain-timeout", "0s")
    try:
        gateway.wait_until_ready()
        with httpx.Client(base_url=gateway.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
            token = {"X-Session-Token": client.post("/api/v1/chat/token").json()["token"]}
            said = {"message": "Hi", "model": OPEN, "session_id": "mine"}
            client.post("/api/v1/chat/", json=said, headers=token).raise_for_status()
            client.post("/api/v1/chat/", json={**said, "session_id": "of-this-machine"}).raise_for_status()
            key = {"Authorization": f"Bearer {gateway.add('ann')}"}

            def sessions():
                found = client.get("/api/v1/chat/sessions", headers=key).raise_for_status().json()["sessions"]
                return sorted(session["session_id"] for session in found)

            assert sessions() == []
            adopted = client.post("/api/v1/chat/sessions/adopt", headers=key | token, json={})
            assert adopted.raise_for_status().json() == {"adopted": 1, "remaining": 0}
            assert sessions() == ["mine"]
            gateway.command_line("sessions", "adopt", "--key", "ann")
            gateway.wait_until(lambda: sessions() == ["mine", "of-this-machine"], "they are not the key's")
    finally:
        gateway.stop()
