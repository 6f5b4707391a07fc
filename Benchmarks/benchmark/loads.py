"""A load: what the clients do, and whom they do it to."""

import dataclasses

PROXIES = ("gateway", "nginx", "haproxy", "envoy")
BESIDE_NGINX = ("gateway", "nginx")


@dataclasses.dataclass(frozen=True)
class Load:
    name: str
    # Of the load client: unary, unary-openai, chat, generate, openai, sse, ndjson or websocket.
    kind: str
    # Clients at once.
    count: int
    contestants: tuple = ("direct", *PROXIES)
    # Of a stream; 0 is endless.
    tokens: int = 100
    # Between two tokens; 0 is full speed.
    microseconds: int = 50_000
    # Seconds before the measurement, and of it.
    settle: float = 0.7
    window: float = 3
    # Clients opened a second.
    open_rate: int = 2000
    # Microseconds after which a client leaves and another one comes.
    leave_every: int = 0
    # WebSockets that say nothing.
    idle: bool = False
    # A process of its own for each measurement: memory that was used before would hide what this load needs.
    fresh: bool = False
    # A process that no other load has used, the same in each round.
    apart: bool = False
    # The contestant on a core of its own.
    pinned: bool = True
    # The load that is the same for nginx, where it cannot do this one.
    like: str | None = None

    @property
    def reference(self):
        """The load whose figures of nginx and of no proxy at all this one's are compared with."""
        return self.like or self.name

    def process(self, contestant):
        """What names the process that the contestant has for this load."""
        return contestant, self.name if self.apart else None

    @property
    def unit(self):
        return "request" if self.kind.startswith("unary") else "token"

    def arguments(self, port):
        arguments = [self.kind, "--port", port, "--count", self.count, "--tokens", self.tokens, "--microseconds",
                     self.microseconds, "--settle", self.settle, "--window", self.window, "--open-rate", self.open_rate]
        if self.leave_every:
            arguments += ["--leave-every", self.leave_every]
        return arguments + ["--idle"] * self.idle
