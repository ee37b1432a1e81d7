"""Does the person go, and do the others stay? Sentences computed from the account alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.paper import statistics
from bench.paper.journal import Record
from bench.paper.removal.report import Results
from bench.paper.removal.report import verdict as divergence
from bench.paper.removal.sequence import NOTHING, REFIT
from bench.paper.statistics import ALONE, Estimate, cell, difference

NEAR = 0.02
"""The others stay where they are within so much of the refit, or of what they were."""


@dataclass(frozen=True)
class Share:
    """A measure between 0 and 1.

    Attributes
    ----------
    measure : str
        Its name in the records.
    what : str
        What it is, in words.
    """

    measure: str
    what: str


def verdict(account: Record, goes: Sequence[Share], stays: Sequence[Share]) -> list[str]:
    """Return sentences on the person and on the others after the last removal of each case.

    Parameters
    ----------
    account : dict
        Of an experiment that removes a person.
    goes, stays : sequence of Share
        What should fall with the person, and what should stay.
    """
    results = Results(account)
    sentences = divergence(account) if _refitted(results) else []
    for case in results.cases:
        step = results.checkpoints(case)[-1]
        removed = f"{step} removals" if step > 1 else "removed together"
        parts = [_levels(results, case, step, [*goes, *stays])]
        parts += [one for share in goes for one in falls(results, case, step, share)]
        if _refitted(results):
            parts += [one for share in stays for one in kept(results, case, step, share, REFIT)]
        parts += [one for share in stays for one in kept(results, case, step, share, NOTHING)]
        sentences += [f"{case.capitalize()} ({removed}): {part}" for part in parts]
    if not _refitted(results):
        sentences.append("The network cannot be trained again here, so there is no refit beside.")
    return sentences


def _refitted(results: Results) -> bool:
    return any(record["method"] == REFIT for record in results.records)


def _levels(results: Results, case: str, step: int, shares: Sequence[Share]) -> str:
    """Return what the model before the removals has, and the refit."""
    parts = []
    for share in shares:
        before = cell(results.values(case, NOTHING, share.measure, step), points=True)
        refit = results.values(case, REFIT, share.measure, step)
        beside = f", {cell(refit, points=True)} % in the refit" if refit else ""
        parts.append(f"{share.what} is {before} % before{beside}")
    return "; ".join(parts) + "."


WORDS = {
    statistics.LESS: "{} falls by {}.",
    statistics.MORE: "{} rises by {}.",
    statistics.SAME: "no change of {} shows for {}.",
    ALONE: "one seed, so no interval; {} changes by {}.",
}


def falls(results: Results, case: str, step: int, share: Share) -> list[str]:
    """Return by which methods a share is lower than before, higher, or the same."""
    said = {}
    for name, found in _beside(results, case, step, share, NOTHING).items():
        said[name] = (
            ALONE
            if not math.isfinite(found.high)
            else statistics.LESS
            if found.high < 0
            else statistics.MORE
            if found.low > 0
            else statistics.SAME,
            found,
        )
    return _sorted(said, WORDS, share.what)


NEARNESS = {
    "near": "{} stays within 2 points of {} by {}.",
    "far": "{} is more than 2 points away from {} by {}.",
    "open": "whether {} stays within 2 points of {} cannot be told for {}.",
    ALONE: "one seed, so no interval; {} beside {}: {}.",
}


OTHER = {REFIT: "the refit's", NOTHING: "what it was"}


def kept(results: Results, case: str, step: int, share: Share, other: str) -> list[str]:
    """Return by which methods a share stays as near to the refit's, or to the old, as `NEAR`."""
    said = {}
    for name, found in _beside(results, case, step, share, other).items():
        said[name] = (
            ALONE
            if not math.isfinite(found.high)
            else "near"
            if found.low >= -NEAR and found.high <= NEAR
            else "far"
            if found.high < -NEAR or found.low > NEAR
            else "open",
            found,
        )
    return _sorted(said, NEARNESS, share.what, OTHER[other])


def _beside(
    results: Results, case: str, step: int, share: Share, other: str
) -> dict[str, Estimate]:
    """Return the difference of each method to another, of those that have the measure."""
    names = [method["name"] for method in results.config["methods"]]
    base = results.values(case, other, share.measure, step)
    found = {}
    for name in names:
        values = results.values(case, name, share.measure, step)
        if values and len(values) == len(base) and None not in [*values, *base]:
            found[name] = difference([v or 0.0 for v in values], [v or 0.0 for v in base])
    return found


def _sorted(said: dict[str, tuple[str, Estimate]], words: dict[str, str], *what: str) -> list[str]:
    sentences = []
    for kind, sentence in words.items():
        names = [
            f"{name}, {statistics.points(found)}"
            for name, (own, found) in said.items()
            if own == kind
        ]
        if names:
            sentences.append(sentence.format(*what, "; ".join(names)))
    return sentences
