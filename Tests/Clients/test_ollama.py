"""The `ollama` package."""

import asyncio

import ollama
import pytest

MODEL = "tinyllama"
HELLO = [{"role": "user", "content": "Hello"}]
SHORT = {"num_predict": 12, "temperature": 0}


@pytest.fixture
def client(url):
    return ollama.Client(host=url)


def test_chat(client):
    answer = client.chat(MODEL, HELLO, options=SHORT)
    assert answer.message.role == "assistant"
    assert answer.message.content
    assert answer.done and answer.done_reason in ("stop", "length")
    assert 0 < answer.eval_count <= 12


def test_chat_stream(client):
    parts = list(client.chat(MODEL, HELLO, stream=True, options=SHORT))
    assert len(parts) > 2
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
    assert "".join(part.message.content for part in parts) == client.chat(MODEL, HELLO, options=SHORT).message.content
    assert parts[-1].eval_count > 0


def test_generate(client):
    answer = client.generate(MODEL, "Hello", options=SHORT)
    assert answer.response and answer.done


def test_generate_stream(client):
    parts = list(client.generate(MODEL, "Hello", stream=True, options=SHORT))
    assert len(parts) > 2
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
    assert "".join(part.response for part in parts)


def test_embed(client):
    answer = client.embed(MODEL, ["a fox", "a dog"])
    assert [len(embedding) for embedding in answer.embeddings] == [576, 576]
    assert answer.embeddings[0] != answer.embeddings[1]


def test_list(client):
    assert {model.model for model in client.list().models} == {"smollm2:135m", "tinyllama:latest"}


def test_show(client):
    shown = client.show(MODEL)
    assert shown.details.format == "gguf"
    assert shown.modelinfo["general.architecture"] == "llama"


def test_ps(client):
    client.generate(MODEL, "Hello", options={"num_predict": 1})
    assert "tinyllama:latest" in {model.name for model in client.ps().models}


def test_async_chat(url):
    async def chat():
        return await ollama.AsyncClient(host=url).chat(MODEL, HELLO, options=SHORT)

    assert asyncio.run(chat()).message.content


def test_async_chat_stream(url):
    async def chat():
        return [part async for part in await ollama.AsyncClient(host=url).chat(MODEL, HELLO, stream=True, options=SHORT)]

    parts = asyncio.run(chat())
    assert len(parts) > 2 and parts[-1].done
    assert "".join(part.message.content for part in parts)


@pytest.mark.parametrize("stream", [False, True])
def test_unknown_model(client, stream):
    with pytest.raises(ollama.ResponseError) as raised:
        list(client.chat("nosuch", HELLO, stream=stream))
    assert raised.value.status_code == 404
    assert raised.value.error == 'model "nosuch" not found, try pulling it first'


@pytest.mark.parametrize("change", [
    lambda client: client.pull("tinyllama"),
    lambda client: client.delete("smollm2:135m"),
    lambda client: client.copy("smollm2:135m", "another"),
    lambda client: client.generate(MODEL, keep_alive=0),
], ids=["pull", "delete", "copy", "unload"])
def test_changes_to_the_server_are_refused(client, change):
    with pytest.raises(ollama.ResponseError) as raised:
        change(client)
    assert raised.value.status_code == 403
    assert {model.model for model in client.list().models} == {"smollm2:135m", "tinyllama:latest"}
