#!/usr/bin/env python3
"""What it is worth that a chat's next turn comes where its prompt is cached, of clients that name no session: two real Ollamas.

    affinity.py PROGRAM [--chats N] [--turns N] [--rounds N] [--slots N] [--think SECONDS] [--only NAME,…] [--json FILE]

Behind the gateway, nginx with `least_conn` and nginx in turn (round robin), one after the other in an order that changes from round
to round: so many chats at once, each with a system prompt of its own of 700 characters, that send all of their messages with each
turn, as clients of /api/chat do, and nothing that names them. Between two turns a user thinks for a random time, the same behind
each. Before each of these runs both Ollamas let their model go and load it again, so that nothing is cached.

The Ollamas are those of the demo (Tests/RealOllama/real-ollama.sh, smollm2:135m) with as many slots as are told, each with a prompt
cached (OLLAMA_MULTIUSER_CACHE, as newer Ollamas do it by themselves). A first token's time is the client's; how long prompts were
evaluated is what Ollama says (`prompt_eval_duration`, which counts what other slots did meanwhile). All of it takes both cores of a
small machine: other work changes the figures, and suffers by it. Exit status 1: a turn failed.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from benchmark import processes
from benchmark.failure import Failure

REAL_OLLAMA = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "RealOllama" / "real-ollama.sh"
MODEL = "smollm2:135m"
OPTIONS = {"num_ctx": 1024, "num_predict": 12, "temperature": 0, "seed": 1}
SYSTEM_CHARACTERS = 700
TURN_SECONDS = 300
WORDS = """time year people way day man thing woman life child world school state family student group country problem hand part
place case week company system program question work government number night point home water room mother area money story fact
month lot right study book eye job word business issue side kind head house service friend father power hour game line end member
law car city community name president team minute idea kid body information back parent face others level office door health person
art war history party result change morning reason research girl guy moment air teacher force education""".split()


class Turn:
    """One turn: its number in the chat, seconds to the first token and to the end, and what Ollama said of it."""

    def __init__(self, number, first, whole, end):
        self.number, self.first, self.whole = number, first, whole
        self.prompt_tokens = end.get("prompt_eval_count", 0)
        self.prompt_seconds = end.get("prompt_eval_duration", 0) / 1e9


def ask(port, path, body):
    """A request in one piece to an Ollama."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TURN_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET" if body is None else "POST", path, body and json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise Failure(f"{path} of the Ollama on port {port}: {response.status} {content[:200]!r}")
        return json.loads(content)


def forget(port):
    """Has an Ollama load its model anew: nothing is cached then."""
    ask(port, "/api/generate", {"model": MODEL, "keep_alive": 0, "stream": False})
    deadline = time.monotonic() + 60
    while ask(port, "/api/ps", None)["models"]:
        if time.monotonic() > deadline:
            raise Failure(f"the Ollama on port {port} does not let its model go")
        time.sleep(0.1)
    ask(port, "/api/generate", {"model": MODEL, "keep_alive": -1, "stream": False, "options": OPTIONS})


@contextlib.contextmanager
def ollama(slots):
    settings = f"OLLAMA_NUM_PARALLEL={slots} OLLAMA_MULTIUSER_CACHE=1"
    url = subprocess.run([REAL_OLLAMA, "up", "free"], stdout=subprocess.PIPE, text=True, check=True,
                         env=os.environ | {"REAL_OLLAMA_SETTINGS": settings}).stdout.strip()
    port = int(url.rpartition(":")[2])
    try:
        yield port
    finally:
        subprocess.run([REAL_OLLAMA, "down", str(port)], check=False)


