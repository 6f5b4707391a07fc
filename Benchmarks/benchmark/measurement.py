"""One measurement: a load on a contestant, and the figures that come of it."""

import statistics
import time

from . import processes
from .failure import Failure

DEPARTURE_PATIENCE_SECONDS = 1
STREAMS_PATIENCE_SECONDS = 20
LATENCIES = ("p50", "p99", "p99.9")


def measure(load, contestant, simulator, tools, machine):
    """Runs the load once. Returns its figures by name; those that do not apply are missing."""
    cores = machine.tool_cores if load.pinned else None
    pids = contestant.pids
    rest = {"resident": processes.resident_bytes(pids), "descriptors": processes.descriptors(pids)}
    dropped = simulator.counts()["dropped"]
    simulator.closings()
    credentials = ["--key", contestant.key] if contestant.key else []
    with tools.client(load.arguments(contestant.port) + credentials, cores) as client:
        client.expect("open")
        before = snapshot(pids, simulator, client)
        client.expect("measured")
        after = snapshot(pids, simulator, client)
        opened = {"resident": processes.resident_bytes(pids), "descriptors": processes.descriptors(pids)}
        if load.leave_every:
            time.sleep(DEPARTURE_PATIENCE_SECONDS)
        closings = simulator.closings() if load.leave_every else {}
        report = client.dismiss()
    contestant.check()
    wait_for_streams(simulator)
    figures = speed(load, report, before, after, bool(pids)) | latencies(report)
    if pids:
        figures |= {f"{name}_a_connection": (opened[name] - rest[name]) / load.count for name in rest}
    if load.leave_every:
        figures |= departures(report["departures"], closings)
    figures["errors"] = report["errors"] + report["stalled"] + simulator.counts()["dropped"] - dropped
    figures["first_error"] = report["first_error"]
    return figures


def wait_for_streams(simulator):
    """Until the last answer has ended: in a chat it goes on for a while after its client has left, and would be work that
    the next measurement does not count as its own."""
    deadline = time.monotonic() + STREAMS_PATIENCE_SECONDS
    while simulator.counts()["streaming"] > 0:
        if time.monotonic() > deadline:
            raise Failure(f"streams go on {STREAMS_PATIENCE_SECONDS} seconds after their clients have left")
        time.sleep(0.05)


def snapshot(pids, simulator, client):
    return {"time": time.monotonic(), "contestant": processes.cpu_seconds(pids),
            "tools": processes.cpu_seconds([simulator.pid, client.pid]), "machine": processes.machine_cpu_seconds(),
            "waiting": processes.waiting_seconds(pids)}


def speed(load, report, before, after, has_process):
    """Both the count and the CPU time are taken a second of their own time: their readers do not start and stop at
    exactly the same moment."""
    count = report["answers"] if load.unit == "request" else report["tokens"]
    each_second = count / report["seconds"]
    seconds = after["time"] - before["time"]
    cores = {each: (after[each] - before[each]) / seconds for each in before if each != "time"}
    figures = {"each_second": each_second, "tool_cores": cores["tools"],
               "other_cores": max(0, cores["machine"] - cores["contestant"] - cores["tools"])}
    if has_process:
        figures["cores"] = cores["contestant"]
        if load.pinned:
            # Where it shares its cores with what measures it, it waits for that.
            figures["waiting"] = cores["waiting"]
        if each_second:
            figures["cpu_microseconds"] = figures["cores"] / each_second * 1e6
    return figures


def latencies(report):
    figures = {"client_lag_p99": report["lag"]["p99"]}
    for which in ("first", "later"):
        if report[which]["count"]:
            figures |= {f"{which}_{percentile}": report[which][percentile] for percentile in LATENCIES}
    return figures


def departures(left, closings):
    """How long after clients had left the simulated Ollama saw the end of their transfers, in microseconds. Those that
    it has not seen yet count with all the time that it had."""
    times = [(closings[number] - at) / 1e3 for number, at in left if number in closings]
    unseen = len(left) - len(times)
    percentiles = statistics.quantiles(times + [DEPARTURE_PATIENCE_SECONDS * 1e6] * unseen, n=1000, method="inclusive")
    return {"departures": len(left), "departures_unseen": unseen, "departure_p50": percentiles[499],
            "departure_p99": percentiles[989], "departure_p99.9": percentiles[998]}
