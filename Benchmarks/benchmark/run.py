"""Runs the parts of the plan and keeps every figure of every round."""

import contextlib
import time

from . import processes
from .failure import Failure
from .measurement import measure

# Those from PyPI.
DISPENSABLE = ("envoy", "litellm")

STARTS_A_ROUND = 3
# After its start: what it allocates in the first moments belongs to it.
REST_SECONDS = 0.5
# A contestant whose threads were ready and had no core for more than this part of the time has been disturbed.
DISTURBED_PART = 0.1
# A machine of which others have less is quiet.
QUIET_CORES = 0.2
QUIET_SECONDS = 0.5


def is_disturbed(figures):
    return figures.get("waiting", 0) > DISTURBED_PART


class Run:
    def __init__(self, tools, machine, contestants, rounds, patience, folder):
        self.tools, self.machine, self.rounds, self.folder = tools, machine, rounds, folder
        # Seconds that may still be spent on waiting for others and on doing again what they have disturbed.
        self.patience = patience
        self.contestants = {contestant.name: contestant for contestant in contestants}
        # Load -> contestant -> the figures of each round.
        self.results = {}
        self.absent = []

    @property
    def errors(self):
        return sum(figures.get("errors", 0) for by_contestant in self.results.values()
                   for rounds in by_contestant.values() for figures in rounds)

    def part(self, name, loads):
        """All loads of a part in each round, and all contestants of each load, in an order that changes."""
        print(f"{name}", flush=True)
        if name == "rest":
            return self.rest()
        loads = [load for load in loads if any(each in self.contestants for each in load.contestants)]
        with contextlib.ExitStack() as stack:
            lasting = {}
            for load in loads:
                for each in load.contestants:
                    if not load.fresh and load.process(each) not in lasting and each in self.contestants:
                        self.start_lasting(each, load, lasting, stack)
            for number in range(self.rounds):
                for load in loads:
                    for each in self.order(load.contestants, number):
                        self.once(load, each, lasting)

    def start_lasting(self, name, load, lasting, stack):
        try:
            lasting[load.process(name)] = stack.enter_context(self.started(self.contestants[name], load))
        except Failure as failure:
            if name not in DISPENSABLE:
                raise
            self.leave_out(name, failure)

    def leave_out(self, name, reason):
        """Goes on without a contestant that cannot be had here; the table says so."""
        print(f"  without {name}: {reason}", flush=True)
        self.absent.append(name)
        self.contestants.pop(name, None)

    def order(self, names, number):
        """Who goes first changes, so that a machine that slows down or speeds up favours nobody."""
        present = [name for name in names if name in self.contestants]
        return present if number % 2 == 0 else present[::-1]

    @contextlib.contextmanager
    def started(self, contestant, load):
        cores = self.machine.tool_cores if load.pinned else None
        with self.tools.simulator(cores) as simulator:
            with contestant.start(simulator.port, self.folder, self.machine, load.pinned) as running:
                yield simulator, running

    def once(self, load, name, lasting):
        """Measures, and once more as long as others disturb it and there is patience left."""
        while True:
            self.wait_for_quiet()
            figures = self.attempt(load, name, lasting)
            if not is_disturbed(figures) or self.patience <= 0:
                return self.keep(load.name, name, figures, load.unit)
            self.patience -= load.settle + load.window
            print(f"  {load.name:26} {name:18} again: it had to wait for its core {figures['waiting']:.0%} of the time",
                  flush=True)

    def attempt(self, load, name, lasting):
        if not load.fresh:
            simulator, running = lasting[load.process(name)]
            return measure(load, running, simulator, self.tools, self.machine)
        with self.started(self.contestants[name], load) as (simulator, running):
            return measure(load, running, simulator, self.tools, self.machine)

    def wait_for_quiet(self):
        """Until others leave the machine alone, as long as there is patience left."""
        while self.patience > 0:
            before = processes.machine_cpu_seconds()
            time.sleep(QUIET_SECONDS)
            self.patience -= QUIET_SECONDS
            if processes.machine_cpu_seconds() - before < QUIET_CORES * QUIET_SECONDS:
                return

    def rest(self):
        """How long contestants take to start, and what they need while they do nothing. LiteLLM takes ten seconds, and
        has one."""
        for number in range(self.rounds):
            for name in self.order(list(self.contestants), number):
                if name in ("direct", "gateway, 2 workers", "gateway, 8 servers") or (name == "litellm" and number > 0):
                    continue
                for _ in range(1 if name == "litellm" else STARTS_A_ROUND):
                    self.keep("rest", name, self.start_once(name))

    def start_once(self, name):
        with self.tools.simulator(self.machine.tool_cores) as simulator:
            with self.contestants[name].start(simulator.port, self.folder, self.machine) as running:
                time.sleep(REST_SECONDS)
                return {"start_milliseconds": running.start_seconds * 1e3,
                        "resident": processes.resident_bytes(running.pids),
                        "descriptors": processes.descriptors(running.pids)}

    def keep(self, load, name, figures, unit=None):
        self.results.setdefault(load, {}).setdefault(name, []).append(figures)
        told = [f"  {load:26} {name:18}"]
        if unit and figures["each_second"]:
            told.append(f"{figures['each_second']:9.0f} {unit}s/s")
        for figure, form in (("cpu_microseconds", "{:7.2f} µs CPU"), ("cores", "{:4.0%} of a core"),
                             ("later_p99", "p99 {:7.0f} µs"), ("start_milliseconds", "{:7.1f} ms to listening"),
                             ("resident", "{:10,.0f} bytes resident")):
            if figure in figures:
                told.append(form.format(figures[figure]))
        if is_disturbed(figures):
            told.append(f"(disturbed: it had to wait for its core {figures['waiting']:.0%} of the time)")
        if figures.get("errors"):
            told.append(f"{figures['errors']} ERRORS: {figures['first_error']}")
        print(" ".join(told), flush=True)
