"""The OpenAPI document is one, and the gateway answers as it says."""

import base64
import copy
import json
import pathlib
import subprocess
import sys

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from api_documents import Document

CONFIGURATION = pathlib.Path(__file__).parent / "schemathesis.toml"
SCHEMATHESIS_SECONDS = 300
TIMEOUT = 120

# A PNG of one grey pixel, in base 64.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

# What this Ollama does not serve, or must not be asked for by a test.
UNSERVED = {"createResponse", "createTranscription", "createMessage"}

# They would take the only server out of work.
UNSERVED |= {"drainServer", "resumeServer"}

# The one server of this gateway has no name that an example could know.
UNSERVED |= {"showServer"}

# Only who shows a key is served: a test of keys has them.
UNSERVED |= {"adoptSessions", "listAllSessions"}
KEYED = ("Sign-in", "Keys and usage", "LiteLLM")

# What has a body of bytes, or none without one given before: a test of their own.
IMAGES = {"addImage", "getImage"}


@pytest.fixture(scope="module")
def document(gateway):
    return Document(httpx.get(f"{gateway.url}/openapi.json", trust_env=False).json())


def test_the_document_is_valid(document):
    assert document.content["openapi"] == "3.2.0"
    validate(document.content)
    for name, schema in document.content["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert document.is_valid_reference(f"#/components/schemas/{name}")


def test_both_addresses_and_every_base_path(gateway, proxied, document):
    with httpx.Client(trust_env=False) as http:
        assert http.get(f"{gateway.url}/api/v1/openapi.json").json() == document.content
        _, base = proxied
        behind = http.get(f"{base}/ai/openapi.json")
        assert behind.json()["servers"] == [{"url": "/ai"}]
        # Asked for again, it comes only if it is another one.
        known = http.get(f"{base}/ai/openapi.json", headers={"If-None-Match": behind.headers["etag"]})
        assert known.status_code == 304


def test_examples_of_answers_follow_their_schemas(document):
    count = 0
    for operation in document.operations():
        for response in operation.responses.values():
            for media in response.get("content", {}).values():
                for example in document.examples(media):
                    document.check(media, example)
                    count += 1
    assert count > 40


def test_examples_of_requests_are_answered_as_the_document_says(document, url):
    """Against the real Ollama: an example that does not work would not be one."""
    asked = set()
    with httpx.Client(base_url=url, trust_env=False, timeout=TIMEOUT) as http:
        for operation in document.operations():
            if operation.tag in ("WebSocket", "Model management", *KEYED) or operation.id in UNSERVED | IMAGES:
                continue
            for body in document.request_examples(operation) or [None]:
                if body is not None:
                    document.check(operation.json_body, body)
                response = http.request(operation.method, document.example_path(operation), json=cut_short(body))
                assert response.status_code == 200 or operation.id.endswith("Stream"), (operation.id, response.text)
                document.check_response(operation, response)
                asked.add(operation.id)
    assert len(asked) > 25


def test_images_are_answered_as_the_document_says(document, url):
    operations = {operation.id: operation for operation in document.operations() if operation.id in IMAGES}
    with httpx.Client(base_url=url, trust_env=False, timeout=TIMEOUT) as http:
        path = document.example_path(operations["addImage"])
        added = http.post(path, content=base64.b64decode(PIXEL), headers={"Content-Type": "image/png"})
        assert added.status_code == 200, added.text
        document.check_response(operations["addImage"], added)
        assert added.json()["media_type"] == "image/png"
        seen = http.get(f"{path}/{added.json()['digest']}")
        assert seen.status_code == 200 and seen.content == base64.b64decode(PIXEL)
        document.check_response(operations["getImage"], seen)


def cut_short(body):
    """The same request for an answer of a few tokens: there is nothing to learn from more."""
    return body | {"max_tokens": 8} if body and "max_tokens" in body else body


def test_failures_are_those_of_the_document(document, url):
    """Each format of errors, and what only a WebSocket's address answers."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    requests = [
        ("chat", 415, {"content": b"x", "headers": {"Content-Type": "text/plain"}}),
        ("chat", 400, {"content": b"{"}),
        ("chat", 422, {"json": {"message": 5}}),
        ("chat", 404, {"json": {"message": "Hi", "model": "nobody"}}),
        ("broadcast", 415, {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
        ("listSessions", 422, {"params": {"limit": "501"}}),
        ("listSessions", 403, {"headers": {"Origin": "https://evil.example"}}),
        ("generate", 404, {"json": {"model": "nobody"}}),
        ("generate", 403, {"json": {"model": "tinyllama", "keep_alive": 0}}),
        ("pull", 403, {"json": {"model": "tinyllama"}}),
        ("createChatCompletion", 404, {"json": {"model": "nobody", "messages": [{"role": "user", "content": "Hi"}]}}),
        ("createMessage", 404, {"json": {"model": "nobody"}}),
        ("openWebSocket", 400, {}),
        ("openWebSocket", 422, {"params": {"after": "x"}, "headers": upgrade | {"Sec-WebSocket-Version": "13"}}),
        ("openWebSocket", 426, {"headers": upgrade | {"Sec-WebSocket-Version": "8"}}),
    ]
    operations = {operation.id: operation for operation in document.operations()}
    with httpx.Client(base_url=url, trust_env=False, timeout=TIMEOUT) as http:
        for name, status, request in requests:
            operation = operations[name]
            response = http.request(operation.method, document.example_path(operation), **request)
            assert response.status_code == status, (name, response.text)
            document.check_response(operation, response)


@pytest.mark.parametrize("name", ["openWebSocket", "openChatWebSocket"])
def test_a_websocket_opens_as_the_document_says(document, url, name):
    operation = next(operation for operation in document.operations() if operation.id == name)
    with connect(f"{url.replace('http', 'ws')}{operation.path}", proxy=None) as socket:
        assert str(socket.response.status_code) in operation.responses
        for field in operation.responses["101"]["headers"]:
            assert field in socket.response.headers
    with pytest.raises(InvalidStatus) as refusal:
        connect(f"{url.replace('http', 'ws')}{operation.path}", origin="https://evil.example", proxy=None)
    assert str(refusal.value.response.status_code) in operation.responses


def test_schemathesis(fuzzed_url, document, tmp_path):
    """Requests as the document allows them and as it does not: no answer that it does not allow."""
    (tmp_path / "openapi.json").write_text(json.dumps(for_this_ollama(without_examples(document.content))))
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", CONFIGURATION, "run",
               tmp_path / "openapi.json", "--url", fuzzed_url, "--checks", "all"]
    run = subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SCHEMATHESIS_SECONDS)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Stateful" in run.stdout and "Tested: 0" not in run.stdout


def without_examples(content):
    """The document without what requests could be made of that Ollama answers at length: they have a test of their own."""
    content = copy.deepcopy(content)
    content["components"]["examples"] = {}
    for path in content["paths"].values():
        for operation in path.values():
            medias = list(operation.get("requestBody", {}).get("content", {}).values())
            medias += [m for r in operation["responses"].values() for m in r.get("content", {}).values()]
            for media in medias:
                media.pop("examples", None)
    return content


def for_this_ollama(content):
    """The document as the Ollama of the test has it: newer ones take words for `think` as well, which it refuses.

    By a schema alone no text can be made that is an image: here is one.
    """
    content["components"]["schemas"]["Think"] = {"type": ["boolean", "null"]}
    content["components"]["schemas"]["ChatRequest"]["properties"]["images"]["items"] = {"const": PIXEL}
    return content
