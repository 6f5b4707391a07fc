"""A stand-in for an Ollama newer than the real one that the tests have: it serves /v1/responses and /v1/messages, and thinks.

These two in the wire format that the official clients of OpenAI and Anthropic parse, and /api/chat as a stream, with the
text that the test gave it; and /api/version and /api/tags, which a gateway asks for. It runs on a thread of the test's own process, so
that a test can see what arrived and hold a stream in its middle.
"""

import asyncio
import json
import threading

MODEL = "tinyllama:latest"


class NewerOllama:
    """Serves on 127.0.0.1, on a free port, from `start` to `stop`; `words` is the answer, as a stream cuts it."""

    def __init__(self, words):
        self.words = words
        self.requests = []  # (method, path, headers with lower-case names, body), in order of arrival
        self.release_rest = threading.Event()  # a stream waits for it after its first word
        self.release_rest.set()
        self.release_head = threading.Event()  # an answer of /v1 waits for it before its head
        self.release_head.set()
        self.breaks = False  # a stream ends with its connection, after its first word
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def text(self):
        return "".join(self.words)

    def start(self):
        self._thread.start()
        listen = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listen, self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def stop(self):
        self.release_rest.set()
        self.release_head.set()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self):
        self._server.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    # HTTP/1.1, as much of it as a gateway speaks to its upstream.

    async def _serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
                body = await self._body(reader, headers)
                self.requests.append((method, path, headers, body))
                await self._answer(writer, method, path.partition("?")[0], body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The gateway closed the connection.
        finally:
            writer.close()

    async def _body(self, reader, headers):
        if "chunked" not in headers.get("transfer-encoding", ""):
            return await reader.readexactly(int(headers.get("content-length", 0)))
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        while (await reader.readline()).strip():
            pass  # Trailers.
        return body

    async def _answer(self, writer, method, path, body):
        routes = {
            ("GET", "/api/version"): lambda _: {"version": "99.0.0"},
            ("GET", "/api/tags"): lambda _: {"models": [{"name": MODEL, "model": MODEL, "size": 1}]},
            ("POST", "/api/chat"): self._chat_lines,
            ("POST", "/v1/responses"): self._responses,
            ("POST", "/v1/messages"): self._messages,
        }
        route = routes.get((method, path))
        if route is None:
            return await self._send(writer, 404, "text/plain", b"404 page not found")
        request = json.loads(body or b"{}")
        if path.startswith("/v1/"):
            await asyncio.to_thread(self.release_head.wait)
        if "model" in request and request["model"] != MODEL:
            return await self._send_json(writer, 404, self._unknown_model(path, request["model"]))
        answer = route(request)
        if isinstance(answer, dict):
            return await self._send_json(writer, 200, answer)
        await (self._send_lines if path == "/api/chat" else self._send_events)(writer, answer)

    def _unknown_model(self, path, model):
        message = f"model '{model}' not found"
        if path == "/v1/messages":
            return {"type": "error", "error": {"type": "not_found_error", "message": message}}
        return {"error": {"message": message, "type": "not_found_error", "param": None, "code": None}}

    async def _send(self, writer, status, content_type, body):
        reason = {200: "OK", 404: "Not Found"}[status]
        writer.write(f"HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()

    async def _send_json(self, writer, status, value):
        await self._send(writer, status, "application/json", json.dumps(value).encode())

    async def _send_events(self, writer, events):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        waited = False
        for event in events:
            data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()
            if "delta" in event["type"] and not waited:
                waited = True
                await asyncio.to_thread(self.release_rest.wait)
                if self.breaks:
                    raise ConnectionError
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _send_lines(self, writer, values):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        for value in values:
            data = json.dumps(value).encode() + b"\n"
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    # Ollama's own API, as a model answers that thinks if it is told to: of each word, then with all of them.

    def _chat_lines(self, request):
        thoughts = [{"content": "", "thinking": word} for word in self.words] if request.get("think") else []
        head = {"model": MODEL, "created_at": "2026-01-01T00:00:00Z"}
        return [
            *({**head, "message": {"role": "assistant", **message}, "done": False}
              for message in [*thoughts, *({"content": word} for word in self.words)]),
            {**head, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
             "prompt_eval_count": 7, "eval_count": len(thoughts) + len(self.words)},
        ]

    # OpenAI's Responses API.

    def _responses(self, request):
        if not request.get("stream"):
            return self._response("completed", [self._output_item("completed", self.text)])
        return self._response_events()

    def _response(self, status, output):
        usage = {"input_tokens": 7, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": len(self.words),
                 "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 7 + len(self.words)}
        return {"id": "resp_1", "object": "response", "created_at": 1_700_000_000, "status": status, "model": MODEL,
                "output": output, "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
                "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
                "usage": usage if status == "completed" else None}

    def _output_item(self, status, text=None):
        content = [] if text is None else [self._part(text)]
        return {"id": "msg_1", "type": "message", "status": status, "role": "assistant", "content": content}

    def _part(self, text):
        return {"type": "output_text", "text": text, "annotations": []}

    def _response_events(self):
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        done = self._output_item("completed", self.text)
        events = [
            {"type": "response.created", "response": self._response("in_progress", [])},
            {"type": "response.in_progress", "response": self._response("in_progress", [])},
            {"type": "response.output_item.added", "output_index": 0, "item": self._output_item("in_progress")},
            {"type": "response.content_part.added", **place, "part": self._part("")},
            *({"type": "response.output_text.delta", **place, "delta": word, "logprobs": []} for word in self.words),
            {"type": "response.output_text.done", **place, "text": self.text, "logprobs": []},
            {"type": "response.content_part.done", **place, "part": self._part(self.text)},
            {"type": "response.output_item.done", "output_index": 0, "item": done},
            {"type": "response.completed", "response": self._response("completed", [done])},
        ]
        return [{**event, "sequence_number": number} for number, event in enumerate(events)]

    # Anthropic's Messages API.

    def _messages(self, request):
        if not request.get("stream"):
            return self._message([{"type": "text", "text": self.text}], "end_turn", len(self.words))
        return self._message_events()

    def _message(self, content, stop_reason, output_tokens):
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": content,
                "stop_reason": stop_reason, "stop_sequence": None,
                "usage": {"input_tokens": 7, "output_tokens": output_tokens}}

    def _message_events(self):
        return [
            {"type": "message_start", "message": self._message([], None, 0)},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "ping"},
            *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
              for word in self.words),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
             "usage": {"output_tokens": len(self.words)}},
            {"type": "message_stop"},
        ]
