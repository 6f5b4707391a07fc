#!/usr/bin/env python3
"""An Ollama that takes its time: version, and streams of 40 tokens, one each 100 ms.  slow_ollama.py PORT VERSION"""

import http.server
import json
import sys
import time

TOKENS = 40


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"version": sys.argv[2], "models": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(TOKENS):
            self.chunk({"model": "m", "response": f"{number} ", "done": False})
            time.sleep(0.1)
        self.chunk({"model": "m", "response": "", "done": True, "done_reason": "stop", "eval_count": TOKENS})
        self.wfile.write(b"0\r\n\r\n")

    def chunk(self, message):
        line = json.dumps(message).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
