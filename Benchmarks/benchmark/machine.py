"""The machine: its limits, its cores, and what the table says of it."""

import os
import pathlib
import platform
import resource

# What a contestant opens beside its connections, and what the load client and the machine need beside the ports.
SPARE_DESCRIPTORS = 200
SPARE_PORTS = 2000


class Machine:
    def __init__(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.descriptors = 1 << 20 if hard == resource.RLIM_INFINITY else min(hard, 1 << 20)
        # Children inherit it: some contestants do not raise it themselves.
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, hard))
        low, high = map(int, pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
        self.ports = high - low + 1 - SPARE_PORTS
        self.wanted = 0
        self.cores = sorted(os.sched_getaffinity(0))

    @property
    def contestant_cores(self):
        """A contestant has a core of its own, and what measures it has the others: neither takes the other's time."""
        return {self.cores[0]} if len(self.cores) > 1 else None

    @property
    def tool_cores(self):
        return set(self.cores[1:]) or None

    @property
    def capacity(self):
        """The streams that a proxy can have here: two descriptors each, and a port on either side. The gateway keeps
        both for each connection, a WebSocket that says nothing too, and a sixteenth of one for what they share."""
        return min((self.descriptors - SPARE_DESCRIPTORS) * 16 // 33, self.ports)

    def most(self, wanted):
        """As many of the wanted streams as there can be."""
        self.wanted = max(self.wanted, wanted)
        return min(wanted, self.capacity)

    def notices(self):
        """What the machine does not allow, for the reader of the tables."""
        if self.wanted <= self.capacity:
            return []
        return [f"Not {self.wanted:,} streams: the open-files limit is {self.descriptors:,}, and there are "
                f"{self.ports + SPARE_PORTS:,} local ports. A proxy can have {self.capacity:,} streams open here."]

    def describe(self):
        processor = "unknown processor"
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
        return (f"{processor}, {len(self.cores)} cores, {memory:.0f} GiB; {system}, Linux {platform.release()}; "
                f"{self.descriptors:,} open files")
