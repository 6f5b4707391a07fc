"""HTTP requests: what they ask for, well-formed."""

import dataclasses

from . import chat_messages, json_text
from .json_text import Raw


@dataclasses.dataclass
class Request:
    method: str = "GET"
    target: bytes = b"/health"
    fields: list = dataclasses.field(default_factory=list)
    body: bytes | None = None
    # Where it is not nil the body goes in chunks of these sizes.
    chunks: list | None = None
    version: bytes = b"HTTP/1.1"
    host: bytes = b"localhost"

    def framing(self):
        if self.body is None:
            return []
        if self.chunks is not None:
            return [(b"Transfer-Encoding", b"chunked")]
        return [(b"Content-Length", b"%d" % len(self.body))]

    def head(self, framing=None):
        fields = [(b"Host", self.host), *self.fields, *(self.framing() if framing is None else framing)]
        lines = [self.method.encode() + b" " + self.target + b" " + self.version]
        return b"\r\n".join(lines + [name + b": " + value for name, value in fields]) + b"\r\n\r\n"

    def content(self):
        if self.body is None:
            return b""
        return self.body if self.chunks is None else chunked(self.body, self.chunks)

    def octets(self):
        return self.head() + self.content()


def chunked(body, sizes, extension=b"", end=b"0\r\n\r\n"):
    result, start = b"", 0
    for size in [*sizes, len(body)]:
        piece = body[start:start + size]
        start += size
        if piece:
            result += b"%x%b\r\n%b\r\n" % (len(piece), extension, piece)
    return result + end


READS = (
    b"/", b"/health", b"/health/detailed", b"/health/ready", b"/status", b"/docs", b"/openapi.json",
    b"/asyncapi.json", b"/assets/page.css", b"/assets/chat.js", b"/api/v1/openapi.json", b"/api/v1/chat/models",
    b"/api/v1/chat/health", b"/api/v1/chat/connections", b"/api/tags", b"/api/ps", b"/api/version", b"/v1/models",
    b"/v1/models/fuzz", b"/api", b"/v1/nothing", b"/nothing", b"/api/new", b"/v1/new", b"/api/experimental/web_search",
    b"//api//tags", b"//\\evil.example/", b"/api/%2Fnew")
# What gets its response only when somebody else has responded: Ollama, or the registry.
TASKS = (
    b"/api/v1/chat/models", b"/api/v1/chat/health", b"/health/detailed", b"/health/ready", b"/metrics",
    b"/api/v1/chat/sessions", b"/api/v1/chat/sessions/a", b"/api/tags")
MANAGEMENT = (b"/api/pull", b"/api/push", b"/api/create", b"/api/copy")
CHATS = (b"/api/v1/chat", b"/api/v1/chat/", b"/api/v1/chat/message", b"/api/v1/chat/send")
RELAYED = (
    b"/api/generate", b"/api/chat", b"/api/embed", b"/api/embeddings", b"/api/show", b"/v1/chat/completions",
    b"/v1/completions", b"/v1/embeddings", b"/v1/responses", b"/v1/messages", b"/v1/audio/transcriptions", b"/v1/new", b"/api/new",
    b"/api/me", b"//v1//chat/completions")
FIELDS = (
    (b"Accept", b"text/html"), (b"Accept", b"application/x-ndjson"), (b"Accept", b"text/event-stream"),
    (b"Accept", b"application/openmetrics-text; version=1.0.0"), (b"Accept", b"*/*;q=0.000,text/html;q=9"),
    (b"Accept-Encoding", b"gzip"), (b"Connection", b"close"), (b"Connection", b"keep-alive, X-A"), (b"Connection", b"X-B"),
    (b"X-A", b"evil"), (b"Cookie", b"a=b; owner=x"), (b"Authorization", b"Bearer evil"), (b"Origin", b"http://localhost"),
    (b"Origin", b"https://evil.example"), (b"Origin", b"null"), (b"X-Request-Id", b"fuzz"), (b"If-None-Match", b'"x", *'),
    (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), (b"traceparent", b"00-0-0-0"),
    (b"Range", b"bytes=0-18446744073709551615"), (b"X-Forwarded-Proto", b"https"), (b"X-Forwarded-Host", b"evil.example"),
    (b"Forwarded", b"for=\"[2001:db8::1]:99999\""), (b"Via", b"1.1 x"), (b"X-Real-IP", b"127.0.0.1"),
    (b"X-Session-Token", b"evil"), (b"Access-Control-Request-Method", b"POST"), (b"Sec-Fetch-Site", b"cross-site"),
    (b"Content-Encoding", b"gzip"), (b"Content-Encoding", b"zstd"), (b"X-Client-Request-Id", b"fuzz"), (b"Upgrade", b"h2c"), (b"HTTP2-Settings", b"AAMAAABkAARAAAAAAAIAAAAA"))


# Stand for the tokens that a campaign has got from the gateway: see campaign.py.
TOKENS = (b"$TOKEN-0", b"$TOKEN-1")
COOKIE = b"ollama_gateway_session="


def owner(dice):
    """Who a client says that it is: nobody, one of two, or somebody who is not."""
    token = dice.choice(TOKENS) if dice.chance(0.7) else dice.choice((b"", b"x", b"0" * 32, dice.mutated(TOKENS[0]))).translate(
        None, b"\r\n\0")
    return dice.choice(([], [], [], [(b"X-Session-Token", token)], [(b"Cookie", COOKIE + token)],
                        [(b"Cookie", b"a=b; " + COOKIE + token + b"; " + COOKIE)], [(b"X-Session-Token", token)] * 2))


