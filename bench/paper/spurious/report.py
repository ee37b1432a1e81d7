"""Tables and verdict of spurious, computed from the account alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bench.paper.journal import Record
from bench.paper.statistics import ALONE, LESS, MORE, SAME, Estimate, cell, difference, points

MEASURES = {
    ("test", "accuracy"): "accuracy on test",
    ("validation", "accuracy"): "accuracy on validation",
    ("validation", "worst"): "accuracy of the worst group",
    ("validation", "gap"): "mean gap with and without",
    ("validation", "odds"): "difference of equalised odds",
}
"""Part and measure, and what it is called."""
BEST = ("validation", "accuracy")
TOLD = tuple(MEASURES)[:-1]
"""Those of the sentences: odds do not differ either in a classifier that always says the same."""


def method_of(account: Record, kind: str) -> str | None:
    """Return the name of the method of a kind, where it was run."""
    methods = account["config"]["methods"]
    return next((one["name"] for one in methods if one["kind"] == kind), None)


def of(account: Record, method: str, strength: float) -> list[Record]:
    """Return the records of a method at a strength, in the order of the seeds."""
    found = [
        one
        for one in account["records"]
        if one.get("method") == method and one["strength"] in (0.0, strength)
    ]
    return sorted(found, key=lambda one: one["seed"])


def rows(account: Record) -> list[tuple[str, float]]:
    """Return methods and strengths in the order of the table."""
    strengths = account["config"]["run"]["strengths"]
    return [
        (method["name"], strength)
        for method in account["config"]["methods"]
        for strength in (strengths if method["kind"] != "none" else [0.0])
    ]


def relations(account: Record) -> Record:
    """Return the record of how attributes are related, with the blanket that is known."""
    found: Record = next(one for one in account["records"] if "table" in one)
    return found


def counted(account: Record) -> list[str]:
    """Return the attributes of the groups: the known blanket, or the one that was selected."""
    known: list[str] = relations(account)["known"]
    wanted = account["config"]["run"]["selection"]
    return known or next(
        one["selected"] for one in account["records"] if one.get("selection") == wanted
    )


def values(records: Sequence[Record], part: str, measure: str) -> list[float]:
    """Return a measure of each record that has it."""
    return [one[part][measure] for one in records if one[part][measure] is not None]


def report(account: Record) -> str:
    """Return the tables of selections and of classifiers, and the verdict, as Markdown."""
    config, known = account["config"], set(relations(account)["known"])
    data = config["data"]
    chosen = ["| selection | attributes | of the blanket | others | seconds |"]
    chosen.append("| --- |" + " --- |" * 4)
    for one in account["records"]:
        if "selection" in one:
            names = set(one["selected"])
            told = f"{len(names & known)} of {len(known)} | {len(names - known)}"
            chosen.append(
                f"| {one['selection']} | {', '.join(one['selected'])} | "
                f"{told if known else '– | –'} | {one['seconds']:.3g} |"
            )
    inside = set(counted(account))
    lines = [
        "| adversaries | λ | number | of the blanket | "
        + ", % | ".join(MEASURES.values())
        + ", % | seconds |",
        "| --- |" + " --- |" * (4 + len(MEASURES)),
    ]
    for name, strength in rows(account):
        records = of(account, name, strength)
        cells = [
            name,
            f"{strength:g}",
            cell([len(one["adversaries"]) for one in records]),
            cell([len(inside & {*one["adversaries"]}) for one in records]),
            *(cell(values(records, *at), points=True) for at in MEASURES),
            cell([one["seconds"] for one in records]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    seeds = ", ".join(map(str, config["run"]["seeds"]))
    return "\n\n".join([
        f"{account['experiment']}, target {data['target']}, on {account['data']['source']}, "
        f"{data['rows']} rows for the selections, {data['train']} images for training, seeds "
        f"{seeds}, {account['device']}, commit "
        f"{account['commit']}{', changed' if account['dirty'] else ''}. Means with half of the "
        "95 % interval over the seeds.",
        "\n".join(chosen),
        "\n".join(lines),
        "\n".join(f"- {sentence}" for sentence in verdict(account)),
    ])  # fmt: skip


def verdict(account: Record) -> list[str]:
    """Return sentences on the blankets, on what is relied on, and on what adversaries change."""
    return [*_selections(account), *_reliance(account), *_changes(account)]


def _selections(account: Record) -> list[str]:
    known = set(relations(account)["known"])
    sentences = []
    for one in account["records"]:
        if "selection" in one and known:
            names = set(one["selected"])
            sentences.append(
                f"{one['selection']} selects {len(names & known)} of the {len(known)} attributes "
                f"of the blanket, and {len(names - known)} others, in {one['seconds']:.3g} seconds."
            )
    return sentences


def _reliance(account: Record) -> list[str]:
    plain = method_of(account, "none")
    records = of(account, plain, 0.0) if plain else []
    if not records or not relations(account)["known"]:
        return []
    gap = difference(*(values(records, part, "accuracy") for part in ("validation", "test")))
    told = {
        LESS: "the classifier relies on them",
        MORE: "it gains by that",
        SAME: "no reliance on them shows",
        ALONE: "one seed cannot tell",
    }[sign(gap)]
    return [
        "Without adversaries, the accuracy on validation, where the relations with the target are "
        f"reversed, less that on test is {points(gap)}: {told}."
    ]


def _changes(account: Record) -> list[str]:
    """Return sentences that compare the blanket with all other rows, at each strength and best."""
    ours = method_of(account, "blanket")
    if ours is None:
        return []
    sentences = []
    for strength in account["config"]["run"]["strengths"]:
        for at in TOLD:
            told = _beside(account, at, lambda _, strength=strength: strength)
            if told:
                words = f"At λ {strength:g}, the {MEASURES[at]} with {ours} less that with"
                sentences.append(f"{words} {told}.")
    strongest = {name: _best(account, name) for name, _ in rows(account)}
    told = _beside(account, BEST, strongest.__getitem__)
    if told:
        named = ", ".join(f"{name} {strength:g}" for name, strength in strongest.items())
        sentences.append(
            f"With each row at the λ that is best for it there ({named}), which takes the "
            f"validation images to know, the {MEASURES[BEST]} with {ours} less that with {told}."
        )
    return sentences


def _best(account: Record, method: str) -> float:
    """Return the strength at which the mean accuracy on validation is highest."""
    means = {
        strength: float(np.mean(found))
        for name, strength in rows(account)
        if name == method and (found := values(of(account, name, strength), *BEST))
    }
    return max(means, key=means.__getitem__, default=0.0)


def _beside(account: Record, at: tuple[str, str], strength: Callable[[str], float]) -> str:
    """Return the differences of a measure, the blanket's less each other's, paired by seed."""
    methods = {one["kind"]: one["name"] for one in account["config"]["methods"]}
    ours = methods.pop("blanket")
    one = values(of(account, ours, strength(ours)), *at)
    told = []
    for name in methods.values():
        other = values(of(account, name, strength(name)), *at)
        if one and len(one) == len(other):
            gap = difference(one, other)
            told.append(f"{name}, {points(gap)}, {sign(gap)}")
    return "; ".join(told)


def sign(found: Estimate) -> str:
    """Return LESS, MORE, SAME or ALONE, by where the interval of a difference is."""
    if found.high == float("inf"):
        return ALONE
    if found.high < 0:
        return LESS
    return MORE if found.low > 0 else SAME
