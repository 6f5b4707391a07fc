"""What is measured: the parts of the benchmark, each some loads that are run in turn."""

import dataclasses

from .loads import BESIDE_NGINX, PROXIES, Load

GROWTH = (10, 100, 1_000, 5_000, 10_000)
# Tokens a second of all streams together, however many they are: so that what grows is their number alone.
GROWTH_TOKENS_A_SECOND = 10_000


FLEET = "gateway, 8 servers"
STORED = "gateway, SQLite"
KEYED = ("gateway, a key", "gateway, 10000 keys", "gateway, a token")


def unary():
    return [Load("unary", "unary", 32, ("direct", *PROXIES, "nginx-forwarding", FLEET, *KEYED), settle=0.5)]


def streams(machine):
    thousand = dict(count=machine.most(1000), microseconds=50_000)
    return [Load("relay", "chat", contestants=("direct", *PROXIES, FLEET, KEYED[0]), **thousand),
            # The gateway keeps the answers of chats for a while: in one process the second would be measured beside what the
            # first has left.
            Load("chat SSE", "sse", contestants=("gateway", STORED), like="relay", apart=True, **thousand),
            Load("chat WebSocket", "websocket", contestants=("gateway", STORED), like="relay", apart=True, **thousand),
            # No turn begins or ends while it is measured: what is left is what is kept of running answers each second.
            Load("long answers", "sse", tokens=300, settle=2, window=6, contestants=("gateway", STORED), like="relay", apart=True,
                 **thousand)]


def growth(machine):
    """Where the last ones are more than there can be, one load stands for them."""
    counts = sorted({machine.most(wanted) for wanted in GROWTH})
    return [Load(f"{count:,} streams", "chat", count, BESIDE_NGINX if count < counts[-1] else PROXIES,
                 microseconds=count * 1_000_000 // GROWTH_TOKENS_A_SECOND, settle=0.5, open_rate=4000, fresh=True)
            for count in counts]


def sockets(machine):
    return [Load("idle WebSockets", "websocket", machine.most(10_000), ("gateway",), idle=True, window=0.5,
                 open_rate=4000, fresh=True)]


def departures(machine):
    return [Load("departures", "chat", machine.most(1000), BESIDE_NGINX, tokens=0, leave_every=2000)]


def full_speed():
    return [Load("full speed", "chat", 8, tokens=0, microseconds=0, settle=0.5, window=2)]


def workers():
    return [Load("unary, no core of its own", "unary", 64, ("gateway", "gateway, 2 workers"), settle=0.5, pinned=False)]


def openai():
    contestants = ("gateway", "nginx", "litellm")
    return [Load("OpenAI unary", "unary-openai", 8, contestants), Load("OpenAI streams", "openai", 10, contestants)]


def parts(machine):
    """By name, in the order in which they are run. The part `rest` has no load."""
    return {"unary": unary(), "streams": streams(machine), "growth": growth(machine), "sockets": sockets(machine),
            "departures": departures(machine), "full-speed": full_speed(), "workers": workers(), "openai": openai(),
            "rest": []}


def quick(plan):
    """The same in under four minutes: the ends of the growth alone, no LiteLLM, which takes long to start."""
    del plan["openai"]
    plan["growth"] = [plan["growth"][1], dataclasses.replace(plan["growth"][-1], contestants=BESIDE_NGINX)]
    return {name: [dataclasses.replace(load, window=min(load.window, 2)) for load in loads]
            for name, loads in plan.items()}