def fields(dice):
    found = dice.sample(FIELDS, dice.choice((0, 0, 0, 1, 2, 4))) + owner(dice)
    if dice.chance(0.5):
        # Heard where the gateway trusts its peer: then many clients ask.
        found.append((b"X-Forwarded-For", address(dice)))
    if dice.chance(0.05):
        found.append((dice.token().encode(), dice.text(200).encode().translate(None, b"\r\n\0")))
    if dice.chance(0.05):
        found.append((b"Last-Event-ID", dice.choice(("x:", "0123456789abcdef:", ":", "")).encode() + dice.integer().encode()))
    return found


def address(dice):
    one = dice.choice((
        "192.0.2.%d" % dice.randrange(256), "2001:db8::%x" % dice.randrange(1 << 16), "127.0.0.1", "::1", "::ffff:127.0.0.1",
        "[2001:db8::1]:443", "192.0.2.1:80", "unknown", "256.1.1.1", "1.2.3", "fe80::1%eth0", "", "," * 50, "_x"))
    return (one if dice.chance(0.8) else ", ".join([one] * dice.randint(2, 40))).encode()


def query(dice):
    if dice.chance(0.1):
        return b"?" + dice.choice((b"&" * 300, b"a&" * 250, b"skip=1&skip=2", b"%", b"%zz=%", b"=", b"skip", b"?" * 30))
    names = (b"skip", b"limit", b"after", b"session_id", b"client_id", b"odd")
    return b"?" + b"&".join(
        dice.choice(names) + b"=" + percent(dice.integer() if dice.chance(0.8) else dice.text(100))
        for _ in range(dice.randint(1, 4)))


def percent(text):
    return b"".join(b"%c" % c if 33 <= c < 127 and c not in b'%&=#?+' else b"%%%02X" % c for c in text.encode())


def request(dice):
    kind = dice.one_of((6, "read"), (6, "sessions"), (6, "chat"), (6, "relay"), (1, "management"), (1, "blob"), (1, "broadcast"))
    result = Request(fields=fields(dice))
    if kind == "read" and dice.chance(0.05):
        result.method, result.target = "POST", b"/api/v1/chat/token"
    elif kind == "read":
        # Rarely the metrics: by far the slowest of all in a debug build.
        result.target = (b"/metrics" if dice.chance(0.01) else dice.choice(READS)) + (query(dice) if dice.chance(0.2) else b"")
        result.method = dice.one_of((12, "GET"), (2, "HEAD"), (1, "OPTIONS"), (1, "DELETE"), (1, "PUT"), (1, "TRACE"))
    elif kind == "sessions":
        name = percent(chat_messages.session(dice)) if dice.chance(0.8) else b""
        tail = dice.choice((b"", b"", b"/stream", b"/", b"//", b"/odd"))
        result.target = b"/api/v1/chat/sessions" + (b"/" + name + tail if name else b"")
        result.target += query(dice) if dice.chance(0.7) else b""
        result.method = dice.one_of((8, "GET"), (2, "DELETE"), (1, "HEAD"), (1, "POST"))
    elif kind == "chat":
        _post(dice, result, dice.choice(CHATS), chat_messages.chat(dice))
    elif kind == "relay":
        _post(dice, result, dice.choice(RELAYED), relayed(dice))
    elif kind == "management":
        _post(dice, result, dice.choice(MANAGEMENT), {"model": "fuzz", "source": "a", "destination": "b", "stream": True})
    elif kind == "blob":
        result.target = b"/api/blobs/sha256:" + dice.choice((b"a" * 64, b"0", b""))
        result.method = dice.choice(("POST", "POST", "HEAD", "GET"))
        if result.method == "POST":
            result.body = bytes(dice.size(1_500_000))
    else:
        _post(dice, result, b"/api/v1/chat/broadcast", {"message": dice.text(), "type": dice.text(20)})
    if dice.chance(0.01):
        result.method = dice.choice(("PATCH", "CONNECT", "PRI", "get", dice.token()))
    return result


def relayed(dice):
    members = {"model": chat_messages.model(dice)}
    if dice.chance(0.8):
        members["stream"] = dice.chance(0.6)
    content = dice.text() if dice.chance(0.9) else dice.text(400_000)
    members |= dice.choice((
        {"prompt": content}, {"messages": [{"role": "user", "content": content}]}, {"input": [content] * dice.randint(1, 9)},
        {"messages": [{"role": dice.text(20), "content": content}] * dice.randint(0, 40)}))
    if dice.chance(0.2):
        members["keep_alive"] = dice.choice((0, -1, "0", "0s", "-5m", Raw(dice.number()), dice.text(20)))
    if dice.chance(0.2):
        members["stream_options"] = {"include_usage": dice.choice((True, False, None, 1))}
    if dice.chance(0.2):
        members["options"] = chat_messages.options(dice)
    if dice.chance(0.05):
        members[dice.text(30)] = json_text.any_value(dice)
    return members


def _post(dice, result, target, members):
    result.method, result.target = "POST", target
    result.body = json_text.write(dice, members)
    if dice.chance(0.95):
        result.fields.append((b"Content-Type", dice.choice((
            b"application/json", b"application/json", b"application/json", b"application/json; charset=utf-8", b"text/plain",
            b"multipart/form-data; boundary=x", b";"))))
    if dice.chance(0.3):
        result.chunks = [dice.randint(1, 2000) for _ in range(dice.randint(0, 8))]
    if dice.chance(0.05):
        result.fields.append((b"Expect", b"100-continue"))
