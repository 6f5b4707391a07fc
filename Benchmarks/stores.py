"""What a store of sessions costs, beside none: python3 Benchmarks/stores.py PROGRAM [--turns N] [--flush MILLISECONDS] [--large]

For each kind of store: memory at rest, the time of a turn at 10 and at 2,000 turns a second, and turns a second of many clients; in the
same run the time of a flush of that disk, in which the added time is told. A turn is a response in one piece of an Ollama that answers at
once, whose begin and end are one commit; at 10 turns a second also one of an Ollama that takes 20 ms, and streams of both, which are over with
their last event: the commit of their begin comes before the first one. With --flush the stores are in memory (/dev/shm), and each
flush of gateway and PostgreSQL takes so long (Tools/slow-flush). With --large also a store of 100,000 sessions of one owner with a million messages: how long a start
takes, what memory it needs, and a page of the list anywhere.
PostgreSQL is Debian's, on a socket of its own.
"""

import argparse
import asyncio
import json
import os
import pathlib
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "Clients"))
from postgresql import PostgreSQL  # noqa: E402

# Turns a second.
FAST = 2000
# How long an answer takes where it takes some time.
THINKING = 0.02

LINES = b"".join(
    json.dumps(line).encode() + b"\n" for line in [
        {"model": "m", "message": {"role": "assistant", "content": "A few words."}, "done": False},
        {"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "total_duration": 1,
         "prompt_eval_count": 1, "eval_count": 3}])


class Pace:
    """Of the scripted Ollama: how long it takes, in seconds."""

    thinking = 0


async def ollama(reader, writer):
    """Says the same to everybody."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length: ")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
            content = LINES if head.startswith(b"post /api/chat") else b'{"version":"0.9.3","models":[]}'
            if content is LINES and Pace.thinking:
                await asyncio.sleep(Pace.thinking)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content))
    except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
        writer.close()


async def turn(connection, session, stream=False):
    reader, writer = connection
    body = json.dumps(
        {"message": "A question of some length, as people ask it.", "session_id": session} | ({"stream": True} if stream else {})).encode()
    start = time.perf_counter()
    writer.write(
        b"POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    if stream:
        end = await reader.readuntil(b"\r\n0\r\n\r\n")
        assert b"stream_end" in end or b'"done":true' in end, end
    else:
        await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
    return time.perf_counter() - start


def slow_flush(folder, milliseconds):
    """The environment of a program whose flushes take so long."""
    library = folder / "slow-flush.so"
    source = pathlib.Path(__file__).parent / "Tools" / "slow-flush" / "slow-flush.c"
    subprocess.run(["cc", "-std=gnu11", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", library, source], check=True)
    # PostgreSQL runs as another user.
    folder.chmod(0o755)
    return os.environ | {"LD_PRELOAD": str(library), "FLUSH_MICROSECONDS": str(round(milliseconds * 1000))}


class Gateway:
    def __init__(self, program, folder, upstream, store, environment=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [program, "serve", "--listen", f"127.0.0.1:{self.port}", "--ollama", f"http://127.0.0.1:{upstream}", "--store", store,
                   "--default-model", "m", "--workers", "1", "--log-level", "error"]
        start = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd=folder, env=environment)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                assert self.process.poll() is None and time.perf_counter() - start < 60, "the gateway does not start"
                time.sleep(0.001)
        self.start_seconds = time.perf_counter() - start

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def connect(self):
        return asyncio.open_connection("127.0.0.1", self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait()


FLUSHES = """
import os, statistics, sys, time
times = []
with open(sys.argv[1], "wb", buffering=0) as file:
    for _ in range(200):
        start = time.perf_counter()
        file.write(bytes(4096))
        os.fdatasync(file.fileno())
        times.append(time.perf_counter() - start)
