"""What accounts on persons say: whether one goes, and the others stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.paper.claims.line import (
    AGAINST,
    FOR,
    NOISE,
    OPEN,
    SLICES,
    Line,
    Lines,
    interval,
    where,
)
from bench.paper.claims.removals import removals
from bench.paper.journal import Record
from bench.paper.removal.sequence import NOTHING
from bench.paper.statistics import Estimate, mean

PERSONS = {"vggface", "reid"}
PERSON = ("identity_accuracy", "person_accuracy")  # the first that was measured
OTHERS = ("held_out_accuracy", "others_accuracy")
BESIDE = ("Last layer", "Last layer by four directions", NOISE)
SLIGHT = 2  # points


def person_goes(account: Record) -> Lines:
    """Change of the accuracy on a removed person's images, in points, by FOCI's slices."""
    return _change(account, (SLICES,), PERSON, _fell)


def person_goes_otherwise(account: Record) -> Lines:
    """Return the same of the last layer alone, and of the noise alone."""
    return _change(account, BESIDE, PERSON, lambda _: "")


def others_stay(account: Record) -> Lines:
    """Change of the accuracy on other persons' images, in points, by FOCI's slices."""
    return _change(account, (SLICES,), OTHERS, _stayed)


def others_stay_otherwise(account: Record) -> Lines:
    """Return the same of the last layer alone, and of the noise alone."""
    return _change(account, BESIDE, OTHERS, lambda _: "")


def _fell(gap: Estimate) -> str:
    if gap.high < -SLIGHT:
        return FOR
    return AGAINST if gap.low > -SLIGHT else OPEN


def _stayed(gap: Estimate) -> str:
    if gap.low > -SLIGHT and gap.high < SLIGHT:
        return FOR
    return AGAINST if gap.high < -SLIGHT or gap.low > SLIGHT else OPEN


def _change(
    account: Record,
    methods: Sequence[str],
    measures: Sequence[str],
    says: Callable[[Estimate], str],
) -> Lines:
    """Yield by how many points methods change the first of some measures that was taken."""
    if account["experiment"] not in PERSONS:
        return
    found = [(*one, method) for method in methods for one in removals(account)]
    for results, case, step, method in found:
        for measure in measures:
            after, before = (
                [v for v in results.values(case, name, measure, step) if v is not None]
                for name in (method, NOTHING)
            )
            if after and len(after) == len(before):
                gap = mean([100 * (a - b) for a, b in zip(after, before, strict=True)])
                whose = measure.removesuffix("_accuracy").replace("held_out", "others held out")
                what = f"{case}: accuracy of the {whose} after {_lowered(method)}, change in points"
                yield Line(where(account), what, interval(gap), says(gap))
                break


def _lowered(method: str) -> str:
    return method if method.isupper() else f"{method[0].lower()}{method[1:]}"
