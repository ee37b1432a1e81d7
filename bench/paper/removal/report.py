"""Tables and verdict of the removal experiments, computed from the account alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.paper.journal import Record
from bench.paper.removal.sequence import FLOOR, NOTHING
from bench.paper.statistics import (
    ALONE,
    LESS,
    MORE,
    SAME,
    Estimate,
    cell,
    compared,
    ratio,
    times,
)  # fmt: skip

Values = list[float | None]
KL = "kl_forgotten"


class Results:
    """The records of an account, by case, method and removal."""

    def __init__(self, account: Record) -> None:
        self.records: list[Record] = account["records"]
        self.config = account["config"]

    @property
    def cases(self) -> list[str]:
        """Names of the cases, in order."""
        return list(dict.fromkeys(record["case"] for record in self.records))

    def methods(self, case: str) -> list[str]:
        """Return the references and methods of a case, in order."""
        return list(dict.fromkeys(one["method"] for one in self.records if one["case"] == case))

    def checkpoints(self, case: str) -> list[int]:
        """Return after how many removals there are refits, or that nothing else is compared."""
        found = {r["step"] for r in self.records if r["case"] == case and r["method"] == NOTHING}
        return sorted(found)

    def some(self, case: str, method: str, step: int | None = None) -> list[Record]:
        """Return the records of a method, of all removals or of one, in the order of the seeds."""
        return [
            record
            for record in sorted(self.records, key=lambda one: (one["seed"], one["step"]))
            if (record["case"], record["method"]) == (case, method)
            and step in (None, record["step"])
        ]

    def values(self, case: str, method: str, measure: str, step: int) -> Values:
        """Return a measure after so many removals, one value per seed."""
        return [one[measure] for one in self.some(case, method, step) if measure in one]

    def ratio(self, case: str, one: str, other: str, step: int) -> Estimate | None:
        """Return the KL that one method leaves over the other's; None where one is not finite."""
        above, below = (self.values(case, name, KL, step) for name in (one, other))
        if not above or len(above) != len(below) or None in above or None in below:
            return None
        return ratio([float(v or 0) for v in above], [float(v or 0) for v in below])


Column = Callable[[Sequence[Record]], Values]
Columns = Mapping[str, tuple[str, bool]]
"""By its head: a measure, and whether it is a share."""


def _mean_by_seed(measure: Callable[[Record], float | None]) -> Column:
    """Return a function of records: the mean over the removals, for each seed."""

    def column(records: Sequence[Record]) -> Values:
        seeds: dict[int, Values] = {}
        for record in records:
            if "parameters" in record:
                seeds.setdefault(record["seed"], []).append(measure(record))
        return [
            None if None in values else sum(v for v in values if v is not None) / len(values)
            for values in seeds.values()
        ]

    return column


def _fall(record: Record) -> float | None:
    before, after = record["gradient_before"], record["gradient_after"]
    return None if before is None or after is None else after / max(before, 1e-12)


COLUMNS: Columns = {
    "KL on forgotten": (KL, False),
    "KL on test": ("kl_test", False),
    "residual": ("residual", False),
    "loss on forgotten": ("forgotten_loss", False),
    "retained, %": ("retained_accuracy", True),
    "forgotten, %": ("forgotten_accuracy", True),
    "test, %": ("test_accuracy", True),
}
MEANS = {
    "sample gradient after / before": _mean_by_seed(_fall),
    "parameters": _mean_by_seed(lambda record: record["parameters"]),
    "seconds": _mean_by_seed(lambda record: record["seconds"]),
}


def opening(account: Record) -> str:
    """Return what was run on what, and how numbers are told."""
    seeds = ", ".join(map(str, account["config"]["run"]["seeds"]))
    return (
        f"{account['experiment']} on {account['data']['source']}, seeds {seeds}, "
        f"commit {account['commit']}{', changed' if account['dirty'] else ''}. Means with half of "
        "the 95 % interval over the seeds; ratios are with all of it."
    )