print(statistics.median(times))
"""


def flush_seconds(folder, environment):
    """The median of a write of a page and its flush, as programs of this environment see it."""
    command = [sys.executable, "-c", FLUSHES, folder / "flush"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


async def paced(connections, rate, count):
    """The median of turns that begin at a pace, each connection in a session of its own; and how many a second there were."""
    begin = time.perf_counter() + 0.05
    times = []

    async def talk(number, connection):
        for place in range(number, count, len(connections)):
            await asyncio.sleep(max(0, begin + place / rate - time.perf_counter()))
            times.append(await turn(connection, f"paced-{number}"))

    await asyncio.gather(*(talk(number, connection) for number, connection in enumerate(connections)))
    return statistics.median(times), count / (time.perf_counter() - begin)


async def measure(program, folder, upstream, store, turns, environment):
    gateway = Gateway(program, folder, upstream, store, environment)
    try:
        await asyncio.sleep(1)
        rest = gateway.resident_bytes()
        connection = await gateway.connect()
        await turn(connection, "one")
        slow = []
        for stream, thinking in ((False, 0), (False, THINKING), (True, 0), (True, THINKING)):
            Pace.thinking = thinking
            times = []
            for _ in range(turns):
                times.append(await turn(connection, "one", stream))
                await asyncio.sleep(max(0, 0.1 - times[-1]))
            slow.append(statistics.median(times))
        Pace.thinking = 0
        connections = [await gateway.connect() for _ in range(64)]
        await paced(connections, FAST, FAST)
        fast, reached = await paced(connections, FAST, FAST * 5)
        start = time.perf_counter()

        async def talk(number, connection):
            for _ in range(turns):
                await turn(connection, f"many-{number}")

        await asyncio.gather(*(talk(number, connection) for number, connection in enumerate(connections)))
        return rest, slow, fast, reached, 64 * turns / (time.perf_counter() - start)
    finally:
        gateway.stop()


async def measure_large(program, folder, upstream):
    """A store of 100,000 sessions, filled by the statements of its own schema."""
    path = folder / "large.db"
    Gateway(program, folder, upstream, f"sqlite:{path}").stop()
    database = sqlite3.connect(path)
    columns = [row[1] for row in database.execute("PRAGMA table_info(sessions)")]
    gateway = Gateway(program, folder, upstream, f"sqlite:{path}")
    connection = await gateway.connect()
    await turn(connection, "sample")
    gateway.stop()
    sample = dict(zip(columns, database.execute("SELECT * FROM sessions").fetchone()))
    message_columns = [row[1] for row in database.execute("PRAGMA table_info(messages)")]
    rows = [dict(zip(message_columns, row)) for row in database.execute("SELECT * FROM messages ORDER BY place")]
    key = next(name for name in columns if str(sample[name]).startswith("sample@"))
    owner = next(name for name in message_columns if str(rows[0][name]).startswith("sample@"))
    with database:
        for number in range(100_000):
            name = f"s{number}@loopback"
            database.execute(
                f"INSERT INTO sessions ({','.join(columns)}) VALUES ({','.join('?' * len(columns))})",
                [*(sample | {key: name, "message_count": 10, "last_number": 10, "updated_at": sample["updated_at"] + number}).values()])
            database.executemany(
                f"INSERT INTO messages ({','.join(message_columns)}) VALUES ({','.join('?' * len(message_columns))})",
                ([*(rows[place % 2] | {owner: name, "place": place, "number": place + 1}).values()] for place in range(10)))
    database.close()
    empty = Gateway(program, folder, upstream, f"sqlite:{folder}/empty.db")
    await asyncio.sleep(1)
    before = empty.resident_bytes()
    empty.stop()
    gateway = Gateway(program, folder, upstream, f"sqlite:{path}")
    try:
        await asyncio.sleep(1)
        grown = gateway.resident_bytes() - before
        reader, writer = await gateway.connect()
        pages = {}
        for skip in (0, 950, 50_000, 99_950):
            times = []
            for _ in range(20):
                start = time.perf_counter()
                writer.write(b"GET /api/v1/chat/sessions?skip=%d&limit=50 HTTP/1.1\r\nHost: localhost\r\n\r\n" % skip)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                if b"content-length: " in head:
                    await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r\n")[0]))
                else:
                    await reader.readuntil(b"\r\n0\r\n\r\n")
                times.append(time.perf_counter() - start)
            pages[skip] = statistics.median(times)
        return gateway.start_seconds, grown, pages
    finally:
        gateway.stop()


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program", type=lambda path: str(pathlib.Path(path).absolute()))
    arguments.add_argument("--turns", type=int, default=100)
    arguments.add_argument("--flush", type=float, metavar="MILLISECONDS")
    arguments.add_argument("--large", action="store_true")
    arguments = arguments.parse_args()
    server = await asyncio.start_server(ollama, "127.0.0.1", 0)
    upstream = server.sockets[0].getsockname()[1]
    # Where the system's temporary folder may be in memory, this is not.
    place = "/dev/shm" if arguments.flush else pathlib.Path.cwd()
    with tempfile.TemporaryDirectory(prefix="gateway-stores-", dir=place) as folder:
        folder = pathlib.Path(folder)
        environment = slow_flush(folder, arguments.flush) if arguments.flush else None
        postgresql = PostgreSQL(environment, "/dev/shm" if arguments.flush else "/tmp")
        try:
            flush = flush_seconds(folder, environment)
            print(f"a flush: {flush * 1e3:.2f} ms")
            base = None
            for name, store in (("memory", "memory"), ("SQLite", f"sqlite:{folder}/gateway.db"), ("PostgreSQL", postgresql.url)):
                rest, slow, fast, reached, rate = await measure(
                    arguments.program, folder, upstream, store, arguments.turns, environment)
                base = base or (rest, slow, fast)
                added = [f"{(time - memory) / flush:+.2f}" for time, memory in zip(slow, base[1])]
                print(
                    f"{name:10}  at rest {rest / 2**20:5.1f} MiB ({(rest - base[0]) / 2**20:+.1f})   a turn at 10/s {slow[0] * 1e3:6.2f} ms "
                    f"({added[0]} flushes), of 20 ms ({added[1]}), streamed ({added[2]}), streamed of 20 ms ({added[3]})   at {reached:4.0f}/s {fast * 1e3:6.2f} ms "
                    f"({(fast - base[2]) / flush:+.2f} flushes)   64 clients {rate:6.0f} turns/s", flush=True)
        finally:
            postgresql.close()
        if arguments.large:
            seconds, grown, pages = await measure_large(arguments.program, folder, upstream)
            print(f"100,000 sessions, 1,000,000 messages: start {seconds * 1e3:.0f} ms, {grown / 2**20:+.1f} MiB, a page of 50 at "
                  + ", ".join(f"{skip}: {time * 1e3:.1f} ms" for skip, time in pages.items()))


asyncio.run(main())
