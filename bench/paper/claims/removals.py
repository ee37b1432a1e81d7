"""What accounts of removals say: forgetting, selection, accuracy, cost and growth."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from bench.paper.claims.line import (
    AGAINST,
    FOR,
    NOISE,
    OPEN,
    SLICES,
    Line,
    Lines,
    interval,
    says_of,
    where,
)
from bench.paper.journal import Record
from bench.paper.removal.report import KL, Results
from bench.paper.removal.sequence import FLOOR, NOTHING, REFIT
from bench.paper.statistics import LESS, MORE, compared, mean, ratio, times


def removals(account: Record) -> Iterator[tuple[Results, str, int]]:
    """Yield each case of an account of removals with its last removal, where there is a refit."""
    if any("case" in one for one in account["records"]):
        results = Results(account)
        for case in results.cases:
            if results.checkpoints(case) and results.values(case, REFIT, KL, _last(results, case)):
                yield results, case, _last(results, case)


def _last(results: Results, case: str) -> int:
    return results.checkpoints(case)[-1]


def _to_remove(results: Results, case: str, step: int) -> bool:
    """Whether doing nothing is further from the refit than a refit of another seed is."""
    floor = results.ratio(case, NOTHING, FLOOR, step)
    return floor is not None and compared(floor) == MORE


def slices_forget(account: Record) -> Lines:
    """KL to the refit that FOCI's slices leave, over that of doing nothing."""
    for results, case, step in removals(account):
        found = results.ratio(case, SLICES, NOTHING, step)
        if found is not None and _to_remove(results, case, step):
            what = f"{case}: KL to the refit after FOCI over that of doing nothing"
            yield Line(where(account), what, times(found), says_of(found, LESS))


def without_selection(account: Record) -> Lines:
    """KL that gradient and noise alone leave, which every figure on forgetting needs beside it."""
    for results, case, step in removals(account):
        for name in ("Gradient only", NOISE):
            found = results.ratio(case, name, NOTHING, step)
            if found is not None and _to_remove(results, case, step):
                what = f"{case}: the same after {name[0].lower()}{name[1:]}"
                yield Line(where(account), what, times(found), "")


def selection_matters(account: Record) -> Lines:
    """KL that other slices leave, at the same number of parameters, over FOCI's."""
    for results, case, step in removals(account):
        if not _to_remove(results, case, step):
            continue
        for name in ("Random", "Top gradient"):
            found = results.ratio(case, name, SLICES, step)
            if found is not None:
                what = f"{case}: KL after {name.lower()} over that after FOCI, as many parameters"
                yield Line(where(account), what, times(found), says_of(found, MORE))


def accuracy_stays(account: Record) -> Lines:
    """Accuracy on the test data after FOCI less the refit's, in points."""
    for results, case, step in removals(account):
        after, refit = (
            results.values(case, name, "test_accuracy", step) for name in (SLICES, REFIT)
        )
        if not after or len(after) != len(refit) or None in (*after, *refit):
            continue
        gap = mean([100 * (a - b) for a, b in zip(after, refit, strict=True)])  # type: ignore[operator]
        within, beyond = gap.low > -1 and gap.high < 1, gap.high < -1 or gap.low > 1
        says = FOR if within else AGAINST if beyond else OPEN
        what = f"{case}: test accuracy after FOCI less the refit's, points"
        yield Line(where(account), what, interval(gap), says)


def slices_cost_less(account: Record) -> Lines:
    """Seconds of a removal with all parameters over those with FOCI's slices."""
    for results, case, _ in removals(account):
        cost = {name: _seconds(results, case, name) for name in (SLICES, "Full")}
        if all(cost.values()) and len(cost[SLICES]) == len(cost["Full"]):
            found = ratio(cost["Full"], cost[SLICES])
            what = f"{case}: seconds of a removal by all parameters over those by FOCI"
            yield Line(where(account), what, times(found), says_of(found, MORE))


def _seconds(results: Results, case: str, method: str) -> list[float]:
    """Return the median seconds of a removal, for each seed."""
    by_seed: dict[int, list[float]] = {}
    for record in results.some(case, method):
        if "seconds" in record:
            by_seed.setdefault(record["seed"], []).append(record["seconds"])
    return [statistics.median(values) for values in by_seed.values()]


def gap_grows(account: Record) -> Lines:
    """KL to the refit after FOCI's last removal one by one over that after the first checkpoint."""
    for results, case, step in removals(account):
        first = results.checkpoints(case)[0]
        after, before = (results.values(case, SLICES, KL, at) for at in (step, first))
        if first == step or not after or len(after) != len(before) or None in (*after, *before):
            continue
        found = ratio([float(v or 0) for v in after], [float(v or 0) for v in before])
        what = f"{case}: KL to the refit after {step} removals over that after {first}, FOCI"
        yield Line(where(account), what, times(found), says_of(found, MORE))
