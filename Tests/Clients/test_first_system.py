"""The five curl lines of the first system, as people have them in their notes; only the port is the test's."""

import json
import shlex
import subprocess

SECONDS = "240"


def run(line, url):
    line = line.replace("http://localhost:10200", url.replace("127.0.0.1", "localhost"))
    command = shlex.split(line)
    assert command[0] == "curl"
    # Beside what the line says: no progress meter, an end at some time, and a failure for a failed answer.
    command[1:1] = ["-sS", "--fail-with-body", "--noproxy", "*", "-m", SECONDS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
    return done.stdout


def test_chat(url):
    answer = json.loads(run(
        """curl -X POST http://localhost:10200/api/v1/chat/ -H "Content-Type: application/json" """
        """-d '{"message": "Hello", "model": "tinyllama:latest"}'""", url))
    assert answer["response"].strip()
    assert answer["session_id"]
    assert answer["model"] == "tinyllama:latest"
    assert answer["status"] == "success"
    assert answer["timestamp"].endswith("Z")
    assert answer["response_time"] > 0
    assert answer["usage"]["prompt_tokens"] > 0
    assert answer["usage"]["completion_tokens"] > 0


def test_chat_stream(url):
    text = run(
        """curl -X POST http://localhost:10200/api/v1/chat/ -H "Content-Type: application/json" """
        """-d '{"message": "Hello", "model": "tinyllama:latest", "stream": true}'""", url)
    events = server_sent_events(text)
    names = [name for name, _, _ in events]
    assert names[0] == "stream_start", text
    assert names[-1] == "stream_end", text
    assert all(data["type"] == name for name, _, data in events)
    chunks = [(identifier, data) for name, identifier, data in events if name == "stream_chunk"]
    assert [data["done"] for _, data in chunks] == [False] * (len(chunks) - 1) + [True]
    said = "".join(data["content"] for _, data in chunks)
    end = events[-1][2]
    assert said.strip() and said == end["full_response"]
    assert end["done_reason"] in ("stop", "length")
    assert end["usage"]["completion_tokens"] > 0
    # `id:` is GENERATION:SEQ; a client resumes after the last one that it saw.
    sequence = [int(identifier.rpartition(":")[2]) for _, identifier, _ in events if identifier]
    assert sequence and sequence == sorted(set(sequence))


def test_health(url):
    health = json.loads(run("curl http://localhost:10200/health", url))
    assert health["status"] == "healthy"
    assert health["app"]


def test_chat_health(url, real_ollama):
    health = json.loads(run("curl http://localhost:10200/api/v1/chat/health", url))
    assert health["status"] == "healthy"
    assert health["ollama_url"].rstrip("/") == real_ollama
    assert health["model_count"] == 2
    assert health["timestamp"].endswith("Z")


def test_chat_models(url, real_ollama):
    models = json.loads(run("curl http://localhost:10200/api/v1/chat/models", url))
    assert {model["name"] for model in models["models"]} == {"smollm2:135m", "tinyllama:latest"}
    assert all(model["size"] > 50_000_000 and model["modified"] for model in models["models"])
    assert models["count"] == 2
    assert models["ollama_url"].rstrip("/") == real_ollama


def server_sent_events(text):
    """The events of a stream as (event, id, data); comments are left out."""
    events = []
    for block in text.split("\n\n"):
        fields = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
        if "data" in fields:
            events.append((fields.get("event"), fields.get("id"), json.loads(fields["data"])))
    return events
