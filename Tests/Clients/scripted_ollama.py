"""An Ollama that says what a test tells it to, as fast or as slowly as the test wants."""

import http.server
import json
import threading

MODEL = "scripted:1b"


class ScriptedOllama:
    """Serves on 127.0.0.1 from `start` to `stop`; it can be started again on the same port.

    An answer is the next of `answers`, a list of pieces each; a piece that is a `threading.Event` holds the answer until
    it is set, and one that is a dictionary has other members of the message.
    """

    def __init__(self):
        self.answers = []
        self.loaded = []
        self.requests = []
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
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    # Without connections that are kept, stopping it is noticed at once.
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        answers = {
            "/api/version": {"version": "0.0.0-scripted"},
            "/api/tags": {"models": [
                {"name": MODEL, "model": MODEL, "size": 1_300_000_000, "modified_at": "2026-01-01T00:00:00Z"}]},
            "/api/ps": {"models": [
                {"name": name, "model": name, "size": 2_000_000_000, "size_vram": 1_000_000_000,
                 "expires_at": "2036-01-01T00:00:00Z"} for name in self.owner.loaded]},
        }
        self._send_json(200 if self.path in answers else 404, answers.get(self.path, {"error": "not found"}))

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.owner.requests.append(request)
        if request["model"] != MODEL:
            error = f'model "{request["model"]}" not found, try pulling it first'
            return self._send_json(404, {"error": error})
        self._send_answer(self.owner.answers.pop(0))

    def _send_answer(self, pieces):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        try:
            count = 0
            for piece in pieces:
                if isinstance(piece, threading.Event):
                    piece.wait()
                else:
                    count += 1
                    members = piece if isinstance(piece, dict) else {"content": piece}
                    self._send_line({"message": {"role": "assistant", "content": "", **members}, "done": False})
            self._send_line({
                "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
                "prompt_eval_count": 11, "eval_count": count})
        except OSError:
            pass  # The gateway has stopped the answer.

    def _send_line(self, value):
        self.wfile.write(json.dumps({"model": MODEL, **value}).encode() + b"\n")
        self.wfile.flush()

    def _send_json(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass
