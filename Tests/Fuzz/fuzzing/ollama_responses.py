"""The responses of a hostile Ollama, or of who sits between. Values again: the steps of attack.py, and whether the connection
stays open afterwards.

Which of its fields must not reach a client, responses.py knows.
"""

import dataclasses
import re

from . import json_text
from .attack import Reset, Send, Wait, sent
from .json_text import Raw
from .requests import chunked

# Longer than the gateway waits (see gateway.py).
SILENCES = (0.05, 0.3, 1.2, 1.5, 1.9, 2.5, 5)
# The last message of a chat or the prompt that gets a long text.
LONG = re.compile(rb'"content":"long"}\]|"prompt":"long"')


@dataclasses.dataclass
class Response:
    kind: str
    steps: list
    keeps: bool


def respond(dice, method, path, request):
    """To a request whose head and body were read. `request` is the body."""
    content_type, pieces = content(dice, path, request)
    make = dice.one_of(
        (40, sound), (10, broken_head), (8, folded_lines), (8, broken_framing), (8, broken_chunks), (8, early_end),
        (20 if method == "GET" else 3, silent), (4, mutated), (3, interim), (3, status), (1, endless))
    kind, steps, keeps = make(dice, method, content_type, pieces)
    return Response(kind, steps, keeps)


# MARK: contents

def content(dice, path, request):
    """The content type, and the content in the pieces that come one after the other."""
    if path.startswith("/v1/"):
        kind = "events" if b'"stream": true' in request or b'"stream":true' in request else "object"
    elif path in ("/api/chat", "/api/generate", "/api/pull", "/api/push", "/api/create"):
        kind = "object" if b'"stream": false' in request or b'"stream":false' in request else "lines"
    else:
        kind = "object"
    if dice.chance(0.05):
        kind = dice.choice(("lines", "events", "object", "noise"))
    if kind == "noise":
        return dice.choice((b"text/html", b"application/octet-stream", b"", b"a/b/c;;")), [dice.octets(3000)]
    if kind == "object":
        return b"application/json", [json_text.write(dice, _object(dice, path))]
    is_openai = path.startswith("/v1/")
    chunks = [json_text.write(dice, _chunk(dice, path, is_openai)) for _ in range(dice.randint(1, 5))]
    chunks = dice.choices(chunks, k=dice.choice((0, 1, 2, 5, 20, 100)))
    if chunks and LONG.search(request):
        chunks *= 4000 // len(chunks)
    chunks.append(json_text.write(dice, _last(dice, path, is_openai)))
    chunks = [_disturbed(dice, chunk) for chunk in chunks]
    if kind == "events":
        newline = dice.one_of((9, b"\n"), (1, b"\r\n"), (1, b"\r"))
        events = [b"data: " + chunk + newline * 2 for chunk in chunks]
        if dice.chance(0.8):
            events.append(b"data: [DONE]" + newline * 2)
        if dice.chance(0.1):
            events.insert(dice.randrange(len(events)), dice.choice((
                b": ping\n\n", b"event: error\ndata: {}\n\n", b"data\n\n", b"\n\n\n", b"id: \0\n\n", b"retry: " + dice.integer().encode() + b"\n\n")))
        return b"text/event-stream", events
    newline = dice.one_of((9, b"\n"), (1, b"\r\n"))
    lines = [chunk + newline for chunk in chunks]
    if dice.chance(0.1):
        lines[-1] = chunks[-1]
    return b"application/x-ndjson", lines


def _disturbed(dice, chunk):
    """Errors in mid-stream, lines that are none, lines without end."""
    if not dice.chance(0.02):
        return chunk
    return dice.choice((
        b'{"error":"out of memory"}', b'{"error":' + dice.number().encode() + b"}", b'{"error":{"message":"x","code":null}}', b"",
        b" ", b"null", b"[]", b"<html>", json_text.nest(dice), dice.octets(500), b"x" * dice.choice((70_000, 1_100_000, 5_000_000)),
        chunk[:-1], chunk + chunk, chunk.replace(b"a", b"\xff")))


def _text(dice):
    return dice.choice(("fox ", " ", "", "\u00e4", "\U0001f98a")) if dice.chance(0.8) else dice.text(5000)


def _chunk(dice, path, is_openai):
    if path == "/v1/messages":
        return {"type": "content_block_delta", "index": Raw(dice.integer()), "delta": {"type": "text_delta", "text": _text(dice)}}
    if is_openai:
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fuzz", "choices": [
            {"index": 0, "delta": {"role": "assistant", "content": _text(dice)}, "finish_reason": None}]}
    members = {"model": "fuzz:1b", "created_at": "2026-01-01T00:00:00Z", "done": False}
    if path == "/api/chat":
        members["message"] = {"role": "assistant", "content": _text(dice)}
        if dice.chance(0.1):
            members["message"]["thinking"] = _text(dice)
        if dice.chance(0.05):
            members["message"]["tool_calls"] = dice.choice(([], [{"function": {"name": "x", "arguments": {}}}], 1))
    else:
        members["response"] = _text(dice)
    if dice.chance(0.03):
        members[dice.choice(list(members))] = json_text.any_value(dice)
    return members


def _last(dice, path, is_openai):
    def count():
        return Raw(dice.number()) if dice.chance(0.25) else dice.randrange(1000)

    if is_openai:
        return {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {
            "prompt_tokens": count(), "completion_tokens": count(), "total_tokens": count(), "input_tokens": count(),
            "output_tokens": count()}}
    members = _chunk(dice, path, False) | {
        "done": True, "done_reason": dice.one_of((6, "stop"), (2, "length"), (1, "load"), (1, dice.text(300))),
        "total_duration": count(), "load_duration": count(), "prompt_eval_count": count(), "prompt_eval_duration": count(),
        "eval_count": count(), "eval_duration": count()}
    if dice.chance(0.1):
        del members["done"]
    return members


def _object(dice, path):
    def number():
        return Raw(dice.number()) if dice.chance(0.15) else 1_300_000_000

    if path in ("/api/tags", "/api/ps"):
        models = [{
            "name": dice.choice(("fuzz:1b", "tinyllama:latest", dice.text(200))), "model": "fuzz:1b", "size": number(),
            "modified_at": dice.choice(("2026-01-01T00:00:00Z", "0000-00-00T99:99:99.9999999999999Z", "", dice.text(40))),
            "expires_at": dice.choice(("2318-01-01T00:00:00-99:99", "9999999999-01-01T00:00:00Z", "")), "size_vram": number(),
            "digest": "a" * 64, "details": {"parameter_size": "1B"}} for _ in range(dice.randint(1, 4))]
        models *= dice.choice((0, 1, 1, 50))
        return {"models": models if dice.chance(0.95) else json_text.any_value(dice)}
    if path == "/api/version":
        return {"version": dice.choice(("0.13.3", "0.0.0", "99999999999999999999.1", "", dice.text(300)))}
    if path.startswith("/v1/"):
        return _last(dice, path, True) | {"data": [], "choices": [{"index": 0, "message": {"content": _text(dice)}}]}
    if path in ("/api/chat", "/api/generate"):
        return _last(dice, path, False)
    return {"embeddings": [[0.1, Raw(dice.number())]], "status": "success", "model": "fuzz", "error": ""} \
        if dice.chance(0.9) else {"error": dice.text()}


# MARK: responses

FIELDS = (
    b"Server: evil", b"Set-Cookie: evil=1", b"X-Evil: evil", b"Access-Control-Allow-Origin: https://evil.example",
    b"Location: https://evil.example/", b"ETag: \"x\"", b"Retry-After: 99999999999999999999", b"Retry-After: -1",
    b"OpenAI-Version: 1", b"X-RateLimit-Reset: \x01", b"Connection: X-Evil, Content-Type\r\nX-Evil: evil",
    b"Connection: close", b"Keep-Alive: timeout=18446744073709551615", b"Content-Encoding: gzip", b"Date: never",
    b"Content-Language: \xff", b"Strict-Transport-Security: evil", b"X-Request-Id: evil", b"Refresh: 0;url=//evil")


def head(dice, content_type, framing, line=b"HTTP/1.1 200 OK"):
    lines = [line, b"Content-Type: " + content_type, *dice.sample(FIELDS, dice.choice((0, 0, 1, 3))), *framing]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def framed(dice, method, pieces):
    """Its framing fields, and the contents in the steps that send them."""
    data = b"".join(pieces)
    if method == "HEAD":
        return [b"Content-Length: %d" % len(data)], []
    if len(pieces) == 1 or dice.chance(0.1):
        return [b"Content-Length: %d" % len(data)], sent(dice, data)
    if dice.chance(0.7):
        # As Ollama does: a chunk for each line.
        return [b"Transfer-Encoding: chunked"], [*paced(dice, [chunked(each, [], end=b"") for each in pieces]), Send(b"0\r\n\r\n")]
    sizes = [dice.randint(1, 300) for _ in range(dice.randint(0, 30))]
    return [b"Transfer-Encoding: chunked"], sent(dice, chunked(data, sizes))


def paced(dice, pieces):
    pause = dice.choice((None, None, 0, 0.002, 0.02))
    if pause is None or len(pieces) > 200:
        return [Send(b"".join(pieces[start:start + 20])) for start in range(0, len(pieces), 20)]
    return [step for piece in pieces for step in (Send(piece), Wait(pause))]


def sound(dice, method, content_type, pieces):
    framing, steps = framed(dice, method, pieces)
    return "sound", [Send(head(dice, content_type, framing)), *steps], True


STATUS_LINES = (
    b"HTTP/1.0 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.1 99 X", b"HTTP/1.1 000 X", b"HTTP/1.1 1000 X",
    b"HTTP/1.1 20 OK", b"HTTP/1.1 -200 OK", b"HTTP/2 200 OK", b"HTTP/3.1 200 OK", b"HTTP/1.1 200 \xff\0", b"ICY 200 OK", b"",
    b"HTTP/1.1", b"HTTP", b"RTSP/1.0 200 OK", b" HTTP/1.1 200 OK", b"HTTP/1.1 999999999999 X", b"HTTP/1.1\t200 OK",
    b"HTTP/1.1 200 " + b"x" * 5000, b"<html>", b"{\"error\":\"x\"}", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 204 No Content",
    b"HTTP/1.1 205 Reset", b"HTTP/1.1 206 Partial", b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 600 X")


def status(dice, method, content_type, pieces):
    code = dice.choice((301, 302, 307, 400, 401, 403, 404, 407, 408, 413, 416, 421, 426, 429, 500, 502, 503, 504, 511, 599))
    data = json_text.write(dice, {"error": dice.choice((dice.text(), {"message": dice.text()}, None, 1))})
    framing, steps = framed(dice, method, [data if dice.chance(0.8) else dice.octets()])
    return "status", [Send(head(dice, b"application/json", framing, b"HTTP/1.1 %d X" % code)), *steps], True


def broken_head(dice, method, content_type, pieces):
    framing, steps = framed(dice, method, pieces)
    line = dice.choice(STATUS_LINES) if dice.chance(0.6) else b"HTTP/1.1 200 OK"
    data = head(dice, content_type, framing, line)
    if dice.chance(0.5):
        odd = dice.choice((
            b"no colon", b": no name", b"X-Evil\0: evil", b"X-Evil : evil", b"X:\0evil", b"X-Evil: a\rSet-Cookie: evil=1",
            b"X-Evil: a\nSet-Cookie: evil=1", b"X: " + b"x" * dice.choice((9000, 110_000, 400_000)), b"\xff: evil",
            b"\r\n".join(b"X-Evil-%d: evil" % index for index in range(dice.choice((100, 3000)))), b"Content-Type: text/html",
            b"Content-Type: ", b"Content-Type:" + b" " * 5000))
        place = dice.choice((data.find(b"\r\n") + 2, len(data) - 2))
        data = data[:place] + odd + b"\r\n" + data[place:]
    if dice.chance(0.2):
        data = data.replace(b"\r\n", dice.choice((b"\n", b"\r", b"\n\r")))
    return "broken head", [*sent(dice, data), *steps], dice.chance(0.7)


def folded_lines(dice, method, content_type, pieces):
    """A line that begins with white space: the first of the head, or any."""
    framing, steps = framed(dice, method, pieces)
    lines = head(dice, content_type, framing)[:-4].split(b"\r\n")
    folded = dice.choice((b" ", b"\t", b"  \t")) + dice.choice((
        b"Set-Cookie: evil=1", b"X-Evil: evil", b"", b"evil", b"Transfer-Encoding: chunked", b"Content-Length: 0",
        b"x" * dice.choice((100, 4000, 30_000))))
    place = 1 if dice.chance(0.6) else dice.randint(1, len(lines))
    lines[place:place] = [folded] * dice.choice((1, 1, 2, 50))
    data = b"\r\n".join(lines) + b"\r\n\r\n"
    return "folded lines", [*sent(dice, data), *steps], True


def broken_framing(dice, method, content_type, pieces):
    data = b"".join(pieces)
    right = b"Content-Length: %d" % len(data)
    odd = b"Content-Length: " + dice.choice((
        b"+5", b"-1", b"0x5", b"", b"5,5", b"18446744073709551621", b"9223372036854775807", b"9223372036854775808", b"5 5",
        dice.integer().encode()))
    coding = b"Transfer-Encoding: " + dice.choice((b"chunked", b"gzip", b"identity", b"chunked, chunked", b"gzip, chunked", b"", b"x"))
    framing = dice.choice((
        [odd], [odd, right], [right, odd], [right, right], [right, coding], [coding, right], [coding], [coding, coding], [],
        [b"Content-Length: %d" % (len(data) + 1)], [b"Content-Length: %d" % max(0, len(data) - 1)]))
    body = chunked(data, [100]) if dice.chance(0.5) else data
    if dice.chance(0.2):
        body += b"HTTP/1.1 200 OK\r\nX-Evil: evil\r\nContent-Length: 4\r\n\r\nevil"
    return "broken framing", [Send(head(dice, content_type, framing)), *sent(dice, body)], dice.chance(0.6)


def broken_chunks(dice, method, content_type, pieces):
    data = b"".join(pieces)
    body = dice.choice((
        lambda: chunked(data, [], b";x=" + b"y" * dice.size(40_000)), lambda: b"ffffffffffffffff\r\n" + data,
        lambda: b"-1\r\n" + data, lambda: b"\r\n" + data, lambda: data, lambda: b"0x5\r\nhello\r\n0\r\n\r\n",
        lambda: chunked(data, [], end=b"0\r\nX-Evil: evil\r\n\r\n"), lambda: chunked(data, [], end=b"0\r\n"),
        lambda: chunked(data, [], end=b"0\r\n" + b"X-Evil: evil\r\n" * 9000 + b"\r\n"),
        lambda: chunked(data, [], end=b"0\r\n folded: evil\r\n\r\n"), lambda: b"8\r\n{\"a\":1}\n\r\n5\r\nshort",
        lambda: chunked(data, [1] * min(2000, len(data))), lambda: dice.mutated(chunked(data, [50] * 5)),
        lambda: b"5\nhello\n0\n\n", lambda: b"0" * 1000 + b"5\r\nhello\r\n0\r\n\r\n", lambda: b"100000000\r\n" + data))()
    return "broken chunks", [
        Send(head(dice, content_type, [b"Transfer-Encoding: chunked"])), *sent(dice, body)], dice.chance(0.5)


def early_end(dice, method, content_type, pieces):
    """The connection ends where it may not, in order or by a reset."""
    framing, steps = framed(dice, method, pieces)
    steps = [Send(head(dice, content_type, framing)), *steps]
    kept = steps[:dice.randrange(len(steps) + 1)]
    if kept and isinstance(kept[-1], Send):
        kept[-1] = Send(kept[-1].data[:dice.randrange(len(kept[-1].data) + 1)])
    if dice.chance(0.5):
        kept.append(Reset())
    return "early end", kept, False


def silent(dice, method, content_type, pieces):
    """It waits: before the head, in it, or in the content."""
    framing, steps = framed(dice, method, pieces)
    data = head(dice, content_type, framing)
    cut = dice.randrange(len(data))
    steps = [Send(data[:cut]), Send(data[cut:]), *steps]
    steps.insert(dice.choice((0, 1, 2, 3, len(steps))), Wait(dice.choice(SILENCES)))
    return "silent", steps, dice.chance(0.5)


def mutated(dice, method, content_type, pieces):
    framing, steps = framed(dice, method, pieces)
    data = head(dice, content_type, framing) + b"".join(step.data for step in steps if isinstance(step, Send))
    return "mutated", sent(dice, dice.mutated(data)), dice.chance(0.5)


def interim(dice, method, content_type, pieces):
    one = dice.choice((b"100 Continue", b"102 Processing", b"103 Early Hints\r\nLink: evil", b"199 X", b"101 Switching Protocols"))
    _, steps, keeps = sound(dice, method, content_type, pieces)
    return "interim", [Send(b"HTTP/1.1 " + one + b"\r\n\r\n")] * dice.choice((1, 2, 30, 1000)) + steps, keeps


def endless(dice, method, content_type, pieces):
    """More than is good for anybody, but not for ever."""
    piece = dice.choice((b"x" * 65_536, b"\n" * 65_536, b'{"message":{"content":"x"}}\n' * 2000, b"X: y\r\n" * 9000))
    start = dice.choice((b"", head(dice, content_type, []), b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: "))
    return "endless", [Send(start), *[Send(piece)] * dice.choice((20, 200))], False
