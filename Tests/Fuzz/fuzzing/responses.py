"""What comes back by HTTP: is it HTTP, and is it one response to one request?"""

import re

from .failure import Failure

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n\0]*)?\Z")
FIELD_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\Z")
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}\Z")
# Fields of Ollama that must not pass; and values of it, in fields that the gateway sets itself.
STOPPING = (b"server", b"refresh", b"strict-transport-security", b"link", b"keep-alive")
STOPPING_VALUES = {
    b"x-request-id": b"evil", b"access-control-allow-origin": b"https://evil.example", b"set-cookie": b"evil=1"}
HEAD_LIMIT = 256 * 1024


class ResponseReader:
    """Takes what comes on one connection. `methods` are those of the requests in order, where they are known."""

    def __init__(self, methods, at_most):
        self._methods = methods
        self._at_most = at_most
        self._held = bytearray()
        self._need = None
        self._is_chunked = False
        self._is_open = False
        self.complete = 0
        self.statuses = []

    @property
    def is_upgraded(self):
        return 101 in self.statuses

    @property
    def are_all_complete(self):
        if self._held or self._need or self._is_chunked or self._is_open:
            return False
        return self.complete >= (1 if self._methods is None else len(self._methods))

    def take(self, data):
        """Raises Failure for what a gateway must not say."""
        self._held += data
        while not self.is_upgraded and not self._is_open and self._step():
            pass
        if self._is_open:
            self._held.clear()
        return self.are_all_complete

    def upgraded_bytes(self):
        data = bytes(self._held)
        self._held.clear()
        return data

    def _step(self):
        """Returns whether to go on."""
        if self._is_chunked:
            return self._take_chunk()
        if self._need is not None:
            return self._take_content()
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            if len(self._held) > HEAD_LIMIT:
                raise Failure(f"a response head without end: {bytes(self._held[:300])!r}")
            return False
        head = bytes(self._held[:end])
        del self._held[:end + 4]
        self._take_head(head)
        return True

    def _take_content(self):
        count = min(self._need, len(self._held))
        del self._held[:count]
        self._need -= count
        if self._need:
            return False
        self._finish()
        return True

    def _take_chunk(self):
        end = self._held.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._held[:end])
        if not CHUNK_SIZE.match(line):
            raise Failure(f"no chunk size: {line[:100]!r}")
        size = int(line, 16)
        if len(self._held) < end + 2 + size + 2:
            return False
        if self._held[end + 2 + size:end + 4 + size] != b"\r\n":
            raise Failure("a chunk without its end")
        del self._held[:end + 4 + size]
        if size == 0:
            self._is_chunked = False
            self._finish()
        return True

    def _take_head(self, head):
        line, *fields = head.split(b"\r\n")
        status = STATUS_LINE.match(line)
        if not status:
            raise Failure(f"no status line: {head[:300]!r}")
        for field in fields:
            if not FIELD_LINE.match(field):
                raise Failure(f"no field: {field[:300]!r} in {head[:300]!r}")
            name, _, value = field.lower().partition(b":")
            value = value.strip()
            # The gateway's own says where a path with several slashes in a row is: here.
            is_elsewhere = name == b"location" and (value[:1] != b"/" or value[:2] == b"//")
            if name in STOPPING or name.startswith(b"x-evil") or STOPPING_VALUES.get(name) == value or is_elsewhere:
                raise Failure(f"a field that must stop at the gateway: {field[:300]!r} in {head[:1000]!r}")
        status = int(status[1])
        if status == 101:
            self.statuses.append(status)
        elif status >= 200:
            self._begin(status, head, fields)

    def _begin(self, status, head, fields):
        self.statuses.append(status)
        if self._at_most is not None and len(self.statuses) > self._at_most:
            raise Failure(f"{len(self.statuses)} responses to {self._at_most} requests, the last: {head[:300]!r}")
        named = {}
        for field in fields:
            name, _, value = field.partition(b":")
            name = name.lower()
            if name in named and name in (b"content-length", b"transfer-encoding", b"content-type", b"x-request-id"):
                raise Failure(f"{name.decode()} twice: {head[:500]!r}")
            named[name] = value.strip()
        method = self._methods[len(self.statuses) - 1] if self._methods else "GET"
        if method == "HEAD" or status in (204, 304):
            self._finish()
        elif b"transfer-encoding" in named:
            self._is_chunked = True
        elif b"content-length" in named:
            if not named[b"content-length"].isdigit():
                raise Failure(f"no length: {named[b'content-length']!r}")
            self._need = int(named[b"content-length"])
        else:
            self._is_open = True

    def _finish(self):
        self._need = None
        self.complete += 1
