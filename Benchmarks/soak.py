#!/usr/bin/env python3
"""Does the gateway come back to its level? Memory and descriptors after many requests and many broken-off streams.

    soak.py PROGRAM [--requests N] [--streams N] [--workers N]

In front of a simulated Ollama, twice the same: REQUESTS unary chats, and STREAMS chats that stream at full
length and are broken off after a random number of bytes, half of them by a reset. After each round it waits until all
connections are gone, and reads the resident set and the descriptors of the gateway's process. The first round warms up
pools and caches; the exit status is 1 if the second leaves more descriptors than there were before, or memory that
has grown by more than 4 MiB.
"""

import argparse
import asyncio
import pathlib
import random
import socket
import struct
import sys
import tempfile
import time

from benchmark import contestants, processes
from benchmark.failure import Failure
from benchmark.loads import Load
from benchmark.machine import Machine
from benchmark.tools import Tools

# 400 tokens, one every 5 ms.
BODY = b'{"model":"sim:400-5000","messages":[]}'
REQUEST = (b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
           b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY))
UNARY = Load("unary", "unary", 32, settle=0, window=2)
AT_ONCE = 200
SETTLE_SECONDS = 60
GROWTH_LIMIT_KIB = 4096


def level(pid):
    """Resident KiB and open descriptors."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return resident, len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def settled_level(pid, descriptors):
    """The level once no connection is left: upstream connections that idle are the gateway's own and may stay."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        resident, now = level(pid)
        if now <= descriptors or time.monotonic() > deadline:
            return resident, now
        time.sleep(0.1)


async def break_off(port, generator, limiter):
    async with limiter:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(REQUEST)
            wanted = generator.randrange(4000)
            while wanted > 0:
                piece = await reader.read(min(wanted, 1024))
                if not piece:
                    raise Failure("the gateway ended a stream")
                wanted -= len(piece)
            if generator.random() < 0.5:
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        finally:
            writer.close()


async def break_off_many(port, count, seed):
    generator, limiter = random.Random(seed), asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(break_off(port, generator, limiter) for _ in range(count)))


def requests(tools, port, count):
    done = 0
    while done < count:
        with tools.client(UNARY.arguments(port), None) as client:
            client.expect("open")
            client.expect("measured")
            report = client.dismiss()
        if report["errors"] or not report["answers"]:
            raise Failure(f"{report['errors']} of {report['answers']} requests failed: {report['first_error']}")
        done += report["answers"]
    return done


def main():
    processes.end_orderly()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    machine = Machine()
    with tempfile.TemporaryDirectory(prefix="ollama-gateway-soak-") as name:
        folder = pathlib.Path(name)
        tools = Tools(folder, machine)
        gateway = contestants.Gateway(options.program.resolve(), options.workers)
        with tools.simulator(None) as simulator:
            with gateway.start(simulator.port, folder, machine, pinned=False) as running:
                return soak(tools, running.port, running.pid, options)


def soak(tools, port, pid, options):
    levels = []
    # Up to 64 idle connections to Ollama on each worker may stay open.
    allowed = level(pid)[1] + 256 * options.workers
    print(f"at rest: {level(pid)[0]} KiB, {level(pid)[1]} descriptors", flush=True)
    for seed in (1, 2):
        done = requests(tools, port, options.requests)
        asyncio.run(break_off_many(port, options.streams, seed))
        levels.append(settled_level(pid, levels[0][1] if levels else allowed))
        print(f"after {done} requests and {options.streams} broken-off streams: {levels[-1][0]} KiB, "
              f"{levels[-1][1]} descriptors", flush=True)
    (before, descriptors_before), (after, descriptors_after) = levels
    isBack = after - before <= GROWTH_LIMIT_KIB and descriptors_after <= descriptors_before
    print("back at its level" if isBack else "NOT back at its level")
    return 0 if isBack else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"soak: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
