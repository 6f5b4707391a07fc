"""The AsyncAPI document is one, and what is said over the WebSockets is what it says."""

import json
import warnings

import httpx
import pytest
from websockets.sync.client import connect

from api_documents import Document

with warnings.catch_warnings():
    # Of names in its own classes.
    warnings.simplefilter("ignore")
    from asyncapi3 import AsyncAPI3

TIMEOUT = 120


@pytest.fixture(scope="module")
def document(gateway):
    return Document(httpx.get(f"{gateway.url}/asyncapi.json", trust_env=False).json())


def messages(document, side):
    """The messages of one side by their type."""
    return {
        message["name"]: message for key, message in document.content["components"]["messages"].items()
        if key.startswith(f"{side}-")}


def test_the_document_is_valid(document):
    AsyncAPI3.model_validate(document.content)
    channels = {channel["address"] for channel in document.content["channels"].values()}
    assert channels == {"/ws", "/api/v1/chat/ws"}
    for operation in document.content["operations"].values():
        for message in operation["messages"]:
            assert "$ref" in document.resolve(message["$ref"])


def test_examples_follow_their_schemas(document):
    for side in ("client", "server"):
        for name, message in messages(document, side).items():
            assert message["examples"], name
            for example in message["examples"]:
                document.validate(message["payload"]["$ref"], example["payload"])


class Conversation:
    """A WebSocket whose messages are held to the document, both ways."""

    def __init__(self, socket, document):
        self.socket = socket
        self.document = document
        self.client = messages(document, "client")
        self.server = messages(document, "server")
        self.heard = set()

    def send(self, message):
        name = {"history": "get_history"}.get(message.get("type", "chat"), message.get("type", "chat"))
        self.document.validate(self.client[name]["payload"]["$ref"], message)
        self.socket.send(json.dumps(message))

    def receive(self):
        message = json.loads(self.socket.recv(timeout=TIMEOUT))
        self.document.validate(self.server[message["type"]]["payload"]["$ref"], message)
        self.heard.add(message["type"])
        return message

    def receive_until(self, *types):
        while True:
            message = self.receive()
            if message["type"] in types:
                return message


@pytest.mark.parametrize("path", ["/ws", "/api/v1/chat/ws"])
def test_everything_that_is_said_follows_the_document(document, url, newer_url, path):
    with connect(f"{url.replace('http', 'ws')}{path}?client_id=test", proxy=None) as socket:
        talk = Conversation(socket, document)
        talk.receive_until("connection")
        talk.send({"message": "Say hello.", "max_tokens": 8, "temperature": None})
        talk.receive_until("stream_end")
        talk.send({"type": "chat", "message": "Say hello.", "max_tokens": 8, "stream": False})
        talk.receive_until("response")
        talk.send({"type": "chat", "message": "Count to one thousand, one number a line.", "max_tokens": 2000})
        talk.receive_until("stream_chunk")
        talk.send({"type": "resume", "after": 0})
        talk.receive_until("resumed")
        talk.send({"type": "chat", "message": "Say hello.", "max_tokens": 8})
        talk.receive_until("message_queued")
        talk.send({"type": "stop"})
        talk.receive_until("stream_end")
        talk.receive_until("message_received")
        talk.receive_until("stream_end")
        talk.send({"type": "text", "message": "Say hello.", "max_tokens": 8, "include_context": False})
        talk.receive_until("response")
        for question, answer in [
            ({"type": "get_history"}, "history"), ({"type": "history"}, "history"), ({"type": "ping"}, "pong"),
            ({"type": "config", "config": {"a": [1]}}, "config_updated"),
            ({"type": "connect"}, "connection"), ({"type": "handshake"}, "connection"),
            ({"type": "command", "command": "reboot"}, "command_response"),
            ({"type": "command", "command": "get_metrics"}, "command_response"),
            ({"type": "command", "command": "get_history"}, "command_response"),
            ({"type": "command", "command": "clear_history"}, "command_response"),
            ({"type": "clear_history"}, "history_cleared"),
        ]:
            talk.send(question)
            talk.receive_until(answer)
        talk.send({"type": "chat", "message": "Hi", "model": "nobody"})
        talk.receive_until("error")
        socket.send("no JSON")
        talk.receive_until("error")
        httpx.post(f"{url}/api/v1/chat/broadcast", json={"message": "All."}, trust_env=False).raise_for_status()
        talk.receive_until("broadcast")
        # No model of the real Ollama thinks.
        with connect(f"{newer_url.replace('http', 'ws')}{path}", proxy=None) as thinking_socket:
            thinking = Conversation(thinking_socket, document)
            thinking.send({"type": "chat", "message": "Think first.", "think": True})
            thinking.receive_until("thinking_chunk")
            assert thinking.receive_until("stream_end")["thinking"]
        talk.heard |= thinking.heard
        # Before one server nothing waits.
        assert talk.heard == set(talk.server) - {"queued"}, "every message of the document was heard"


def test_every_example_of_a_client_is_understood(document, url):
    """None of them is answered by an error about the message itself."""
    with connect(f"{url.replace('http', 'ws')}/ws", proxy=None) as socket:
        talk = Conversation(socket, document)
        talk.receive_until("connection")
        for name, message in talk.client.items():
            for example in message["examples"]:
                talk.send(example["payload"])
                if name in ("chat", "text"):
                    talk.receive_until("stream_end", "response")
        talk.send({"type": "ping"})
        talk.receive_until("pong")
        assert "error" not in talk.heard
