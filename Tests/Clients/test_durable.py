"""A client whose gateway is killed in the middle of an answer, and started again on the same store."""

import itertools
import json
import re
import socket
import threading
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from gateway import Gateway
from pages import Person, answers, ask, violations, wait_for_end
from scripted_ollama import MODEL

TIMEOUT = 60
SESSION = "kept"


@pytest.fixture
def talk():
    """Pieces of an answer without end, until the test is over."""
    over = threading.Event()

    def pieces():
        for number in itertools.count(1):
            if over.wait(0.02):
                return
            yield f"word{number} "

    yield pieces
    over.set()


def writes(gateway):
    text = httpx.get(f"{gateway.url}/metrics", trust_env=False).text
    return float(re.search(r"^ollama_gateway_store_writes_total\{[^}]*\} (\S+)$", text, re.MULTILINE)[1])


def wait_until_kept(gateway):
    """Until all that has been said by now is in the store: of two writes that follow, one was begun after now."""
    before = writes(gateway)
    deadline = time.monotonic() + TIMEOUT
    while writes(gateway) < before + 2:
        assert time.monotonic() < deadline, "nothing is stored"
        time.sleep(0.05)


def restart(gateway):
    gateway.kill()
    gateway.start()
    gateway.wait_until_ready()


def opened(gateway):
    return connect(
        f"ws://127.0.0.1:{gateway.port}/ws?session_id={SESSION}", open_timeout=TIMEOUT, close_timeout=TIMEOUT, proxy=None)


def receive(connection, *types):
    """The next message of one of these types."""
    while True:
        message = json.loads(connection.recv(timeout=TIMEOUT))
        if message["type"] in types:
            return message


def history(gateway):
    answer = httpx.get(f"{gateway.url}/api/v1/chat/sessions/{SESSION}", trust_env=False)
    answer.raise_for_status()
    return answer.json()["messages"]


