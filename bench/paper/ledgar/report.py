"""Tables, verdict and figure of ledgar, computed from the account alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench.paper.journal import Record
from bench.paper.ledgar.run import START, at_epsilon
from bench.paper.removal.figure import STYLE
from bench.paper.removal.sequence import FLOOR, NOTHING, REFERENCES, REFIT
from bench.paper.statistics import LESS, MORE, cell, compared, ratio, times

COLUMNS = {
    "micro-F1, %": ("micro_f1", True),
    "macro-F1, %": ("macro_f1", True),
    "F1 of the class, %": ("class_f1", True),
    "loss on removed": ("removed_loss", False),
    "residual": ("residual", False),
    "parameters": ("parameters", False),
    "seconds": ("seconds", False),
}


@dataclass(frozen=True)
class Removed:
    """The removals of one method, label and seed.

    Attributes
    ----------
    records : list of dict
        One for each removal.
    fell : bool
        Whether the micro-F1 fell so far that the last one ended it.
    """

    records: list[Record]
    fell: bool

    @property
    def stood(self) -> int:
        """Removals before F1 fell; all of them where it did not."""
        return len(self.records) - self.fell

    @property
    def told(self) -> str:
        """The number in words: more than all where F1 did not fall."""
        return str(self.stood) if self.fell else f"> {self.stood}"


class Sequences:
    """The sequences of an account, by label and method."""

    def __init__(self, account: Record) -> None:
        self.config = account["config"]
        self.records: list[Record] = account["records"]

    @property
    def labels(self) -> list[str]:
        """Labels of which clauses are removed, in order."""
        return list(dict.fromkeys(record["case"] for record in self.records))

    def some(self, label: str, method: str) -> list[Record]:
        """Return the records of a method for a label, in the order of seeds and removals."""
        found = [one for one in self.records if (one["case"], one["method"]) == (label, method)]
        return sorted(found, key=lambda one: (one["seed"], one["step"]))

    def of(self, label: str, method: str) -> dict[int, Removed]:
        """Return the sequence of each seed."""
        found: dict[int, list[Record]] = {}
        for record in self.some(label, method):
            found.setdefault(record["seed"], []).append(record)
        drop = self.config["run"]["stop_drop"]
        starts = {one["seed"]: one["micro_f1"] for one in self.some(label, START)}
        return {
            seed: Removed(records, records[-1]["micro_f1"] < starts[seed] - drop)
            for seed, records in found.items()
        }

    @property
    def noisy(self) -> list[str]:
        """Names of the methods that run for each epsilon."""
        return [one["name"] for one in self.config["methods"] if one.get("noisy")]

    @property
    def quiet(self) -> list[str]:
        """Names of the methods without noise."""
        return [one["name"] for one in self.config["methods"] if not one.get("noisy")]

    @property
    def ways(self) -> list[str]:
        """Names of all methods, those of each epsilon in turn."""
        epsilons = self.config["run"]["epsilons"]
        return [at_epsilon(name, e) for e in epsilons for name in self.noisy] + self.quiet


def report(account: Record) -> str:
    """Return the numbers of removals, what is left at the ends, and the verdict, as Markdown."""
    found = Sequences(account)
    run = found.config["run"]
    dev = [one["dev_f1"] for one in found.some(found.labels[0], START)]
    parts = [
        f"{account['experiment']} on {account['data']['source']}, seeds "
        f"{', '.join(map(str, run['seeds']))}, commit {account['commit']}"
        f"{', changed' if account['dirty'] else ''}. Micro-F1 of the trained networks on the dev "
        f"clauses: {cell(dev, points=True)} %.",
        _counts(found),
        *(_ends(found, label) for label in found.labels),
        "\n".join(f"- {sentence}" for sentence in verdict(account)),
    ]
    return "\n\n".join(parts)


def _counts(found: Sequences) -> str:
    """Return a table of how many removals each method stood, a number for each seed."""
    epsilons = found.config["run"]["epsilons"]
    head = ["removals before F1 fell, a number for each seed", *(f"ε = {e:g}" for e in epsilons)]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " --- |" * len(epsilons)]
    for label in found.labels:
        for name in found.noisy:
            cells = [_told(found.of(label, at_epsilon(name, e)).values()) for e in epsilons]
            lines.append(f"| {label}: {name} | " + " | ".join(cells) + " |")
        for name in found.quiet:
            cells = [_told(found.of(label, name).values()), *[""] * (len(epsilons) - 1)]
            lines.append(f"| {label}: {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _told(sequences: object) -> str:
    return ", ".join(one.told for one in sequences) or "–"  # type: ignore[attr-defined]


def _ends(found: Sequences, label: str) -> str:
    """Return what each method left after the last removal of its sequence."""
    head = [f"{label}, at the end", *COLUMNS]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " --- |" * len(COLUMNS)]
    for name in (*REFERENCES, *found.ways):
        ends = [one.records[-1] for one in found.of(label, name).values()]
        cells = [
            cell([end[measure] for end in ends if measure in end], points=points)
            for measure, points in COLUMNS.values()
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def verdict(account: Record) -> list[str]:
    """Return sentences on what ends the sequences: the steps, or the noise."""
    found = Sequences(account)
    cap, drop = found.config["run"]["removals"], found.config["run"]["stop_drop"]
    sentences = []
    for name in found.quiet:
        every = [one for label in found.labels for one in found.of(label, name).values()]
        whole = sum(not one.fell for one in every)
        sentences.append(
            f"{name}: micro-F1 falls by no more than {drop:g} within {cap} removals in {whole} of "
            f"{len(every)} sequences."
        )
    scrub, *others = found.noisy
    for other in others:
        for epsilon in found.config["run"]["epsilons"]:
            sentences.append(_beside(found, scrub, other, epsilon))
    for label in found.labels:
        refit, start = (
            [one["class_f1"] for one in found.some(label, name)] for name in (REFIT, NOTHING)
        )
        sentences.append(
            f"F1 of {label} is {cell(start, points=True)} % before anything is removed, "
            f"{cell(refit, points=True)} % of a network trained again without the {cap} clauses, "
            f"and {cell([one['class_f1'] for one in found.some(label, FLOOR)], points=True)} % of "
            "one of another seed."
        )
    return sentences


def _beside(found: Sequences, scrub: str, other: str, epsilon: float) -> str:
    pairs = [
        pair
        for label in found.labels
        for pair in zip(
            *(found.of(label, at_epsilon(name, epsilon)).values() for name in (scrub, other)),
            strict=True,
        )
    ]
    start = f"ε = {epsilon:g}: F1 falls"
    fell, others = (sum(one.fell for one in side) for side in zip(*pairs, strict=True))
    told = f"{start} in {fell} of {len(pairs)} sequences of {scrub} and {others} of {other}"
    if not fell and not others:
        return f"{told}."
    # The removal at which F1 fell, or the one after the last.
    beside = ratio(*([1 + one.stood for one in side] for side in zip(*pairs, strict=True)))
    word = {LESS: "earlier", MORE: "later"}.get(compared(beside), "with no difference that shows")
    return f"{told}, {word}: {times(beside)}."


def draw(account: Record, file: Path) -> None:
    """Draw the micro-F1 over the removals, and how many there are before it falls.

    Parameters
    ----------
    account : dict
        Of ledgar.
    file : path
        Where to write it; the suffix is the format.
    """
    found = Sequences(account)
    with matplotlib.rc_context(STYLE):
        rows = len(found.labels)
        figure = Figure(figsize=(9, 3 * rows), layout="constrained")
        panels = figure.subplots(rows, 2, squeeze=False)
        for row, label in zip(panels, found.labels, strict=True):
            _over_removals(row[0], found, label)
            _over_epsilons(row[1], found, label)
        figure.savefig(file, metadata={"Date": None})


def _over_removals(axes: Axes, found: Sequences, label: str) -> None:
    """Draw the first seed's difference to the start, a line for each epsilon and without noise."""
    start = found.some(label, START)[0]
    scrub = found.noisy[:1]
    names = [at_epsilon(one, e) for one in scrub for e in found.config["run"]["epsilons"]]
    for name in [*names, *found.quiet[:1]]:
        records = found.of(label, name)[start["seed"]].records
        steps = [0, *(one["step"] for one in records)]
        values = [100 * (one["micro_f1"] - start["micro_f1"]) for one in [start, *records]]
        line = axes.plot(steps, values, marker="o", ms=3)[0]
        axes.annotate(
            name, (steps[-1], values[-1]), color=line.get_color(), fontsize=7,
            xytext=(4, 0), textcoords="offset points", va="center",
        )  # fmt: skip
    axes.axhline(-100 * found.config["run"]["stop_drop"], color="grey", lw=0.8, ls=":")
    axes.set_xlim(0, 1.5 * found.config["run"]["removals"])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(f"clauses removed, seed {start['seed']}")
    axes.set_ylabel("micro-F1 beside the start, points")
    axes.set_title(label, fontsize=9)


def _over_epsilons(axes: Axes, found: Sequences, label: str) -> None:
    """Draw a point for each seed; open where F1 never fell."""
    epsilons: Sequence[float] = found.config["run"]["epsilons"]
    for at, name in enumerate(found.noisy):
        color = ("#2471a3", "#c0392b", "#7d8a2e")[at % 3]
        for place, epsilon in enumerate(epsilons):
            for seed, one in enumerate(found.of(label, at_epsilon(name, epsilon)).values()):
                x = place + 0.25 * (at - 0.5) + 0.05 * seed
                face = color if one.fell else "none"
                axes.plot(x, one.stood, "o", color=color, mfc=face, ms=5)
        axes.plot([], [], "o", color=color, label=name)
    axes.set_xticks(range(len(epsilons)), [f"{e:g}" for e in epsilons])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("ε of each removal")
    axes.set_ylabel("removals before F1 fell (open: it did not)")
    axes.legend(fontsize=7, frameon=False)
    axes.set_title(label, fontsize=9)
