"""Serves what ollama_responses.py makes up."""

import asyncio
import collections
import contextlib
import hashlib
import socket

from . import ollama_responses
from .attack import shown
from .connection import Connection
from .dice import Dice

# What the gateway sends is sound; more than this would be a fault of ours.
HEAD_LIMIT = 1 << 20


class HostileOllama:
    """The response to a request follows from the seed, the request and how often it was asked, as connections race."""

    def __init__(self):
        self.seed = ""
        self.counts = collections.Counter()
        self.asked = collections.Counter()
        self.last = collections.deque(maxlen=12)
        self._connections = set()

    async def start(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept())

    async def stop(self):
        self._accepting.cancel()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(self._accepting, *self._connections, return_exceptions=True)
        self._listener.close()

    def begin(self, seed):
        self.seed = seed
        self.asked.clear()

    async def _accept(self):
        while True:
            sock, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            task = asyncio.create_task(self._serve(Connection(sock)))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, connection):
        try:
            held = b""
            while True:
                method, path, fields, held = await _head(connection, held)
                if _is_large(fields) and not await self._listen(connection, method, path, fields):
                    return
                body, held = await _content(connection, fields, held)
                if not await self._respond(connection, method, path, body):
                    return
        except (OSError, TimeoutError, EOFError):
            pass  # The gateway has ended it.
        finally:
            with contextlib.suppress(OSError):
                connection.close()

    async def _listen(self, connection, method, path, fields):
        """Before a large body: some is left in the network for a while, or for ever. Returns whether the rest is read."""
        dice = Dice(f"{self.seed}/{path}/{fields.get('content-length')}/{self._times(path)}")
        manner = dice.one_of((6, "listen"), (2, "stall"), (1, "respond"), (1, "reset"), (1, "close"))
        if manner == "stall":
            await asyncio.sleep(dice.choice((0.1, 1.5, 4)))
        elif manner == "respond":
            await self._respond(connection, method, path, b"")
        elif manner == "reset":
            connection.reset()
        return manner in ("listen", "stall")

    async def _respond(self, connection, method, path, body):
        """Returns whether the connection goes on."""
        key = hashlib.blake2b(f"{method} {path} ".encode() + body, digest_size=8).hexdigest()
        response = ollama_responses.respond(Dice(f"{self.seed}/{key}/{self._times(key)}"), method, path, body)
        self.counts[response.kind] += 1
        self.last.append((method, path, response))
        await connection.run(response.steps, lambda data: False)
        return response.keeps and not connection.is_reset

    def _times(self, key):
        """How often this was asked."""
        self.asked[key] += 1
        return self.asked[key]

    def last_responses(self):
        for method, path, response in self.last:
            data = b"".join(getattr(step, "data", b"") for step in response.steps)
            yield f"{method} {path} <- {response.kind}: {shown(data)}"


def _is_large(fields):
    return "transfer-encoding" in fields or int(fields.get("content-length", "0")) > 64 * 1024


async def _head(connection, held):
    """The method, the path and the fields of the next request, and the bytes behind its head."""
    while (end := held.find(b"\r\n\r\n")) < 0:
        if len(held) > HEAD_LIMIT:
            raise EOFError
        held += await _more(connection)
    line, *fields = held[:end].decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ", 2)
    fields = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
    return method, target.partition("?")[0], fields, held[end + 4:]


async def _content(connection, fields, held):
    """The body, and the bytes behind it."""
    if "chunked" in fields.get("transfer-encoding", ""):
        body = []
        while True:
            while (end := held.find(b"\r\n")) < 0:
                held += await _more(connection)
            size, held = int(held[:end].partition(b";")[0], 16), held[end + 2:]
            while len(held) < size + 2:
                held += await _more(connection)
            body.append(held[:size])
            held = held[size + 2:]
            if size == 0:
                return b"".join(body), held
    size = int(fields.get("content-length", "0"))
    while len(held) < size:
        held += await _more(connection)
    return held[:size], held[size:]


async def _more(connection):
    data = await connection.receive(None)
    if not data:
        raise EOFError
    return data
