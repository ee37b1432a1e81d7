"""Tables and verdict of spurious, computed from the account alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bench.paper.journal import Record
from bench.paper.spurious import run
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
TOLD = (("test", "accuracy"), BEST)
"""Those of the sentences; the others are small, too, in a classifier that always says the same."""


def method_of(account: Record, kind: str) -> str | None:
    """Return the name of the method of a kind, where it was run."""
    methods = account["config"]["methods"]
    return next((one["name"] for one in methods if one["kind"] == kind), None)


def of(account: Record, method: str, number: int, strength: float) -> list[Record]:
    """Return the records of a method with so many adversaries at a strength, sorted by seed.

    None and all have but one number, and none has no strength.
    """
    kinds = {one["name"]: one["kind"] for one in account["config"]["methods"]}
    kind = kinds.get(method)
    at = run.FIXED.get(kind, number), 0.0 if kind == "none" else strength
    found = [
        one
        for one in account["records"]
        if one.get("method") == method and (one["number"], one["strength"]) == at
    ]
    return sorted(found, key=lambda one: one["seed"])


def rows(account: Record) -> list[tuple[str, int, float]]:
    """Return methods, numbers of adversaries and strengths in the order of the table."""
    found = run.rows(account["config"], len(selected(account)))
    return [(method["name"], number, strength) for method, number, strength in found]


def numbers(account: Record) -> list[int]:
    """Return how many adversaries on the blanket there are, from few to many."""
    ours = method_of(account, "blanket")
    return list(dict.fromkeys(number for name, number, _ in rows(account) if name == ours))


def relations(account: Record) -> Record:
    """Return the record of how attributes are related, with the blanket that is known."""
    found: Record = next(one for one in account["records"] if "table" in one)
    return found


def counted(account: Record) -> list[str]:
    """Return the attributes of the groups: the known blanket, or the one that was selected."""
    known: list[str] = relations(account)["known"]
    return known or selected(account)


def selected(account: Record) -> list[str]:
    """Return the blanket of the adversaries, which was selected."""
    wanted = account["config"]["run"]["selection"]
    found: list[str] = next(
        one["selected"] for one in account["records"] if one.get("selection") == wanted
    )
    return found


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
        "| adversaries | number | λ | of the blanket | "
        + ", % | ".join(MEASURES.values())
        + ", % | seconds |",
        "| --- |" + " --- |" * (4 + len(MEASURES)),
    ]
    for name, number, strength in rows(account):
        records = of(account, name, number, strength)
        cells = [
            name,
            f"{number}",
            f"{strength:g}",
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
    return [
        *_selections(account), *_reliance(account), *_changes(account), *_numbers(account)
    ]  # fmt: skip


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
    records = of(account, plain, 0, 0.0) if plain else []
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
    names = [method["name"] for method in account["config"]["methods"]]
    for number in numbers(account):
        for strength in account["config"]["run"]["strengths"]:
            for at in TOLD:
                told = _beside(account, at, number, dict.fromkeys(names, strength))
                if told:
                    words = f"With {number} of {ours}, λ {strength:g}, the {MEASURES[at]}"
                    sentences.append(f"{words} less that with {told}.")
        strongest = {name: _best(account, name, number) for name in names}
        told = _beside(account, BEST, number, strongest)
        if told:
            named = ", ".join(f"{name} {strength:g}" for name, strength in strongest.items())
            sentences.append(
                f"With {number} of {ours} and each row at the λ that is best for it there "
                f"({named}), which takes the validation images to know, the {MEASURES[BEST]} less "
                f"that with {told}."
            )
    return sentences


def _numbers(account: Record) -> list[str]:
    """Return sentences that compare more adversaries with the fewest, at each strength."""
    ours = method_of(account, "blanket")
    if ours is None:
        return []
    fewest, *others = numbers(account)
    swept = [one["name"] for one in account["config"]["methods"] if one["kind"] not in run.FIXED]
    sentences = []
    for strength in account["config"]["run"]["strengths"]:
        for number in others:
            pairs = {
                name: (of(account, name, number, strength), of(account, name, fewest, strength))
                for name in swept
            }
            told = _told(pairs, BEST)
            if told:
                sentences.append(
                    f"At λ {strength:g}, the {MEASURES[BEST]} with {number} adversaries less that "
                    f"with {fewest}: {told}."
                )
    return sentences


def _best(account: Record, method: str, number: int) -> float:
    """Return the strength at which the mean accuracy on validation is highest."""
    means = {
        strength: float(np.mean(found))
        for name, _, strength in rows(account)
        if name == method and (found := values(of(account, name, number, strength), *BEST))
    }
    return max(means, key=means.__getitem__, default=0.0)


def _beside(
    account: Record, at: tuple[str, str], number: int, strengths: Mapping[str, float]
) -> str:
    """Return the differences of a measure, the blanket's less each other's with as many."""
    methods = {one["kind"]: one["name"] for one in account["config"]["methods"]}
    ours, *others = (
        of(account, name, number, strengths[name])
        for name in [methods.pop("blanket"), *methods.values()]
    )
    pairs = zip(methods.values(), others, strict=True)
    return _told({name: (ours, other) for name, other in pairs}, at)


def _told(pairs: Mapping[str, tuple[list[Record], list[Record]]], at: tuple[str, str]) -> str:
    """Return the differences of a measure, paired by seed, between records by their name."""
    told = []
    for name, both in pairs.items():
        one, other = (values(records, *at) for records in both)
        if one and len(one) == len(other):
            gap = difference(one, other)
            told.append(
                f"{name}, the same attributes"
                if alike(*both)
                else f"{name}, {points(gap)}, {sign(gap)}"
            )
    return "; ".join(told)


def alike(one: Sequence[Record], other: Sequence[Record]) -> bool:
    """Return whether the same attributes are hidden at the same strengths."""
    hidden = [
        [(sorted(record["adversaries"]), record["strength"]) for record in records]
        for records in (one, other)
    ]
    return hidden[0] == hidden[1]


def sign(found: Estimate) -> str:
    """Return LESS, MORE, SAME or ALONE, by where the interval of a difference is."""
    if found.high == float("inf"):
        return ALONE
    if found.high < 0:
        return LESS
    return MORE if found.low > 0 else SAME
