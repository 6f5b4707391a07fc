"""A gateway that asks for keys, an Ollama of two models behind it that serves each API, and who makes the keys."""

import http.server
import json
import re
import secrets
import string
import subprocess
import threading
import time
import zlib

import httpx

from gateway import Gateway

HELLO = [{"role": "user", "content": "Hello"}]
OPEN = "open:1b"
CLOSED = "closed:1b"
PATIENCE_SECONDS = 60
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
FORM = re.compile(r"sk-og-[0-9A-Za-z]{12}-[0-9A-Za-z]{43}")


class Ollama:
    """Answers at once, in Ollama's words, in OpenAI's and in Anthropic's. Remembers what it was sent, whole."""

    def __init__(self):
        self.received = []
        # An answer waits for it after its first word.
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        ollama = self

        class Handler(_Handler):
            owner = ollama

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self):
        self.goes_on.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        self._remember(b"")
        models = [OPEN, CLOSED]
        answers = {
            "/api/version": {"version": "99.0.0"},
            "/api/tags": {"models": [
                {"name": name, "model": name, "size": 1_300_000_000, "modified_at": "2026-01-01T00:00:00Z", "digest": digest * 64,
                 "capabilities": ["completion"]}
                for name, digest in zip(models, "ab")]},
            "/api/ps": {"models": []},
            "/v1/models": {"object": "list", "data": [
                {"id": name, "object": "model", "created": 1, "owned_by": "library"} for name in models]},
        }
        self._send(200 if self.path in answers else 404, answers.get(self.path, {"error": "not found"}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._remember(body)
        request = json.loads(body or b"{}")
        if request.get("model") not in (OPEN, CLOSED):
            return self._send(404, self._unknown(request.get("model")))
        answer = {
            "/api/chat": self._chat, "/v1/chat/completions": self._completion, "/v1/messages": self._message,
            "/api/show": lambda _: self._send(200, {"capabilities": ["completion"], "details": {}}),
        }.get(self.path)
        return answer(request) if answer else self._send(404, {"error": "not found"})

    def _remember(self, body):
        self.owner.received.append(f"{self.command} {self.path}\n{self.headers}".encode() + body)

    def _unknown(self, model):
        message = f"model '{model}' not found"
        if self.path == "/v1/messages":
            return {"type": "error", "error": {"type": "not_found_error", "message": message}}
        if self.path.startswith("/v1"):
            return {"error": {"message": message, "type": "not_found_error", "param": None, "code": None}}
        return {"error": message}

    def _chat(self, request):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        end = {
            "done": True, "done_reason": "stop", "prompt_eval_count": 11, "eval_count": 2, "total_duration": 4_000_000,
            "load_duration": 1_000_000, "prompt_eval_duration": 1_000_000, "eval_duration": 2_000_000}
        try:
            if request.get("stream") is False:
                return self._line({"message": {"role": "assistant", "content": "Hello you"}, **end})
            self._line({"message": {"role": "assistant", "content": "Hello"}, "done": False})
            self.owner.goes_on.wait()
            self._line({"message": {"role": "assistant", "content": " you"}, "done": False})
            return self._line({"message": {"role": "assistant", "content": ""}, **end})
        except OSError:
            return None  # The gateway has stopped the answer.

    def _line(self, value):
        self.wfile.write(json.dumps({"model": OPEN, "created_at": "2026-01-01T00:00:00Z", **value}).encode() + b"\n")
        self.wfile.flush()

    def _completion(self, request):
        return self._send(200, {
            "id": "c", "object": "chat.completion", "created": 1, "model": request["model"],
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello you"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13}})

    def _message(self, request):
        return self._send(200, {
            "id": "m", "type": "message", "role": "assistant", "model": request["model"], "stop_reason": "end_turn",
            "stop_sequence": None, "content": [{"type": "text", "text": "Hello you"}],
            "usage": {"input_tokens": 11, "output_tokens": 2}})

    def _send(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class KeyedGateway(Gateway):
    """A gateway with a store, and the commands that change its keys while it runs."""

    # An administrator's key: its first one.
    administrator = None

    def command_line(self, *arguments, typed=None):
        """What a command has written to standard output. Its settings are the gateway's own environment."""
        run = subprocess.run(
            [self.command[0], *arguments], env=self.environment, input=typed, capture_output=True, text=True,
            timeout=PATIENCE_SECONDS)
        assert run.returncode == 0, f"{arguments}: {run.returncode}\n{run.stderr}"
        self.told = run.stderr
        return run.stdout

    def add(self, name, *arguments, typed=None):
        """A key that the gateway knows by now. Tried before it is known it would count as a guess: an administrator asks for it."""
        if not self.administrator:
            self.administrator = self.command_line("keys", "add", "--name", "administrator", "--admin").strip()
            # By the first key it closes.
            self.wait_until(lambda: self.status() == 401, "the first key is not known")
        key = self.command_line("keys", "add", "--name", name, *arguments, typed=typed).strip()
        shown = self.told.partition("made the key ")[2].partition(" ")[0]
        self.wait_until(lambda: self.status(self.administrator, f"/api/v1/admin/keys/{shown}") == 200, f"{name} is not known")
        return key

    def status(self, key=None, path="/api/version"):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.get(self.url + path, headers=headers, trust_env=False, timeout=PATIENCE_SECONDS).status_code

    def wait_until(self, condition, problem, pause=0.05):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"{problem}\n{self.log()}"
            time.sleep(pause)


def chat(gateway, key, headers=(), **body):
    """The response to a request for an answer in one piece."""
    return httpx.post(
        f"{gateway.url}/api/chat", trust_env=False, timeout=PATIENCE_SECONDS,
        headers={"Authorization": f"Bearer {key}", **dict(headers)},
        json={"model": OPEN, "messages": HELLO, "stream": False, **body})


def public_part(key):
    return key.removeprefix("sk-og-")[:12]


def base62(number, count):
    digits = ""
    while len(digits) < count:
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


def checked(text):
    """A text with the check digits that a key has."""
    return text + base62(zlib.crc32(text.encode()), 6)


def guess(public=None):
    """A key that has the form and the check digits of one, and is none; of a public part that exists, or of a new one."""
    public = public or "".join(secrets.choice(DIGITS) for _ in range(12))
    return checked(f"sk-og-{public}-" + "".join(secrets.choice(DIGITS) for _ in range(37)))
