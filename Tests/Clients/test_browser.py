"""What a browser does before and around the requests of the official JavaScript clients."""

import httpx
import pytest

LOCAL = "http://localhost:3000"
FOREIGN = "https://attacker.example"

# What the clients send on a request with a body, in the lower case and order of a preflight.
OPENAI_HEADERS = [
    "authorization", "content-type", "openai-organization", "openai-project", "x-stainless-arch",
    "x-stainless-helper-method", "x-stainless-lang", "x-stainless-os", "x-stainless-package-version",
    "x-stainless-retry-count", "x-stainless-runtime", "x-stainless-runtime-version", "x-stainless-timeout",
]
ANTHROPIC_HEADERS = [
    "anthropic-beta", "anthropic-dangerous-direct-browser-access", "anthropic-version", "content-type", "x-api-key",
    "x-stainless-arch", "x-stainless-helper", "x-stainless-helper-method", "x-stainless-lang", "x-stainless-os",
    "x-stainless-package-version", "x-stainless-retry-count", "x-stainless-runtime", "x-stainless-runtime-version",
    "x-stainless-timeout",
]

CLIENTS = pytest.mark.parametrize("path, headers", [
    ("/v1/chat/completions", OPENAI_HEADERS),
    ("/v1/responses", OPENAI_HEADERS),
    ("/v1/messages", ANTHROPIC_HEADERS),
    ("/api/chat", ["content-type"]),
    ("/api/v1/chat/", ["content-type"]),
], ids=["openai chat", "openai responses", "anthropic", "ollama", "gateway"])


def preflight(url, path, headers, origin):
    return httpx.options(f"{url}{path}", trust_env=False, headers={
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(headers),
    })


def names(value):
    return {name.strip().lower() for name in value.split(",")}


@CLIENTS
def test_preflight(url, path, headers):
    answer = preflight(url, path, headers, LOCAL)
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] == LOCAL
    assert "post" in names(answer.headers["access-control-allow-methods"])
    # By name: `*` does not cover Authorization, and not every browser takes it.
    assert set(headers) <= names(answer.headers["access-control-allow-headers"])
    assert "origin" in names(answer.headers["vary"])


@CLIENTS
def test_preflight_of_a_foreign_page(url, path, headers):
    answer = preflight(url, path, headers, FOREIGN)
    assert "access-control-allow-origin" not in answer.headers


def test_request_of_a_page(url):
    answer = httpx.post(f"{url}/v1/chat/completions", headers={"Origin": LOCAL}, timeout=120, trust_env=False, json={
        "model": "tinyllama", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3})
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == LOCAL
    assert "origin" in names(answer.headers["vary"])


def test_stream_of_a_page(url):
    with httpx.stream("POST", f"{url}/api/chat", headers={"Origin": LOCAL}, timeout=120, trust_env=False, json={
            "model": "tinyllama", "messages": [{"role": "user", "content": "Hello"}],
            "options": {"num_predict": 3}}) as answer:
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == LOCAL
        assert b'"done":true' in answer.read()


def test_error_can_be_read_by_the_page(url):
    answer = httpx.post(f"{url}/v1/chat/completions", headers={"Origin": LOCAL}, timeout=120, trust_env=False, json={
        "model": "nosuch", "messages": [{"role": "user", "content": "Hello"}]})
    assert answer.status_code == 404
    assert answer.headers["access-control-allow-origin"] == LOCAL


def test_request_of_a_foreign_page(url):
    answer = httpx.post(f"{url}/api/generate", headers={"Origin": FOREIGN}, trust_env=False, json={"model": "tinyllama"})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
