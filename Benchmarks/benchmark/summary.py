"""The figures of all rounds, as medians and as ratios."""

import datetime
import statistics


class Summary:
    def __init__(self, run, parts, command, is_partial):
        self.results, self.machine, self.rounds = run.results, run.machine, run.rounds
        self.absent = run.absent
        self.parts, self.command, self.is_partial = parts, command, is_partial
        contestants = run.contestants.values()
        self.versions = {each.name: each.version() for each in contestants if each.version()}
        self.date = datetime.datetime.now().astimezone().isoformat(timespec="minutes")

    def values(self, load, contestant, figure):
        """One a round."""
        return [figures[figure] for figures in self.results.get(load, {}).get(contestant, []) if figure in figures]

    def median(self, load, contestant, figure):
        values = self.values(load, contestant, figure)
        return statistics.median(values) if values else None

    def ratio(self, load, contestant, figure, to="nginx", to_load=None):
        """The median of the ratios of each round: what slows a round down slows both."""
        return self.combine(lambda value, other: value / other if other else None,
                            (load, contestant, figure), (to_load or load, to, figure))

    def difference(self, load, contestant, figure, to, to_load=None):
        return self.combine(lambda value, other: value - other,
                            (load, contestant, figure), (to_load or load, to, figure))

    def combine(self, operation, one, other):
        pairs = zip(self.values(*one), self.values(*other))
        combined = [result for result in (operation(*pair) for pair in pairs) if result is not None]
        return statistics.median(combined) if combined else None

    def all_values(self, figure):
        """Of all measurements."""
        return [figures[figure] for by_contestant in self.results.values() for rounds in by_contestant.values()
                for figures in rounds if figure in figures]

    def as_json(self):
        return {
            "date": self.date, "command": self.command, "machine": self.machine.describe(),
            "versions": self.versions, "rounds": self.rounds,
            "loads": {load.name: {"part": part, **{field: value for field, value in vars(load).items()
                                                   if field not in ("name", "contestants")}}
                      for part, loads in self.parts.items() for load in loads},
            "medians": self.of_all(self.median),
            "ratios_to_nginx": self.of_all(self.ratio),
            "rounds_of": self.results,
        }

    def of_all(self, function):
        """What a function says of each load, contestant and figure."""
        return {load: {contestant: {figure: function(load, contestant, figure) for figure, value in rounds[0].items()
                                    if isinstance(value, (int, float))}
                       for contestant, rounds in by_contestant.items()}
                for load, by_contestant in self.results.items()}