@contextlib.contextmanager
def gateway(program, ports, slots, folder):
    port, log = processes.free_port(), folder / "gateway.log"
    file = folder / "gateway.yaml"
    file.write_text(f"store: memory\nlisten: 127.0.0.1:{port}\nlog_level: warning\nollama:\n" + "".join(
        f"  - {{name: gpu{number}, url: \"http://127.0.0.1:{each}\", parallel: {slots}}}\n"
        for number, each in enumerate(ports, 1)))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA_")}
    with processes.running([program, "serve", "--config", file], log, env=environment) as process:
        processes.wait_until_it_answers(f"http://127.0.0.1:{port}/health/ready", process, log)
        yield port


@contextlib.contextmanager
def nginx(method, ports, folder):
    port, log = processes.free_port(), folder / "nginx.log"
    file = folder / "nginx.conf"
    file.write_text(
        f"{'user root;' if os.geteuid() == 0 else ''} worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {log};\n"
        "events {}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n"
        f"  upstream ollama {{ {method} {' '.join(f'server 127.0.0.1:{each};' for each in ports)} keepalive 16; }}\n"
        f"  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://ollama; proxy_http_version 1.1;\n"
        "    proxy_set_header Host localhost; proxy_set_header Connection \"\"; proxy_buffering off; proxy_read_timeout 600s; } } }\n")
    with processes.running(["nginx", "-c", file, "-p", folder], log) as process:
        processes.wait_until_it_answers(f"http://127.0.0.1:{port}/api/version", process, log)
        yield port


def take_turn(connection, messages, number):
    body = {"model": MODEL, "messages": messages, "options": OPTIONS}
    began = time.perf_counter()
    connection.request("POST", "/api/chat", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    if response.status != 200:
        raise Failure(f"a turn got {response.status}: {response.read()[:200]!r}")
    first, said, end = None, [], {}
    for line in response:
        event = json.loads(line)
        if "error" in event:
            raise Failure(f"a turn failed: {event['error']}")
        content = event.get("message", {}).get("content", "")
        if content and first is None:
            first = time.perf_counter() - began
        said.append(content)
        if event.get("done"):
            end = event
    if not end or first is None:
        raise Failure("a turn ended without its last line, or said nothing")
    messages.append({"role": "assistant", "content": "".join(said)})
    return Turn(number, first, time.perf_counter() - began, end)


def chat(port, seed, options, turns, failures):
    """One user. What is said and how long is thought goes by the seed alone."""
    dice = random.Random(seed)
    system = ""
    while len(system) < SYSTEM_CHARACTERS:
        system += " ".join(dice.choices(WORDS, k=dice.randint(6, 14))).capitalize() + ". "
    messages = [{"role": "system", "content": system[:SYSTEM_CHARACTERS]}]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TURN_SECONDS)
    try:
        for number in range(options.turns):
            time.sleep(dice.uniform(0, 2) * options.think)
            if failures:
                return
            question = f"What is the {dice.choice(WORDS)} of the {dice.choice(WORDS)}, and which {dice.choice(WORDS)} comes first?"
            messages.append({"role": "user", "content": question})
            turns.append(take_turn(connection, messages, number))
    except (Failure, OSError, ValueError, http.client.HTTPException) as error:
        failures.append(error)
    finally:
        connection.close()


