"""Processes: started and ended by their id, and what /proc and the kernel's clocks say of them."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from .failure import Failure

NICENESS = -15
PAGE = os.sysconf("SC_PAGE_SIZE")


def end_orderly():
    """A SIGTERM ends this program by way of all its `with` statements, so that it leaves no process behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prefer(cores):
    """Puts this process on the given cores, before other processes' work where it may: in a session of its own, whose
    weight among other sessions counts where the kernel groups processes by session (sched(7), autogroup). All that is
    measured and all that measures gets the same."""
    if cores:
        os.sched_setaffinity(0, cores)
    os.setsid()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        pathlib.Path("/proc/self/autogroup").write_text(str(NICENESS))


@contextlib.contextmanager
def running(command, log, cores=None, **options):
    """A process for the length of a `with`, on the given cores."""
    with open(log, "ab") as output:
        process = subprocess.Popen(list(map(str, command)), preexec_fn=lambda: prefer(cores),
                                   **{"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, **options})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


def wait_until_listening(port, process, log, seconds=60):
    """Returns the moment, by the monotonic clock, when a connection was first taken."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return time.monotonic()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"{process.args[0]} does not listen: {pathlib.Path(log).read_text()[-2000:]}") from None
            time.sleep(0.0002)


def wait_until_it_answers(url, process, log, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fetch(url)
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"no answer from {url}: {error}\n{pathlib.Path(log).read_text()[-2000:]}") from None
            time.sleep(0.02)


def fetch(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return answer.read()


def family(pid):
    """A process and all its descendants."""
    found = [pid]
    for member in found:
        with contextlib.suppress(OSError):
            for task in pathlib.Path(f"/proc/{member}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds(pids):
    """CPU time that processes have used, user and system, all threads: what /proc/PID/stat says in ticks of 10 ms, read
    from the same account as a clock of nanoseconds (clock_getcpuclockid(3))."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += time.clock_gettime_ns((~pid << 3) | 2)
    return total / 1e9


def waiting_seconds(pids):
    """How long threads that live now were ready and had no core (/proc/PID/schedstat)."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[1])
    return total / 1e9


def resident_bytes(pids):
    """Resident memory. Pages that a process shares with its forked children count once for each."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return total


def descriptors(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += len(os.listdir(f"/proc/{pid}/fd"))
    return total


def machine_cpu_seconds():
    """CPU time that all processes and the kernel have used on all cores (proc(5), /proc/stat)."""
    user, nice, system, _, _, interrupts, soft_interrupts, *_ = map(
        int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system + interrupts + soft_interrupts) / os.sysconf("SC_CLK_TCK")
