"""The tables, as Markdown that can be read as it is."""

import statistics

from . import targets

UNMEASURED = ""


def render(summary):
    lines = [*conditions(summary), "", *targets_table(summary)]
    for make in (works_table, rest_table, departures_table):
        lines += make(summary)
    lines += [f"Without {name}, which could not be had.\n" for name in summary.absent]
    if any(load.count >= summary.machine.capacity for loads in summary.parts.values() for load in loads):
        lines += [line + "\n" for line in summary.machine.notices()]
    return "\n".join(lines).rstrip() + "\n"


def conditions(summary):
    """Where, when and with what it was measured, and what disturbed it."""
    versions = ", ".join(f"{name} {version}" for name, version in summary.versions.items() if "," not in name)
    rounds = f"Medians of {summary.rounds} rounds" if summary.rounds > 1 else "One round"
    lines = [f"{summary.date}, `{summary.command}`. {summary.machine.describe()}. {versions}."]
    others, lags = summary.all_values("other_cores"), summary.all_values("client_lag_p99")
    if others:
        lines.append(f"{rounds}. Meanwhile other processes had {statistics.median(others):.2f} cores (median; most "
                     f"{max(others):.2f}), and the load client came {statistics.median(lags) / 1000:.2f} ms late to "
                     f"what was ready (median of the p99 of each measurement; most {max(lags) / 1000:.1f}).")
    return lines


def table(titles, rows, texts):
    """Of the columns the first ones are text."""
    if not rows:
        return []
    widths = [max(len(row[i]) for row in [titles, *rows]) for i in range(len(titles))]

    def line(cells):
        return "| " + " | ".join(cell.ljust(width) if i < texts else cell.rjust(width)
                                 for i, (cell, width) in enumerate(zip(cells, widths))) + " |"

    rule = "|" + "|".join("-" * (width + 2) if i < texts else "-" * (width + 1) + ":"
                          for i, width in enumerate(widths)) + "|"
    return [line(titles), rule, *map(line, rows), ""]


def targets_table(summary):
    """All of them; of a run of some parts, those that it measured."""
    verdicts = {True: "yes", False: "NO", None: "?"}
    rows = [row for row in targets.rows(summary) if row.is_measured or not summary.is_partial]
    return table(["work, one worker", "to reach", "figure", "met"],
                 [[row.work, row.target, row.figure, verdicts[row.is_met]] for row in rows], texts=4)


def number(value, form="{:.1f}", unit=1):
    return UNMEASURED if value is None else form.format(value / unit)


def works_table(summary):
    titles = ["work", "through", "CPU µs", "x nginx", "each second", "x nginx", "first: p50", "p99", "p99.9 µs",
              "later: p50", "p99", "p99.9 µs", "p99 x nginx", "KiB each", "x nginx", "fds each", "errors"]
    rows = []
    for load in (load for loads in summary.parts.values() for load in loads):
        for contestant in summary.results.get(load.name, {}):
            work = load.name if load.idle else f"{load.name}, a {load.unit}"
            rows.append([work, contestant, *speeds(summary, load, contestant),
                         *latencies(summary, load, contestant), *memory(summary, load, contestant),
                         str(sum(summary.values(load.name, contestant, "errors")))])
    return table(titles, rows, texts=2)


def speeds(summary, load, contestant):
    cells = []
    for figure, form in (("cpu_microseconds", "{:.2f}"), ("each_second", "{:,.0f}")):
        value = summary.median(load.name, contestant, figure) or None
        ratio = summary.ratio(load.name, contestant, figure, to_load=load.reference) if value else None
        cells += [number(value, form), number(ratio, "{:.2f}")]
    return cells


def latencies(summary, load, contestant):
    """What a contestant adds to the latency that there is without one, in each round. That itself is told for `direct`.
    At full speed a token waits in buffers for its turn: its latency says nothing."""
    if load.microseconds == 0 and load.unit == "token":
        return [UNMEASURED] * 7
    cells = []
    for which in ("first", "later"):
        for percentile in ("p50", "p99", "p99.9"):
            figure = f"{which}_{percentile}"
            value = (summary.median(load.name, contestant, figure) if contestant == "direct" else
                     summary.difference(load.name, contestant, figure, "direct", load.reference))
            cells.append(number(value, "{:.0f}" if contestant == "direct" else "{:+.0f}"))
    return cells + [number(summary.ratio(load.name, contestant, "later_p99", to_load=load.reference), "{:.2f}")]


def memory(summary, load, contestant):
    """Of processes that were started for the load; in others memory of an earlier one may be used again."""
    descriptors = summary.median(load.name, contestant, "descriptors_a_connection")
    if not load.fresh:
        return [UNMEASURED, UNMEASURED, number(descriptors)]
    figure = "resident_a_connection"
    return [number(summary.median(load.name, contestant, figure), "{:.1f}", 1024),
            number(summary.ratio(load.name, contestant, figure), "{:.2f}"), number(descriptors)]


def rest_table(summary):
    titles = ["at rest", "start to listening, ms", "x nginx", "MiB", "x nginx", "descriptors"]
    rows = []
    for contestant in summary.results.get("rest", {}):
        row = [contestant]
        for figure, unit in (("start_milliseconds", 1), ("resident", 2**20)):
            row += [number(summary.median("rest", contestant, figure), "{:.1f}", unit),
                    number(summary.ratio("rest", contestant, figure), "{:.2f}")]
        rows.append(row + [number(summary.median("rest", contestant, "descriptors"), "{:.0f}")])
    return table(titles, rows, texts=1)


def departures_table(summary):
    titles = ["end of the transfer after a client left", "p50 ms", "p99", "p99.9", "p99 x nginx", "left", "never seen"]
    rows = []
    for contestant in summary.results.get("departures", {}):
        values = [number(summary.median("departures", contestant, f"departure_{each}"), "{:.2f}", 1000)
                  for each in ("p50", "p99", "p99.9")]
        ratio = number(summary.ratio("departures", contestant, "departure_p99"), "{:.2f}")
        left, unseen = (sum(summary.values("departures", contestant, each))
                        for each in ("departures", "departures_unseen"))
        rows.append([contestant, *values, ratio, str(left), str(unseen)])
    return table(titles, rows, texts=1)
