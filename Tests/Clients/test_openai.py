"""The `openai` package."""

import time

import openai
import pytest

MODEL = "tinyllama"
HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def client(url):
    return openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0)


@pytest.fixture
def newer_client(newer_url):
    return openai.OpenAI(base_url=f"{newer_url}/v1", api_key="secret", max_retries=0)


def test_chat(client):
    answer = client.chat.completions.create(model=MODEL, messages=HELLO, max_tokens=8)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.completion_tokens > 0


def test_chat_stream(client):
    stream = client.chat.completions.create(
        model=MODEL, messages=HELLO, max_tokens=8, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] in ("stop", "length")
    assert chunks[-1].usage.completion_tokens > 0


def test_completions(client):
    answer = client.completions.create(model=MODEL, prompt="Hello", max_tokens=6)
    assert answer.choices[0].text


def test_completions_stream(client):
    chunks = list(client.completions.create(model=MODEL, prompt="Hello", max_tokens=6, stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks)


def test_embeddings(client):
    answer = client.embeddings.create(model=MODEL, input=["a fox", "a dog"])
    assert [len(item.embedding) for item in answer.data] == [576, 576]


def test_models_list(client):
    assert {model.id for model in client.models.list()} == {"smollm2:135m", "tinyllama:latest"}


def test_models_retrieve(client):
    assert client.models.retrieve("tinyllama:latest").id == "tinyllama:latest"


def test_unknown_model(client):
    with pytest.raises(openai.NotFoundError) as raised:
        client.chat.completions.create(model="nosuch", messages=HELLO)
    assert raised.value.body["message"] == 'model "nosuch" not found, try pulling it first'


def test_responses_where_ollama_has_none(client):
    """Ollama 0.9.3 answers a bare `404 page not found`, which is no error of this API."""
    with pytest.raises(openai.NotFoundError) as raised:
        client.responses.create(model=MODEL, input="Hello")
    assert set(raised.value.body) == {"message", "type", "param", "code"}
    assert "Ollama does not serve this path" in raised.value.body["message"]


def test_responses(newer_client, newer_ollama):
    answer = newer_client.responses.create(model="tinyllama:latest", input="Hello")
    assert answer.output_text == newer_ollama.text
    assert answer.usage.output_tokens == len(newer_ollama.words)


def test_responses_stream(newer_client, newer_ollama):
    newer_ollama.release_rest.clear()
    said = ""
    for event in newer_client.responses.create(model="tinyllama:latest", input="Hello", stream=True):
        if event.type == "response.output_text.delta":
            said += event.delta
            # The first word came while the rest was held back: the gateway does not collect a stream.
            newer_ollama.release_rest.set()
    assert said == newer_ollama.text
    assert event.type == "response.completed"
    assert event.response.output_text == newer_ollama.text


def test_responses_stream_that_breaks(newer_client, newer_ollama):
    """The error that the gateway ends it with is one for the client as well: it finds it in `error`."""
    newer_ollama.breaks = True
    said = ""
    with pytest.raises(openai.APIError) as raised:
        for event in newer_client.responses.create(model="tinyllama:latest", input="Hello", stream=True):
            if event.type == "response.output_text.delta":
                said += event.delta
    assert said == newer_ollama.words[0]
    assert raised.value.message == "Ollama broke the connection off."
    assert raised.value.code == "bad_gateway"


def test_responses_with_heartbeats(beating_url, newer_ollama):
    client = openai.OpenAI(base_url=f"{beating_url}/v1", api_key="unused", max_retries=0)
    newer_ollama.release_head.clear()
    newer_ollama.release_rest.clear()
    said = ""
    # It begins before Ollama has answered.
    with client.responses.create(model="tinyllama:latest", input="Hello", stream=True) as stream:
        newer_ollama.release_head.set()
        for event in stream:
            if event.type == "response.output_text.delta":
                said += event.delta
                if not newer_ollama.release_rest.is_set():
                    time.sleep(0.5)
                    newer_ollama.release_rest.set()
    assert said == newer_ollama.text


def test_an_unknown_model_after_a_heartbeat(beating_url, newer_ollama):
    client = openai.OpenAI(base_url=f"{beating_url}/v1", api_key="unused", max_retries=0)
    newer_ollama.release_head.clear()
    with client.responses.create(model="nosuch", input="Hello", stream=True) as stream:
        newer_ollama.release_head.set()
        with pytest.raises(openai.APIError) as raised:
            list(stream)
    assert raised.value.message == "model 'nosuch' not found"
    assert raised.value.code == "not_found"


def test_responses_unknown_model(newer_client):
    with pytest.raises(openai.NotFoundError) as raised:
        newer_client.responses.create(model="nosuch", input="Hello")
    assert raised.value.body["message"] == "model 'nosuch' not found"


def test_key_stays_at_the_gateway(newer_client, newer_ollama):
    newer_client.responses.create(model="tinyllama:latest", input="Hello")
    assert any(path == "/v1/responses" for _, path, _, _ in newer_ollama.requests)
    for _, _, headers, _ in newer_ollama.requests:
        assert not {"authorization", "cookie", "origin"} & set(headers)
        assert "secret" not in str(headers)
