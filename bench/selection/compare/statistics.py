"""Means, ranks, and intervals of paired differences, from the account of a comparison."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean, median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, t

Cell = dict[str, Any]


class Place(NamedTuple):
    """A table and a learner, with the cells of all methods there."""

    table: str
    learner: str
    cells: dict[str, Cell]
    splits: int
    classes: bool


class Difference(NamedTuple):
    """Mean of paired differences and its 95 % interval."""

    mean: float
    low: float
    high: float


def places(account: dict[str, Any]) -> Iterator[Place]:
    """Yield every table that was run with every learner."""
    splits = account["protocol"]["folds"]["splits"]
    for name, table in account["tables"].items():
        for learner in account["protocol"]["learners"]:
            cells = {
                cell["method"]: cell
                for cell in table["cells"]
                if cell["learner"] == learner["name"]
            }
            yield Place(name, learner["name"], cells, splits, table["classes"] is not None)


def scores(cell: Cell) -> NDArray[np.float64] | None:
    """Return the score of each fold, None where the method failed in any."""
    found = [fold.get("score") for fold in cell["folds"]]
    return None if None in found else np.array(found)


def mean(cell: Cell) -> float | None:
    """Return the mean score, None where the method failed in any fold."""
    found = scores(cell)
    return None if found is None else float(found.mean())


def best(place: Place) -> str:
    """Return the method with the highest mean score; of equal ones, the first of the protocol."""
    return max(place.cells, key=lambda name: _or_least(mean(place.cells[name])))


def difference(place: Place, one: str, other: str) -> Difference | None:
    """Return the score of one method minus that of another, None where one failed.

    The interval is the corrected resampled t of Nadeau & Bengio (Machine Learning 52:239-281,
    2003): the variance of the J differences times 1/J + n_test/n_train, with J - 1 degrees of
    freedom.
    """
    first, second = scores(place.cells[one]), scores(place.cells[other])
    if first is None or second is None:
        return None
    found = first - second
    spread = found.std(ddof=1) * math.sqrt(1 / len(found) + 1 / (place.splits - 1))
    half = float(t.ppf(0.975, len(found) - 1) * spread)
    middle = float(found.mean())
    return Difference(middle, middle - half, middle + half)


def ranks(place: Place) -> dict[str, float]:
    """Return the rank of every method, 1 for the best mean score; those that failed come last."""
    heights = [-_or_least(mean(cell)) for cell in place.cells.values()]
    return dict(zip(place.cells, rankdata(heights).tolist(), strict=True))


def mean_ranks(every: list[Place]) -> dict[str, float]:
    """Return the mean rank of every method over all tables and learners."""
    each = [ranks(place) for place in every]
    return {name: fmean(one[name] for one in each) for name in each[0]}


def middle(cells: Sequence[Cell], value: str) -> float | None:
    """Return the median over all folds of "seconds", or of the number of columns."""
    folds = [fold for cell in cells for fold in cell["folds"] if "error" not in fold]
    if not folds:
        return None
    if value == "seconds":
        return median(fold["seconds"] for fold in folds)
    return median(len(fold["columns"]) for fold in folds)


def medians(account: dict[str, Any], name: str, value: str) -> list[float | None]:
    """Return what `middle` returns for a method on each table."""
    return [
        middle([cell for cell in entry["cells"] if cell["method"] == name], value)
        for entry in account["tables"].values()
    ]


def share(account: dict[str, Any], name: str) -> float:
    """Return the median over the tables of the share of columns that a method takes."""
    counts = zip(medians(account, name, "columns"), account["tables"].values(), strict=True)
    return median(count / entry["columns"] for count, entry in counts if count is not None)


def typical(account: dict[str, Any], name: str) -> float:
    """Return the median over the tables of the seconds of a selection."""
    return median(one for one in medians(account, name, "seconds") if one is not None)


def _or_least(value: float | None) -> float:
    return -math.inf if value is None else value
