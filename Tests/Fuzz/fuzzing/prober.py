"""Asks the gateway from a process of its own: the attacks hold the interpreter of theirs for longer than the gateway waits for
a head, and their pauses would be taken for the gateway's.

    prober.py PORT

Reads `METHOD PATH` from each line of its input. Writes a line of JSON (seconds, size, and error where there is one), then as
many bytes as size says: the whole response.
"""

import asyncio
import json
import pathlib
import socket
import sys
import time

# Under a sanitizer, on a machine that others use as well.
RESPONSE_SECONDS = 15


class Prober:
    """The other end: of one gateway, from its start to its end."""

    def __init__(self, port):
        self._port = port
        self._process = None
        self._turn = asyncio.Lock()
        self._exchanges = set()

    async def ask(self, method, path):
        """The whole response, and the seconds that it took. Raises OSError where there is none within RESPONSE_SECONDS."""
        # Who asks may be cancelled: the response is read all the same, or the next one would take it for its own.
        exchange = asyncio.create_task(self._exchange(method, path))
        self._exchanges.add(exchange)
        exchange.add_done_callback(self._end)
        return await asyncio.shield(exchange)

    def _end(self, exchange):
        self._exchanges.discard(exchange)
        # Where nobody waits for it any more, nobody minds either.
        if not exchange.cancelled():
            exchange.exception()

    async def _exchange(self, method, path):
        async with self._turn:
            if not self._process:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, pathlib.Path(__file__), str(self._port),
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            self._process.stdin.write(f"{method} {path}\n".encode())
            told = json.loads(await self._process.stdout.readline())
            response = await self._process.stdout.readexactly(told["size"])
        if error := told.get("error"):
            raise OSError(error)
        return response, told["seconds"]

    def end(self):
        if self._process and self._process.returncode is None:
            self._process.kill()


def main():
    port = int(sys.argv[1])
    for line in sys.stdin:
        method, path = line.split()
        told, response, start = {}, b"", time.monotonic()
        try:
            response = fetch(port, method, path)
        except OSError as error:
            told["error"] = repr(error)
        told |= {"seconds": time.monotonic() - start, "size": len(response)}
        sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + response)
        sys.stdout.buffer.flush()


def fetch(port, method, path):
    length = "Content-Length: 0\r\n" if method == "POST" else ""
    with socket.create_connection(("127.0.0.1", port), timeout=RESPONSE_SECONDS) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{length}\r\n".encode())
        data = b""
        while more := connection.recv(65536):
            data += more
        return data


if __name__ == "__main__":
    main()
