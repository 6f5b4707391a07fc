"""The `anthropic` package."""

import time

import anthropic
import pytest

HELLO = {"max_tokens": 8, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def client(url):
    return anthropic.Anthropic(base_url=url, api_key="unused", max_retries=0)


@pytest.fixture
def newer_client(newer_url):
    return anthropic.Anthropic(base_url=newer_url, api_key="unused", max_retries=0)


@pytest.mark.parametrize("stream", [False, True])
def test_messages_where_ollama_has_none(client, stream):
    """Ollama 0.9.3 answers a bare `404 page not found`, which is no error of this API."""
    with pytest.raises(anthropic.NotFoundError) as raised:
        client.messages.create(model="tinyllama", stream=stream, **HELLO)
    assert raised.value.body["type"] == "error"
    assert raised.value.body["error"]["type"] == "not_found_error"
    assert "Ollama does not serve this path" in raised.value.body["error"]["message"]


def test_messages(newer_client, newer_ollama):
    answer = newer_client.messages.create(model="tinyllama:latest", **HELLO)
    assert [block.text for block in answer.content] == [newer_ollama.text]
    assert answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens == len(newer_ollama.words)


def test_messages_stream(newer_client, newer_ollama):
    newer_ollama.release_rest.clear()
    said = ""
    with newer_client.messages.stream(model="tinyllama:latest", **HELLO) as stream:
        for text in stream.text_stream:
            said += text
            # The first word came while the rest was held back: the gateway does not collect a stream.
            newer_ollama.release_rest.set()
        final = stream.get_final_message()
    assert said == newer_ollama.text
    assert final.content[0].text == newer_ollama.text
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens == len(newer_ollama.words)


def test_a_stream_that_breaks(newer_client, newer_ollama):
    newer_ollama.breaks = True
    with pytest.raises(anthropic.APIStatusError) as raised:
        with newer_client.messages.stream(model="tinyllama:latest", **HELLO) as stream:
            list(stream.text_stream)
    assert raised.value.body["error"] == {"type": "api_error", "message": "Ollama broke the connection off."}
    assert raised.value.body["request_id"] == raised.value.response.headers["request-id"]


def test_heartbeats(beating_url, newer_ollama):
    client = anthropic.Anthropic(base_url=beating_url, api_key="unused", max_retries=0)
    newer_ollama.release_head.clear()
    newer_ollama.release_rest.clear()
    said = ""
    # It begins before Ollama has answered.
    with client.messages.stream(model="tinyllama:latest", **HELLO) as stream:
        newer_ollama.release_head.set()
        for text in stream.text_stream:
            said += text
            if not newer_ollama.release_rest.is_set():
                time.sleep(0.5)
                newer_ollama.release_rest.set()
    assert said == newer_ollama.text


def test_an_error_names_its_request(newer_client):
    with pytest.raises(anthropic.NotFoundError) as raised:
        newer_client.messages.create(model="nosuch", **HELLO)
    assert raised.value.request_id == raised.value.response.headers["X-Request-Id"]


def test_unknown_model(newer_client):
    with pytest.raises(anthropic.NotFoundError) as raised:
        newer_client.messages.create(model="nosuch", **HELLO)
    assert raised.value.body["error"] == {"type": "not_found_error", "message": "model 'nosuch' not found"}