def run(port, round_number, options):
    turns, failures = [], []
    threads = [threading.Thread(target=chat, args=(port, f"{round_number}-{number}", options, turns, failures), daemon=True)
               for number in range(options.chats)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise Failure(f"{failures[0]}")
    return turns


def percentile(values, part):
    values = sorted(values)
    return values[min(int(len(values) * part), len(values) - 1)]


class Figures:
    """Of the turns of one contestant, in one round or in all."""

    def __init__(self, turns):
        first = [turn for turn in turns if turn.number == 0]
        later = [turn for turn in turns if turn.number > 0]
        self.prompt_seconds = sum(turn.prompt_seconds for turn in turns)
        self.later_prompt_seconds = sum(turn.prompt_seconds for turn in later)
        self.prompt_tokens = sum(turn.prompt_tokens for turn in turns)
        self.later = len(later)
        # A cached prompt takes less than half of what a token of a new one takes.
        cold = statistics.median(turn.prompt_seconds / max(turn.prompt_tokens, 1) for turn in first)
        self.warm = sum(turn.prompt_seconds < cold * turn.prompt_tokens / 2 for turn in later)
        self.first_p50 = statistics.median(turn.first for turn in later)
        self.first_p95 = percentile([turn.first for turn in later], 0.95)
        self.whole_p50 = statistics.median(turn.whole for turn in later)

    def __str__(self):
        return (f"prompts evaluated for {self.prompt_seconds:6.1f} s "
                f"({self.later_prompt_seconds:.1f} of later turns; {self.prompt_tokens:,} tokens sent), "
                f"{self.warm} of {self.later} later turns cached; their first token after {self.first_p50:.2f} s (p95 {self.first_p95:.2f})")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=lambda path: pathlib.Path(path).resolve(), help="the gateway's")
    parser.add_argument("--chats", type=int, default=8)
    parser.add_argument("--turns", type=int, default=6, help="of each chat, at least 2")
    parser.add_argument("--rounds", type=int, default=1, help="some 5 to 10 minutes each where nothing else runs")
    parser.add_argument("--slots", type=int, default=4, help="of each Ollama")
    parser.add_argument("--think", type=float, default=3, metavar="SECONDS", help="before a turn, on the average")
    parser.add_argument("--only", metavar="NAME,…", help="gateway, least_conn, round_robin; default all")
    parser.add_argument("--json", type=pathlib.Path, help="where each turn goes")
    options = parser.parse_args()
    if options.turns < 2 or min(options.chats, options.rounds, options.slots) < 1 or options.think < 0:
        parser.error("two turns at least, and one of all else")
    return options


def main():
    options = parse()
    processes.end_orderly()
    names = (options.only or "gateway,least_conn,round_robin").split(",")
    turns = {name: [] for name in names}
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-affinity-")))
        ports = [stack.enter_context(ollama(options.slots)) for _ in range(2)]
        starts = {"gateway": lambda: gateway(options.program, ports, options.slots, folder),
                  "least_conn": lambda: nginx("least_conn;", ports, folder),
                  "round_robin": lambda: nginx("", ports, folder)}
        version = ask(ports[0], "/api/version", None)["version"]
        print(f"two Ollamas {version} of {options.slots} slots, {MODEL}, {os.cpu_count()} cores; {options.chats} chats of "
              f"{options.turns} turns, a user thinks for {options.think:g} s", flush=True)
        for round_number in range(options.rounds):
            shift = round_number % len(names)
            for name in names[shift:] + names[:shift]:
                for port in ports:
                    forget(port)
                busy, began = processes.machine_cpu_seconds(), time.monotonic()
                with starts[name]() as port:
                    found = run(port, round_number, options)
                seconds = time.monotonic() - began
                turns[name] += found
                cores = (processes.machine_cpu_seconds() - busy) / seconds
                print(f"round {round_number + 1}  {name:11}  {seconds:5.0f} s, {cores:.1f} cores busy  {Figures(found)}", flush=True)
    print()
    figures = {name: Figures(found) for name, found in turns.items()}
    base = figures.get("gateway")
    for name, each in figures.items():
        print(f"all  {name:11}  {each}")
    for name, each in figures.items():
        if base and name != "gateway":
            print(f"gateway against {name}: prompts evaluated {base.prompt_seconds / each.prompt_seconds:.2f} times as long "
                  f"(later turns {base.later_prompt_seconds / each.later_prompt_seconds:.2f}), first token of a later turn "
                  f"{base.first_p50 / each.first_p50:.2f} times (p95 {base.first_p95 / each.first_p95:.2f})")
    if options.json:
        options.json.write_text(json.dumps({name: [vars(turn) for turn in found] for name, found in turns.items()}))


if __name__ == "__main__":
    try:
        main()
    except (Failure, subprocess.CalledProcessError) as error:
        sys.exit(f"affinity: {error}")
