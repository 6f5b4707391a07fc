"""The `langchain-ollama` package."""

import pytest
from langchain_ollama import ChatOllama, OllamaEmbeddings


@pytest.fixture
def chat(url):
    return ChatOllama(model="tinyllama", base_url=url, num_predict=8, temperature=0)


def test_invoke(chat):
    answer = chat.invoke("Hello")
    assert answer.content
    assert answer.usage_metadata["output_tokens"] > 0


def test_stream(chat):
    chunks = list(chat.stream("Hello"))
    assert len(chunks) > 2
    assert "".join(chunk.content for chunk in chunks) == chat.invoke("Hello").content
    assert any(chunk.response_metadata.get("done_reason") in ("stop", "length") for chunk in chunks)


def test_embeddings(url):
    assert len(OllamaEmbeddings(model="tinyllama", base_url=url).embed_query("a fox")) == 576
