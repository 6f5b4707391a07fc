#!/usr/bin/env python3
"""A first look at what the gateway costs: CPU time of its process beside nginx as a plain reverse proxy.

    look.py PROGRAM [--rounds N] [--seconds S] [--connections N] [--streams N] [--tokens N]

Both have one worker and stand before the same simulated Ollama, and every round measures both, in turn:

- unary requests: `wrk` posts chats without a stream over connections that stay open, for SECONDS;
- paced streams: STREAMS chats at once, 20 tokens a second each, TOKENS long, every token checked.

The figure is the CPU time, user and system, that /proc/PID/stat adds to the proxy's process meanwhile, divided by the
requests or tokens that came through. It says what the proxy costs, not how long an answer takes. One error in a round
makes the exit status 1: a figure of failed requests is none.
"""

import argparse
import contextlib
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TOKEN_MILLISECONDS = 50
PATH = "/api/chat"
NGINX = next((path for path in ("/usr/sbin/nginx", "/usr/local/sbin/nginx") if os.path.exists(path)), "nginx")
NGINX_CONFIGURATION = """
{user}
worker_processes 1;
worker_rlimit_nofile 65536;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream ollama {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    keepalive_requests 100000000;
    location / {{
      proxy_pass http://ollama;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }}
  }}
}}
"""


class Failure(Exception):
    """What made the measurement impossible or wrong."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process with all its threads: fields 14 and 15 of /proc/PID/stat (proc(5))."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compile_c(name, folder):
    program = folder / name
    subprocess.run(["cc", "-O2", "-o", program, HERE / f"{name}.c"], check=True)
    return program


@contextlib.contextmanager
def running(command, log, **options):
    """A process for the length of a `with`, ended by its id."""
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=output, **{"stdout": output, **options})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_answers(url, process, log):
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=2) as answer:
                return answer.read()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"no answer from {url}: {error}\n{pathlib.Path(log).read_text()[-2000:]}") from None
        time.sleep(0.02)


class Proxy:
    """One of the two that are compared: what it is called, where it listens, whose CPU time counts."""

    def __init__(self, name, port, pid):
        self.name, self.port, self.pid = name, port, pid
        self.microseconds = {"request": [], "token": []}
        self.errors = 0

    def measure(self, unit, load):
        before = cpu_seconds(self.pid)
        count, errors = load(self.port)
        spent = cpu_seconds(self.pid) - before
        self.errors += errors
        if count:
            self.microseconds[unit].append(spent / count * 1e6)
        figure = f"{spent / count * 1e6:6.1f} µs CPU a {unit}" if count else "none came through"
        print(f"  {self.name:8} {count:8} {unit}s, {errors} errors, {spent:6.2f} s CPU: {figure}", flush=True)


def unary_load(connections, seconds):
    def load(port):
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s", "-s", HERE / "unary.lua",
             f"http://127.0.0.1:{port}{PATH}"],
            capture_output=True, text=True, timeout=seconds + 60, check=True)
        requests = int(re.search(r"(\d+) requests in", done.stdout)[1])
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
        sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout)
        errors = int(failed[1]) if failed else 0
        return requests, errors + (sum(map(int, sockets.groups())) if sockets else 0)

    return load


def stream_load(program, streams, tokens):
    seconds = tokens * TOKEN_MILLISECONDS // 1000 + 30

    def load(port):
        done = subprocess.run([program, str(port), PATH, str(streams), str(tokens), str(seconds)],
                              capture_output=True, text=True, timeout=seconds + 30, check=True)
        came, errors = map(int, done.stdout.split())
        return came, errors

    return load


@contextlib.contextmanager
def proxies(program, upstream, folder):
    port, log = free_port(), folder / "gateway.log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OLLAMA_")}
    gateway = running([program, "serve", "--listen", f"127.0.0.1:{port}", "--ollama", f"http://127.0.0.1:{upstream}",
                       "--workers", "1", "--log-level", "warning"], log, env=environment)
    nginx_port, nginx_log = free_port(), folder / "nginx-start.log"
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX_CONFIGURATION.format(
        user="user root;" if os.geteuid() == 0 else "", folder=folder, upstream=upstream, port=nginx_port))
    nginx = running([NGINX, "-p", folder, "-e", folder / "nginx.log", "-c", configuration], nginx_log)
    with gateway as gateway_process, nginx as nginx_process:
        wait_until_it_answers(f"http://127.0.0.1:{port}/health/ready", gateway_process, log)
        wait_until_it_answers(f"http://127.0.0.1:{nginx_port}/api/version", nginx_process, nginx_log)
        children = pathlib.Path(f"/proc/{nginx_process.pid}/task/{nginx_process.pid}/children")
        yield (Proxy("nginx", nginx_port, int(children.read_text().split()[0])),
               Proxy("gateway", port, gateway_process.pid))


def check_same_answer(both):
    """Before anything is measured: both relay the same answer, byte for byte."""
    bodies = {}
    for proxy in both:
        request = urllib.request.Request(
            f"http://127.0.0.1:{proxy.port}{PATH}", data=b'{"model":"tinyllama:latest","messages":[],"stream":false}',
            headers={"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            bodies[proxy.name] = answer.read()
    if len(set(bodies.values())) != 1:
        raise Failure(f"the answers differ: {bodies}")


def report(nginx, gateway):
    print("\nmedians, µs of CPU time      nginx    gateway    gateway/nginx")
    for unit, what in (("request", "a unary request"), ("token", "a token of a paced stream")):
        medians = [statistics.median(proxy.microseconds[unit]) for proxy in (nginx, gateway)]
        print(f"{what:26} {medians[0]:7.1f} {medians[1]:10.1f} {medians[1] / medians[0]:12.2f}x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="length of a unary measurement")
    parser.add_argument("--connections", type=int, default=32, help="of the unary measurement")
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--tokens", type=int, default=160, help="of each stream")
    options = parser.parse_args()

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

    with tempfile.TemporaryDirectory(prefix="ollama-gateway-bench-") as name:
        folder = pathlib.Path(name)
        simulated, streams = compile_c("simulated-ollama", folder), compile_c("stream-load", folder)
        upstream_command = [simulated, str(options.tokens), str(TOKEN_MILLISECONDS)]
        with running(upstream_command, folder / "upstream.log", stdout=subprocess.PIPE) as upstream:
            with proxies(options.program, int(upstream.stdout.readline()), folder) as both:
                check_same_answer(both)
                unary = unary_load(options.connections, options.seconds)
                paced = stream_load(streams, options.streams, options.tokens)
                for proxy in both:
                    unary_load(options.connections, 1)(proxy.port)
                for number in range(1, options.rounds + 1):
                    print(f"round {number} of {options.rounds}", flush=True)
                    # Who goes first changes, so that a machine that slows down or speeds up favours neither.
                    order = both if number % 2 else both[::-1]
                    for unit, load in (("request", unary), ("token", paced)):
                        for proxy in order:
                            proxy.measure(unit, load)
                report(*both)
                return 1 if any(proxy.errors for proxy in both) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
