"""Nothing acknowledged is lost: the gateway is killed at random moments under clients that talk, for each kind of store."""

import collections
import http.client
import http.server
import json
import random
import signal
import socket
import threading
import time

import pytest
import websockets.sync.client

from gateway import Gateway
from postgresql import PostgreSQL

KILLS = 200
TURNS = 1000
CLIENTS = 6
# What is this old when a gateway is killed was stored before: each second, and a little for a busy machine.
KEPT_SECONDS = 3.0


def words(name):
    """What the model says to a message, and how long it pauses behind each word."""
    choice = random.Random(name)
    slow = choice.random() < 0.15
    count = choice.randint(20, 60) if slow else choice.randint(1, 8)
    return [f"{name}.{number} " for number in range(count)], 0.1 if slow else choice.choice([0, 0, 0.002, 0.02])


class Ollama(http.server.ThreadingHTTPServer):
    """Says words that only belong to the message that it was asked last."""

    daemon_threads = True
    request_queue_size = 256

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            self.respond({"version": "0.9.3"} if self.path == "/api/version" else {"models": []})

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/api/chat":
                return self.respond({})
            said, pause = words(body["messages"][-1]["content"])
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for word in said:
                    self.line({"model": "m", "message": {"role": "assistant", "content": word}, "done": False})
                    if pause:
                        time.sleep(pause)
                self.line({
                    "model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
                    "total_duration": 1, "prompt_eval_count": 1, "eval_count": len(said)})
                self.wfile.write(b"0\r\n\r\n")
            except OSError:
                self.close_connection = True  # Who has asked was killed.

        def line(self, document):
            line = json.dumps(document).encode() + b"\n"
            self.wfile.write(b"%x\r\n%b\r\n" % (len(line), line))

        def respond(self, document):
            content = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # Who has asked was killed.

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Turn:
    """What a client knows of one of its messages."""

    def __init__(self, session, message):
        self.session, self.message = session, message
        self.is_taken = False
        self.is_answered = False
        # The text so far, with the time of each part.
        self.seen = []

    def note(self, event):
        match event["type"]:
            case "message_received" | "stream_start": self.is_taken = True
            case "stream_chunk" if not event["done"]: self.seen.append((time.monotonic(), event["content"]))
            case "stream_end":
                assert event["full_response"] == "".join(words(self.message)[0])
                self.is_answered = True

    def text_before(self, moment):
        return "".join(text for time, text in self.seen if time < moment)


class Client(threading.Thread):
    """Talks in a session of its own, in one of four ways, one turn behind the other."""

    def __init__(self, port, number, is_over):
        super().__init__(daemon=True)
        self.port, self.number, self.is_over = port, number, is_over
        self.turns = []
        self.failure = None
        self.way = [self.stream, self.whole, self.lines, self.socket][number % 4]

    def run(self):
        try:
            count = 0
            while not self.is_over.is_set():
                turn = Turn(f"chat-{self.number}-{count // 25}", f"m{self.number}-{count}")
                count += 1
                try:
                    self.way(turn)
                except (OSError, http.client.HTTPException, websockets.exceptions.WebSocketException):
                    time.sleep(0.02)  # It was killed, or does not listen yet.
                self.turns.append(turn)
        except BaseException as failure:
            self.failure = failure
            raise

    def post(self, turn, stream, accept="text/event-stream"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(
            "POST", "/api/v1/chat",
            json.dumps({"message": turn.message, "session_id": turn.session, "stream": stream}),
            {"Content-Type": "application/json", "Accept": accept})
        response = connection.getresponse()
        assert response.status in (200, 503), (response.status, response.read())
        return response

    def whole(self, turn):
        response = self.post(turn, False)
        document = json.loads(response.read())
        if response.status == 200 and document["status"] == "success":
            assert document["response"] == "".join(words(turn.message)[0])
            turn.is_taken = turn.is_answered = True

    def stream(self, turn):
        response = self.post(turn, True)
        if response.status == 200:
            for line in response:
                if line.startswith(b"data: "):
                    turn.note(json.loads(line[6:]))

    def lines(self, turn):
        response = self.post(turn, True, "application/x-ndjson")
        if response.status == 200:
            for line in response:
                turn.note(json.loads(line))

    def socket(self, turn):
        url = f"ws://127.0.0.1:{self.port}/ws?session_id={turn.session}"
        with websockets.sync.client.connect(url, proxy=None, close_timeout=0.1) as socket:
            socket.send(json.dumps({"type": "chat", "message": turn.message}))
            mine = False
            while True:
                event = json.loads(socket.recv(timeout=60))
                # An earlier generation of the session may be told first.
                mine = mine or event["type"] == "message_received"
                if mine:
                    turn.note(event)
                if event["type"] in ("stream_end", "error") and mine or event["type"] == "error":
                    return


class Host:
    """A gateway that is killed and started again on one port and one store."""

    def __init__(self, ollama, folder, store):
        self.ollama, self.folder, self.store = ollama, folder, store
        self.kills = []
        self.gateway = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self):
        self.gateway = Gateway(
            self.ollama.url, self.folder / "log", "--store", self.store, "--listen", f"127.0.0.1:{self.port}",
            "--default-model", "m", "--workers", "2", "--log-level", "warning")
        deadline = time.monotonic() + 60
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                    return
            except OSError:
                assert self.gateway.process.poll() is None, self.gateway.log()
                assert time.monotonic() < deadline
                time.sleep(0.005)

    def kill(self):
        self.kills.append(time.monotonic())
        self.gateway.process.send_signal(signal.SIGKILL)
        self.gateway.process.wait()


