"""What is to be reached, each with its figure and whether it is."""

import dataclasses

# Two workers on cores that they share with the load: the part of what those cores allow that counts as all of it.
WORKERS_SHARE = 0.9


@dataclasses.dataclass
class Row:
    work: str
    target: str
    figure: str
    # None: it was not measured, or not all of it.
    is_met: bool | None
    is_measured: bool = True


def rows(summary):
    relay, left = count_of(summary, "relay", 1000), count_of(summary, "departures", 1000)
    return [unary(summary),
            ratio(summary, f"relay streams, {relay:,} x 20 tokens/s, CPU a token", "relay", 1.15, "nginx", "relay"),
            ratio(summary, "chat SSE, same pace, CPU a token", "chat SSE", 1.5, "nginx", "relay"),
            ratio(summary, "WebSocket chat, same pace, CPU a token", "chat WebSocket", 1, "gateway", "chat SSE", "SSE"),
            latency(summary), growth(summary),
            memory(summary, "RSS a relay stream", streams_name(summary, -1), 16),
            memory(summary, "RSS an idle WebSocket", "idle WebSockets", 8),
            limit(summary, "start to listening", "rest", "start_milliseconds", 1, "{:.0f} ms", 50),
            limit(summary, "RSS at rest", "rest", "resident", 2**20, "{:.1f} MiB", 20),
            workers(summary), fleet(summary), stored(summary), keyed(summary),
            limit(summary, f"end of the upstream transfer after a client left, p99 under {left:,} streams",
                  "departures", "departure_p99", 1000, "{:.1f} ms", 20)]


def count_of(summary, load, planned):
    """How many connections a load had; fewer than planned where the machine does not allow as many."""
    return next((each.count for loads in summary.parts.values() for each in loads if each.name == load), planned)


def missing(work, target):
    return Row(work, target, "not measured", None, is_measured=False)


def unary(summary):
    work, target = "unary relay, 32 connections, CPU a request", "1.3x nginx or less, below Envoy"
    to_nginx = summary.ratio("unary", "gateway", "cpu_microseconds")
    to_envoy = summary.ratio("unary", "gateway", "cpu_microseconds", to="envoy")
    if to_nginx is None:
        return missing(work, target)
    figure = f"{to_nginx:.2f}x nginx ({summary.median('unary', 'gateway', 'cpu_microseconds'):.1f} µs)"
    if to_envoy is None:
        return Row(work, target, f"{figure}, Envoy not measured", False if to_nginx > 1.3 else None)
    return Row(work, target, f"{figure}, {to_envoy:.2f}x Envoy", to_nginx <= 1.3 and to_envoy < 1)


def ratio(summary, work, load, most, to, to_load, to_name=None):
    to_name = to_name or ("nginx" if load == to_load else f"nginx's {to_load}")
    target = f"no more than {to_name}" if most == 1 else f"{most}x {to_name} or less"
    value = summary.ratio(load, "gateway", "cpu_microseconds", to, to_load)
    if value is None:
        return missing(work, target)
    figure = f"{value:.2f}x {to_name} ({summary.median(load, 'gateway', 'cpu_microseconds'):.1f} µs)"
    return Row(work, target, figure, value <= most)


def latency(summary):
    work, target = "added latency of a token at that pace, p99", "no more than nginx + 1 ms"
    value = summary.difference("relay", "gateway", "later_p99", "nginx")
    if value is None:
        return missing(work, target)
    return Row(work, target, f"nginx {value / 1000:+.2f} ms", value <= 1000)


def streams_name(summary, index):
    """The name of one of the loads of the growth, by how many streams they have; not all are always measured."""
    loads = sorted(summary.parts.get("growth", []), key=lambda load: load.count)
    return loads[index].name if loads else ""


def growth(summary):
    large, small = streams_name(summary, -1), "100 streams"
    work, target = f"CPU a token at {large or 'the most streams'} against 100", "1.2x or less"
    value = summary.ratio(large, "gateway", "cpu_microseconds", "gateway", small)
    return missing(work, target) if value is None else Row(work, target, f"{value:.2f}x", value <= 1.2)


