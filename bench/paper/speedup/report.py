"""Table, verdict and figure of speedup, computed from the account alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from bench.paper.journal import Record
from bench.paper.removal.figure import STYLE
from bench.paper.statistics import Estimate, cell, compared, ratio, times

EXACT = "FOCI"
GROWTH = "growth"


def by_method(account: Record) -> dict[str, list[Record]]:
    """Return the records of each method that was there, an attribute each."""
    names = [method["name"] for method in account["config"]["methods"]]
    records: list[Record] = account["records"]
    found = {
        name: [one for one in records if one["method"] == name and "absent" not in one]
        for name in names
    }
    return {name: some for name, some in found.items() if some}


def jaccard(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the Jaccard index of two sets; 1 where both are empty."""
    union = {*one, *other}
    return len({*one} & {*other}) / len(union) if union else 1.0


def per_step(records: Sequence[Record]) -> list[float]:
    """Return seconds per greedy step and thousand rows."""
    return [1000 * one["seconds"] / one["steps"] / one["rows"] for one in records]


def report(account: Record) -> str:
    """Return the table of the methods, that of the growth, and the verdict, as Markdown."""
    found = by_method(account)
    exact = {one["attribute"]: one["selected"] for one in found.get(EXACT, [])}
    lines = [
        "| method | rows | seconds | steps | seconds per step and 1,000 rows | selected "
        "| Jaccard to FOCI |",
        "| --- |" + " --- |" * 6,
    ]
    for name, records in found.items():
        shared = [
            jaccard(one["selected"], exact[one["attribute"]])
            for one in records
            if one["attribute"] in exact
        ]
        cells = [
            str(records[0]["rows"]),
            cell([one["seconds"] for one in records]),
            cell([one["steps"] for one in records]),
            cell(per_step(records)),
            cell([len(one["selected"]) for one in records]),
            cell(shared),
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    parts = [
        f"{account['experiment']} on {account['data']['source']}, {account['device']}, commit "
        f"{account['commit']}{', changed' if account['dirty'] else ''}. Means over the attributes "
        "with half of the 95 % interval.",
        "\n".join(lines),
    ]
    growth = [one for one in account["records"] if one["method"] == GROWTH]
    if growth:
        rows = [f"| {one['rows']} | {one['columns']} | {one['seconds']:.3g} |" for one in growth]
        parts.append("\n".join(["| rows | columns | seconds |", "| --- | --- | --- |", *rows]))
    parts.append("\n".join(f"- {sentence}" for sentence in verdict(account)))
    return "\n\n".join(parts)


def verdict(account: Record) -> list[str]:
    """Return sentences on what noise and k-d trees do to the time."""
    found = by_method(account)
    kinds = {method["name"]: method for method in account["config"]["methods"]}
    sentences = []
    if EXACT in found:
        for name, records in found.items():
            if kinds[name]["kind"] == "lfoci" and kinds[name]["sigma"] > 0:
                whole = beside(records, found[EXACT])
                sentences.append(
                    f"{name} takes {times(whole)} the seconds of {EXACT} without noise: "
                    f"{compared(whole)}."
                )
    trees = [name for name in found if kinds[name]["kind"] == "kdtree"]
    clean = [name for name in trees if not kinds[name]["sigma"]]
    for one in clean:
        for name in trees:
            if kinds[name]["sigma"]:
                step = ratio(per_step(found[name]), per_step(found[one]))
                sentences.append(
                    f"A step of {name} takes {times(step)} the seconds of one of {one}, on the "
                    f"same rows: {compared(step)}."
                )
        if EXACT in found:
            step = ratio(per_step(found[one]), per_step(found[EXACT]))
            sentences.append(
                f"A step of {one} takes {times(step)} the seconds of one of {EXACT}, per row: "
                f"{compared(step)}."
            )
    return sentences


def beside(records: Sequence[Record], others: Sequence[Record]) -> Estimate:
    """Return the seconds of a method over those of another, paired by attribute."""
    return ratio([one["seconds"] for one in records], [one["seconds"] for one in others])


def draw(account: Record, file: Path) -> None:
    """Draw seconds per step, a point for each attribute.

    Parameters
    ----------
    account : dict
        Of speedup.
    file : path
        Where to write it; the suffix is the format.
    """
    found = by_method(account)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8, 0.5 + 0.35 * len(found)), layout="constrained")
        axes = figure.subplots()
        spread = np.random.default_rng(0)
        for place, records in enumerate(found.values()):
            values = per_step(records)
            height = place + 0.2 * (spread.random(len(values)) - 0.5)
            axes.plot(values, height, "o", ms=3, alpha=0.6, color="#2471a3")
            axes.plot(np.mean(values), place, "|", ms=14, color="black")
        axes.set_yticks(range(len(found)), list(found))
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlabel("seconds per greedy step and 1,000 rows")
        figure.savefig(file, metadata={"Date": None})