def report(
    account: Record,
    columns: Columns = COLUMNS,
    sentences: Callable[[Record], list[str]] | None = None,
) -> str:
    """Return a table for each case and checkpoint, and the verdict, as Markdown.

    Parameters
    ----------
    account : dict
        Of an experiment of this kind.
    columns : mapping, optional
        Of the tables, before those of `MEANS`.
    sentences : callable, optional
        Returns the sentences of the verdict; by default `verdict`.
    """
    results = Results(account)
    parts = [f"{opening(account)} The last three columns are means over all removals."]
    for case in results.cases:
        for step in results.checkpoints(case):
            parts.append(table(results, case, step, columns))
    found = (sentences or verdict)(account)
    parts.append("\n".join(f"- {sentence}" for sentence in found))
    return "\n\n".join(parts)


def table(results: Results, case: str, step: int, columns: Columns = COLUMNS) -> str:
    """Return what every method leaves after so many removals of a case."""
    head = [f"{case}, after {step} removal{'s' if step > 1 else ''}", *columns, *MEANS]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " --- |" * (len(head) - 1)]
    for name in results.methods(case):
        cells = [
            cell(results.values(case, name, measure, step), points=points)
            for measure, points in columns.values()
        ]
        records = [one for one in results.some(case, name) if one["step"] <= step]
        cells += [cell(column(records)) for column in MEANS.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def verdict(account: Record) -> list[str]:
    """Return sentences on what holds in each case after its last removal."""
    results = Results(account)
    sentences = []
    for case in results.cases:
        step = results.checkpoints(case)[-1]
        removed = f"{step} removals" if step > 1 else "removed together"
        for sentence in _of_case(results, case, step):
            sentences.append(f"{case[0].upper()}{case[1:]} ({removed}): {sentence}")
    return sentences


FLOORS = {
    MORE: "there is something to remove",
    LESS: "a refit of another seed is further away, so KL cannot tell what is removed",
    SAME: "KL cannot tell what is removed",
    ALONE: "one seed cannot tell",
}


def _of_case(results: Results, case: str, step: int) -> list[str]:
    methods = results.config["methods"]
    names = [method["name"] for method in methods]
    left = {name: results.ratio(case, name, NOTHING, step) for name in names}
    floor = results.ratio(case, NOTHING, FLOOR, step)
    sentences = []
    if floor is not None:
        sentences.append(
            f"doing nothing leaves {times(floor)} the KL on the forgotten samples that a refit "
            f"with another seed has; {FLOORS[compared(floor)]}."
        )
    sentences += _sorted({name: found for name, found in left.items() if found}, "doing nothing")
    for followed in dict.fromkeys(method["budget"] for method in methods if "budget" in method):
        held = [method["name"] for method in methods if method.get("budget") == followed]
        beside = {name: results.ratio(case, name, followed, step) for name in held}
        known = {name: found for name, found in beside.items() if found}
        sentences += _sorted(known, f"{followed} with its number of parameters")
    ruined = [name for name, found in left.items() if found is None]
    if ruined:
        sentences.append(f"KL is not finite after {', '.join(ruined)}.")
    for name in names:
        records = results.some(case, name)
        refused = sum("refused" in record for record in records)
        if refused:
            sentences.append(f"{name} refused {refused} of {len(records)} removals.")
    return sentences


WORDS = {
    LESS: "less KL than {} is left by",
    MORE: "more KL than {} is left by",
    SAME: "no difference from {} shows for",
    ALONE: "one seed, so no interval; beside {}:",
}


def _sorted(found: dict[str, Estimate], other: str) -> list[str]:
    """Return a sentence for the methods that leave less than another, more, or the same."""
    sentences = []
    for word, start in WORDS.items():
        names = [f"{name}, {times(one)}" for name, one in found.items() if compared(one) == word]
        if names:
            sentences.append(f"{start.format(other)} {'; '.join(names)}.")
    return sentences
