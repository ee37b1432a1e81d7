"""Tables and verdict of the experiment on CIFAR-10: the networks beside each other."""

from __future__ import annotations

from bench.paper.journal import Record
from bench.paper.removal.experiment import ONE_BY_ONE, case_name, of_networks
from bench.paper.removal.report import KL, MEANS, Results, Values, opening
from bench.paper.removal.sequence import FLOOR, NOTHING, REFERENCES, REFIT
from bench.paper.statistics import ALONE, LESS, MORE, SAME, cell, compared, times

DIFFERENCES = {"retained": "retained_accuracy", "test": "test_accuracy"}


class Networks(Results):
    """The records of an account, by network too."""

    @property
    def nets(self) -> list[str]:
        """Names of the networks, in order: those of which a journal has all."""
        return [
            net
            for net in of_networks(self.config)
            if all(self._whole(case_name(net, removed)) for removed in self.removed)
        ]

    def _whole(self, case: str) -> bool:
        names = [*REFERENCES, *(method["name"] for method in self.config["methods"])]
        seeds = len(self.config["run"]["seeds"])
        return bool(self.checkpoints(case)) and all(
            len(self.values(case, name, KL, self.last(case))) == seeds for name in names
        )

    @property
    def removed(self) -> list[str]:
        """What is removed from each."""
        return [ONE_BY_ONE, *self.config["run"]["groups"]]

    def last(self, case: str) -> int:
        """Return how many removals a case has."""
        return self.checkpoints(case)[-1]

    def beside_refit(self, case: str, method: str, measure: str) -> Values:
        """Return a measure minus the refit's after the last removal, one value per seed."""
        step = self.last(case)
        found, refit = (self.values(case, name, measure, step) for name in (method, REFIT))
        return [
            None if one is None or other is None else one - other
            for one, other in zip(found, refit, strict=True)
        ]

    def peak(self, case: str, method: str) -> list[float]:
        """Return by how many MiB the process grew in a removal, at most, for each seed."""
        seeds: dict[int, list[float]] = {}
        for record in self.some(case, method):
            if record.get("peak_mib") is not None:
                seeds.setdefault(record["seed"], []).append(record["peak_mib"])
        return [max(values) for values in seeds.values()]


def report(account: Record) -> str:
    """Return a table for each kind of removal, and the verdict, as Markdown."""
    results = Networks(account)
    parts = [
        f"{opening(account)} Accuracies are those of the refit and, below, differences to it in "
        "points, after the last removal; the last four columns are of all removals: means, and in "
        "the last the most by which the process grew in one."
    ]
    parts += [table(results, removed) for removed in results.removed]
    parts.append("\n".join(f"- {sentence}" for sentence in verdict(account)))
    return "\n\n".join(parts)


def table(results: Networks, removed: str) -> str:
    """Return what every method leaves of every network after removals of a kind."""
    steps = [results.last(case_name(net, removed)) for net in results.nets]
    head = [
        f"{removed}, after {steps[0]} removal{'s' if steps[0] > 1 else ''}",
        "KL on forgotten",
        "beside nothing done",
        *(f"{name}, %" for name in DIFFERENCES),
        *MEANS,
        "peak, MiB",
    ]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " --- |" * (len(head) - 1)]
    for net in results.nets:
        case = case_name(net, removed)
        for method in results.methods(case):
            beside = results.ratio(case, method, NOTHING, results.last(case))
            told = "–" if method in (REFIT, NOTHING) or beside is None else times(beside)
            cells = [cell(results.values(case, method, KL, results.last(case))), told]
            for measure in DIFFERENCES.values():
                if method == REFIT:
                    found = results.values(case, method, measure, results.last(case))
                else:
                    found = results.beside_refit(case, method, measure)
                cells.append(cell(found, points=True))
            cells += [cell(column(results.some(case, method))) for column in MEANS.values()]
            cells.append(cell(results.peak(case, method)))
            lines.append(f"| {net}: {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


WORDS = {
    LESS: "less in",
    MORE: "more in",
    SAME: "no difference shows in",
    ALONE: "one seed, so no interval, in",
}


def verdict(account: Record) -> list[str]:
    """Return sentences on each kind of removal and each method: what holds in which network."""
    results = Networks(account)
    sentences = []
    for removed in results.removed:
        start = removed[0].upper() + removed[1:]
        known = _by_word(results, removed, NOTHING, FLOOR)
        sentences.append(
            f"{start}: the KL on the forgotten samples that doing nothing leaves, beside that of a "
            f"refit with another seed: {known}."
        )
        above = "; ".join(
            f"{name}, " + ", ".join(_above(results, removed, name)) for name in (NOTHING, FLOOR)
        )
        sentences.append(
            f"{start}: accuracy on the retained samples minus the refit's, in points: {above}."
        )
        for method in results.config["methods"]:
            known = _by_word(results, removed, method["name"], NOTHING)
            sentences.append(f"{start}, {method['name']}, KL beside doing nothing: {known}.")
            followed = method.get("budget")
            if followed is not None:
                known = _by_word(results, removed, method["name"], followed)
                sentences.append(
                    f"{start}, {method['name']}, KL beside {followed} with its number of "
                    f"parameters: {known}."
                )
    return [*sentences, _memory(results)]


def _memory(results: Networks) -> str:
    """Return a sentence on the memory that the removals from each network take."""
    told = []
    for net in results.nets:
        peaks = [
            (peak, method["name"])
            for method in results.config["methods"]
            for removed in results.removed
            for peak in results.peak(case_name(net, removed), method["name"])
        ]
        if peaks:
            most, name = max(peaks)
            told.append(f"{most:.0f} MiB in {net}, by {name}")
    if not told:
        return "How much memory a removal takes was not measured."
    return f"The most by which a removal made the process grow: {'; '.join(told)}."


def _above(results: Networks, removed: str, method: str) -> list[str]:
    """Return for each network by how many points the retained accuracy is above the refit's."""
    cases = {net: case_name(net, removed) for net in results.nets}
    return [
        f"{cell(results.beside_refit(case, method, 'retained_accuracy'), points=True)} in {net}"
        for net, case in cases.items()
    ]


def _by_word(results: Networks, removed: str, method: str, other: str) -> str:
    """Return in which networks a method leaves less KL than another, more, or the same."""
    found: dict[str, list[str]] = {}
    for net in results.nets:
        case = case_name(net, removed)
        ratio = results.ratio(case, method, other, results.last(case))
        word = "not finite in" if ratio is None else WORDS[compared(ratio)]
        found.setdefault(word, []).append(net if ratio is None else f"{net}, {times(ratio)}")
    order = [*WORDS.values(), "not finite in"]
    return "; ".join(f"{word} {'; '.join(found[word])}" for word in order if word in found)