def say(gateway, text, **fields):
    answer = httpx.post(
        f"{gateway.url}/api/v1/chat/", json={"message": text, "model": MODEL, "session_id": SESSION, **fields},
        trust_env=False, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()


def test_killed_in_mid_stream(scripted_ollama, scripted_gateway, talk):
    gateway = scripted_gateway
    scripted_ollama.answers = [["Good ", "morning."], talk(), ["Again."]]
    assert say(gateway, "Hello")["response"] == "Good morning."
    with opened(gateway) as connection:
        connection.send(json.dumps({"type": "chat", "message": "Go on", "model": MODEL}))
        generation = receive(connection, "stream_start")["generation_id"]
        first = receive(connection, "stream_chunk")
        wait_until_kept(gateway)
        gateway.kill()
        seen = [first]
        with pytest.raises(ConnectionClosed):
            while True:
                seen.append(receive(connection, "stream_chunk"))
    gateway.start()
    gateway.wait_until_ready()

    question, answer, second, cut = history(gateway)
    assert [question["content"], answer["content"], second["content"]] == ["Hello", "Good morning.", "Go on"]
    assert cut["interrupted"] is True and "interrupted" not in answer
    # What the client has seen and what is kept are the beginning of the same text.
    text = "".join(chunk["content"] for chunk in seen)
    assert cut["content"].startswith(first["content"])
    assert text.startswith(cut["content"]) or cut["content"].startswith(text)

    with opened(gateway) as connection:
        connection.send(json.dumps({"type": "resume", "after": first["seq"]}))
        assert receive(connection, "resumed", "error")["generation_id"] == generation
        told, numbers = first["content"], [first["seq"]]
        while (event := receive(connection, "stream_chunk", "stream_end", "error"))["type"] == "stream_chunk":
            told += event["content"]
            numbers.append(event["seq"])
    assert (event["type"], event["code"]) == ("error", "interrupted")
    assert event["full_response"] == cut["content"] == told
    assert numbers == list(range(1, len(numbers) + 1))

    # By another way, from the last one seen on: what was kept beyond it, and the end above both.
    last = seen[-1]["seq"]
    stream = httpx.get(
        f"{gateway.url}/api/v1/chat/sessions/{SESSION}/stream", headers={"Last-Event-ID": f"{generation}:{last}"},
        trust_env=False, timeout=TIMEOUT)
    events = [json.loads(line[6:]) for line in stream.text.splitlines() if line.startswith("data: ")]
    ids = [line[4:] for line in stream.text.splitlines() if line.startswith("id: ")]
    end = max(last, numbers[-1]) + 1
    assert events[-1]["code"] == "interrupted" and events[-1]["full_response"] == cut["content"]
    assert ids == [f"{generation}:{number}" for number in range(last + 1, end + 1)]

    assert say(gateway, "Once more")["response"] == "Again."
    assert [message["role"] for message in history(gateway)] == ["user", "assistant"] * 3
    # The model was told what was kept.
    assert cut["content"] in [message["content"] for message in scripted_ollama.requests[-1]["messages"]]


def test_an_idempotency_key_after_a_dropped_connection(scripted_ollama, scripted_gateway):
    gateway = scripted_gateway
    goes_on = threading.Event()
    scripted_ollama.answers = [["Once ", goes_on, "only."]]
    body = json.dumps({"message": "Count", "model": MODEL, "session_id": SESSION, "stream": True}).encode()
    head = (
        f"POST /api/v1/chat/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: key-1\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        connection.sendall(head + body)
        deadline = time.monotonic() + TIMEOUT
        while not scripted_ollama.requests:
            assert time.monotonic() < deadline, "Ollama was not asked"
            time.sleep(0.02)
    goes_on.set()

    def again():
        stream = httpx.post(
            f"{gateway.url}/api/v1/chat/", content=body, trust_env=False, timeout=TIMEOUT,
            headers={"Content-Type": "application/json", "Idempotency-Key": "key-1"})
        events = [json.loads(line[6:]) for line in stream.text.splitlines() if line.startswith("data: ")]
        assert "".join(event["content"] for event in events if event["type"] == "stream_chunk") == "Once only."
        numbers = [event["seq"] for event in events if "seq" in event]
        assert numbers == sorted(set(numbers))
        return events[-1]

    end = again()
    assert (end["type"], end["full_response"]) == ("stream_end", "Once only.")
    restart(gateway)
    assert again() == end
    assert len(scripted_ollama.requests) == 1, "one key, one generation"
    assert [message["content"] for message in history(gateway)] == ["Count", "Once only."]
    other = httpx.post(
        f"{gateway.url}/api/v1/chat/", json={"message": "Other"}, trust_env=False, headers={"Idempotency-Key": "key-1"})
    assert other.status_code == 422


def test_the_chat_page(browser, scripted_ollama, scripted_gateway, talk):
    gateway = scripted_gateway
    scripted_ollama.answers = [talk()]
    with Person(browser, gateway.url, expected=["WebSocket", "Failed to load resource"]) as person:
        tab = person.open()
        ask(tab, "Go on")
        answers(tab).get_by_text("word1 ").first.wait_for()
        wait_until_kept(gateway)
        restart(gateway)
        tab.get_by_text("Interrupted: the gateway ended before this answer did").wait_for()
        assert answers(tab).first.inner_text().startswith("word1 ")
        tab.get_by_role("button", name="Answer anew").wait_for()
        assert not tab.locator(".trouble").is_visible()
        assert violations(tab) == []
        # As the history has it, after a reload as well.
        tab.reload()
        tab.get_by_text("Interrupted: the gateway ended before this answer did").wait_for()
        tab.goto(f"{gateway.url}/status")
        card = tab.locator("#store")
        card.get_by_text("SQLite").wait_for()
        assert card.locator(".up").inner_text() == "ok"
        assert "gateway.db" in card.inner_text()
        assert violations(tab) == []


def test_the_chat_page_while_the_store_fails(browser, scripted_ollama, tmp_path):
    gateway = Gateway(scripted_ollama.url, tmp_path / "log", "--drain-timeout", "0s", "--store-timeout", "1s")
    goes_on = threading.Event()
    scripted_ollama.answers = [["Half ", goes_on, "whole."], ["Taken."]]
    store = tmp_path / "log.state" / "ollama-gateway" / "gateway.db"
    try:
        gateway.wait_until_ready()
        with Person(browser, gateway.url, expected=["WebSocket", "Failed to load resource"]) as person:
            tab = person.open()
            ask(tab, "Go on")
            answers(tab).get_by_text("Half").wait_for()
            store.rename(store.with_suffix(".away"))
            goes_on.set()
            tab.get_by_text("Not stored yet").wait_for()
            assert answers(tab).first.inner_text() == "Half whole."
            ask(tab, "More")
            tab.get_by_text("This was not taken: The store").wait_for()
            status = person.open("/status")
            status.get_by_text("The store of the chats does not work").wait_for()
            assert status.locator("#store .down").inner_text() == "failing"
            assert violations(tab) == [] and violations(status) == []
            store.with_suffix(".away").rename(store)
            status.get_by_text("All is well").wait_for()
            tab.get_by_role("button", name="Send again").click()
            answers(tab).get_by_text("Taken.").wait_for()
            wait_for_end(tab, 2)
            tab.get_by_text("Not stored yet").wait_for(state="detached")
            assert answers(tab).all_inner_texts() == ["Half whole.", "Taken."]
            # What was late is there, once.
            restart(gateway)
            tab.reload()
            wait_for_end(tab, 2)
            assert answers(tab).all_inner_texts() == ["Half whole.", "Taken."]
            assert not tab.get_by_text("Not stored yet").is_visible()
    finally:
        goes_on.set()
        gateway.stop()