def memory(summary, work, load, most):
    target = f"{most} KiB or less"
    value = summary.median(load, "gateway", "resident_a_connection")
    if value is None:
        return missing(work, target)
    other = summary.median(load, "nginx", "resident_a_connection")
    beside = f" (nginx {other / 1024:.1f})" if other else ""
    kibibytes = value / 1024
    return Row(f"{work} ({count_of(summary, load, 0):,} open)", target, f"{kibibytes:.1f} KiB{beside}",
               kibibytes <= most)


def limit(summary, work, load, figure, unit, form, most):
    value = summary.median(load, "gateway", figure)
    target = form.replace(".1f", ".0f").format(most) + " or less"
    if value is None:
        return missing(work, target)
    other = summary.median(load, "nginx", figure)
    beside = f" (nginx {form.format(other / unit)})" if other else ""
    return Row(work, target, form.format(value / unit) + beside, value / unit <= most)


def fleet(summary):
    """What it costs to choose: eight servers of 32 models against one."""
    work, target = "8 servers with 32 models against one, CPU a request and a token", "2 µs more or less, 0.1 µs more or less"
    more = [difference(summary, load) for load in ("unary", "relay")]
    if None in more:
        return missing(work, target)
    return Row(work, target, f"{more[0]:+.2f} µs a request, {more[1]:+.2f} µs a token", more[0] <= 2 and more[1] <= 0.1)


def stored(summary):
    """What it costs that chats are kept, on top of a gateway that forgets them."""
    work, target = "chats kept by SQLite against chats in memory, CPU a token: running, and with two commits each 100 tokens", "1.03x or less, no target"
    more = [summary.ratio(load, "gateway, SQLite", "cpu_microseconds", "gateway") for load in ("long answers", "chat SSE")]
    if None in more:
        return missing(work, target)
    return Row(work, target, f"{more[0]:.2f}x, {more[1]:.2f}x", more[0] <= 1.03)


def keyed(summary):
    """What access control costs: of one key and of ten thousand."""
    work, target = "a key with four limits against no access control, CPU a request and a token", "3 µs more or less, 0.1 µs more or less"
    one, many, signed_in = (difference(summary, "unary", f"gateway, {name}") for name in ("a key", "10000 keys", "a token"))
    token = difference(summary, "relay", "gateway, a key")
    if None in (one, many, signed_in, token):
        return missing(work, target)
    return Row(work, target, f"{one:+.2f} µs a request ({many:+.2f} µs of 10,000 keys, {signed_in:+.2f} µs by the "
               f"token of a user who has signed in), {token:+.2f} µs a token",
               max(one, many, signed_in) <= 3 and token <= 0.1)


def difference(summary, load, name="gateway, 8 servers"):
    other, one = (summary.median(load, each, "cpu_microseconds") for each in (name, "gateway"))
    return None if other is None or one is None else other - one


def workers(summary):
    load, cores = "unary, no core of its own", len(summary.machine.cores)
    work = "two workers against one, requests/s"
    target = f"{WORKERS_SHARE:.0%} of what {cores} cores allow"
    value = summary.ratio(load, "gateway, 2 workers", "each_second", "gateway")
    if value is None:
        return missing(work, target)
    # One worker takes so much of a core, and the load beside it so much: two of them cannot go beyond the worker's
    # own speed, nor beyond what the machine has for both and for the load that grows with them.
    own, tools = (summary.median(load, "gateway", name) for name in ("cores", "tool_cores"))
    most = min(2, cores / (own + tools))
    figure = (f"{value:.2f}x; {most:.2f}x is what {cores} cores allow, the load taking {tools:.0%} of one at one "
              f"worker: {value / most:.0%} of it")
    return Row(work, target, figure, value >= WORKERS_SHARE * most)