def history(port, session):
    messages = []
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", f"/api/v1/chat/sessions/{session}?skip={len(messages)}&limit=500")
        response = connection.getresponse()
        document = json.loads(response.read())
        if response.status == 404:
            return []
        assert response.status == 200, document
        messages += document["messages"]
        if not document["has_more"]:
            return messages


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}/gateway.db"
        return
    server = PostgreSQL()
    try:
        yield server.url
    finally:
        server.close()


def test_nothing_acknowledged_is_lost(store, tmp_path):
    host = Host(Ollama(), tmp_path, store)
    host.start()
    is_over = threading.Event()
    clients = [Client(host.port, number, is_over) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    moments = random.Random(17)
    while len(host.kills) < KILLS or sum(turn.is_taken for client in clients for turn in client.turns) < TURNS:
        time.sleep(moments.choice([0, 0.01, 0.05, 0.1, 0.3]) + moments.random() * 0.1)
        if len(host.kills) % 40 == 39:
            time.sleep(KEPT_SECONDS + 1)  # Slow answers are stored in part.
        host.kill()
        host.start()
    is_over.set()
    for client in clients:
        client.join(timeout=120)
        assert not client.is_alive() and client.failure is None, client.failure
    # What was running when the last one was killed, or now, comes to its end.
    host.kill()
    host.start()
    counts = collections.Counter()
    for client in clients:
        check(client, host, counts)
    print(f"{len(host.kills)} kills, {dict(counts)}")
    assert counts["taken"] >= TURNS and counts["answered"] > TURNS / 2 and counts["interrupted"] > 5
    host.gateway.stop()


def check(client, host, counts):
    sessions = {}
    for turn in client.turns:
        counts["turns"] += 1
        if turn.session not in sessions:
            sessions[turn.session] = history(host.port, turn.session)
        messages = sessions[turn.session]
        places = [place for place, message in enumerate(messages) if message["content"] == turn.message]
        assert len(places) <= 1, f"{turn.message} is there {len(places)} times"
        counts["taken"] += turn.is_taken
        counts["answered"] += turn.is_answered
        assert places or not turn.is_taken, f"{turn.message} was acknowledged and is lost"
        if not places:
            continue
        whole = "".join(words(turn.message)[0])
        said = [message for message in messages if message["role"] == "assistant" and message["content"].startswith(f"{turn.message}.")]
        assert len(said) <= 1, f"the answer to {turn.message} is there {len(said)} times"
        if turn.is_answered:
            assert said and said[0]["content"] == whole and "interrupted" not in said[0], f"the answer to {turn.message} is lost: {said}"
        elif said:
            assert whole.startswith(said[0]["content"])
            assert messages.index(said[0]) == places[0] + 1
            assert said[0].get("interrupted") or said[0]["content"] == whole
            counts["interrupted"] += said[0].get("interrupted", False)
        else:
            assert messages[places[0]].get("failed"), f"{turn.message} has no answer and no mark"
        # The last part may have been read a little after the kill.
        killed = next((moment for moment in host.kills if turn.seen and moment >= turn.seen[-1][0] - 1), None)
        if killed and not turn.is_answered:
            kept = said[0]["content"] if said else ""
            assert kept.startswith(turn.text_before(killed - KEPT_SECONDS)), f"more than the last of {turn.message} is lost"
    for messages in sessions.values():
        assert not any(message.get("pending") for message in messages)
