"""The `anthropic` package."""

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


def test_unknown_model(newer_client):
    with pytest.raises(anthropic.NotFoundError) as raised:
        newer_client.messages.create(model="nosuch", **HELLO)
    assert raised.value.body["error"] == {"type": "not_found_error", "message": "model 'nosuch' not found"}
