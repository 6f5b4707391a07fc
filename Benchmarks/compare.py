#!/usr/bin/env python3
"""Compares two builds of the gateway: CPU time and instructions a request and a token, of the old and the new in turn.

    compare.py OLD NEW [--rounds N] [--only LOAD,…] [--without-instructions]

Both stand in front of the same simulated Ollama. Each round measures every load on both, in an order that changes, on
processes that last. CPU times are equal where the ranges of the middle half of their rounds overlap. Instructions are
counted by callgrind, as the difference of a long and a short run, so that start and end do not count; without valgrind
they are left out. The exit status is 1 when a request or a token went wrong.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from benchmark import contestants, processes
from benchmark.failure import Failure
from benchmark.loads import Load
from benchmark.machine import Machine
from benchmark.measurement import measure
from benchmark.tools import Tools

NAMES = ("old", "new")
# Of the counted runs: the difference is what is counted.
SHORT, LONG = 100, 600


class Build(contestants.Gateway):
    def __init__(self, name, program, prefix=()):
        super().__init__(program)
        self.name, self.prefix = name, list(prefix)

    def command(self, values):
        return [*self.prefix, *super().command(values)]


def loads(machine):
    thousand = dict(count=machine.most(1000), contestants=NAMES)
    return [Load("unary", "unary", 32, NAMES, settle=0.5),
            Load("relay", "chat", **thousand),
            Load("chat SSE", "sse", apart=True, **thousand),
            Load("chat WebSocket", "websocket", apart=True, **thousand)]


def cpu(options, machine, tools, folder):
    """Load -> build -> microseconds of each round."""
    wanted = options.only.split(",") if options.only else None
    chosen = [load for load in loads(machine) if not wanted or load.name in wanted]
    figures = {load.name: {name: [] for name in NAMES} for load in chosen}
    errors = 0
    for load in chosen:
        with contextlib.ExitStack() as stack:
            simulator = stack.enter_context(tools.simulator(machine.tool_cores))
            running = {name: stack.enter_context(
                Build(name, getattr(options, name).resolve()).start(simulator.port, folder, machine)) for name in NAMES}
            for number in range(options.rounds):
                for name in NAMES if number % 2 == 0 else NAMES[::-1]:
                    found = measure(load, running[name], simulator, tools, machine)
                    errors += found["errors"]
                    figures[load.name][name].append(found["cpu_microseconds"])
                    print(f"  {load.name:16} {name} {found['cpu_microseconds']:7.2f} µs"
                          f"{'  ' + str(found['errors']) + ' ERRORS: ' + found['first_error'] if found['errors'] else ''}",
                          flush=True)
    return figures, errors


def ask(port, kind, count):
    """`count` requests, or one stream of as many tokens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    if kind == "unary":
        for _ in range(count):
            content(connection, "/api/chat", {"model": "sim:20-0", "stream": False, "messages": [{"role": "user", "content": "x"}]})
    elif kind == "relay":
        content(connection, "/api/chat", {"model": f"sim:{count}-3000", "messages": []})
    else:
        content(connection, "/api/v1/chat/", {"model": f"sim:{count}-3000", "message": "x", "stream": True})
    connection.close()


def content(connection, path, body):
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise Failure(f"{path}: {answer.status} {text[:300]!r}")


def counted(options, name, kind, count, machine, tools, folder):
    """Instructions that a run of the program executes with so much work, its start and end among them."""
    # valgrind cannot read the debug information of new compilers.
    program = folder / f"{name}-stripped"
    if not program.exists():
        subprocess.run(["strip", "-o", program, getattr(options, name).resolve()], check=True)
    prefix = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out"]
    with tools.simulator(None) as simulator:
        with Build(name, program, prefix).start(simulator.port, folder, machine, False) as running:
            ask(running.port, kind, count)
            log = running.log
    found = re.findall(r"Collected : (\d+)", log.read_text())
    if not found:
        raise Failure(f"callgrind has counted nothing: {log.read_text()[-2000:]}")
    return int(found[-1])


def instructions(options, machine, tools, folder):
    """Kind -> build -> instructions a request or a token."""
    return {kind: {name: (counted(options, name, kind, LONG, machine, tools, folder)
                          - counted(options, name, kind, SHORT, machine, tools, folder)) / (LONG - SHORT)
                   for name in NAMES} for kind in ("unary", "relay", "chat SSE")}


def quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3


def table(figures, counts):
    lines = ["| load | old: median (middle half), µs | new | new/old | | instructions old | new | new/old |",
             "|---|---|---|---|---|---|---|---|"]
    for load, by_build in figures.items():
        (low, old, high), (new_low, new, new_high) = (quartiles(by_build[name]) for name in NAMES)
        verdict = "equal" if new_low <= high and low <= new_high else "dearer" if new > old else "cheaper"
        count = counts.get(load)
        told = (f"{count['old']:,.0f} | {count['new']:,.0f} | {count['new'] / count['old']:.3f}" if count else "| | ")
        lines.append(f"| {load} | {old:.2f} ({low:.2f}–{high:.2f}) | {new:.2f} ({new_low:.2f}–{new_high:.2f}) "
                     f"| {new / old:.3f} | {verdict} | {told} |")
    return "\n".join(lines)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("old", type=pathlib.Path, help="the program before the change")
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--only", metavar="LOAD,…", help="unary, relay, chat SSE, chat WebSocket")
    parser.add_argument("--without-instructions", action="store_true")
    return parser.parse_args()


def main():
    processes.end_orderly()
    options = parse()
    machine = Machine()
    with tempfile.TemporaryDirectory(prefix="ollama-gateway-compare-") as name:
        folder = pathlib.Path(name)
        tools = Tools(folder, machine)
        counts = {}
        if not options.without_instructions and shutil.which("valgrind"):
            counts = instructions(options, machine, tools, folder)
        figures, errors = cpu(options, machine, tools, folder)
    print("\n" + table(figures, counts))
    return 1 if errors else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"compare: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
