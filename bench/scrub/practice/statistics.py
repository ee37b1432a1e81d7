"""Ratios of cells, their geometric means, and intervals by a bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.scrub.practice.methods import NOTHING

Cell = dict[str, Any]
Value = Callable[[Cell], float | None]
TINY = 1e-12  # differences below it are none
RESAMPLES = 4000
HARM = 1.05


def after(method: str, measure: str, *, failures: bool = False) -> Value:
    """Return a function of a cell: the measure after / before; None where the method failed.

    With `failures`, it is then 1, as the model stays what it was.
    """

    def value(cell: Cell) -> float | None:
        row = cell["methods"].get(method)
        if row is None:
            return None
        if "error" in row:
            return 1.0 if failures else None
        before = cell["methods"][NOTHING][measure]
        return float(max(row[measure], TINY) / max(before, TINY))

    return value


def against(one: str, other: str, measure: str) -> Value:
    """Return a function of a cell: what one method leaves over what the other leaves."""
    first, second = after(one, measure), after(other, measure)

    def value(cell: Cell) -> float | None:
        left, right = first(cell), second(cell)
        return None if left is None or right is None else left / right

    return value


def known(cells: Sequence[Cell], value: Value) -> list[float]:
    """Return the values of the cells that have one."""
    return [one for one in map(value, cells) if one is not None]


def geometric(cells: Sequence[Cell], value: Value) -> float | None:
    """Return the geometric mean; networks count alike."""
    return _mean([_table(rows, value) for rows in _by(cells, "network").values()])


def interval(cells: Sequence[Cell], value: Value) -> tuple[float, float] | None:
    """Return the 95 % interval of the geometric mean.

    Training seeds of each network are drawn with replacement, and removals within each.
    """
    rng = np.random.default_rng(0)
    drawn = []
    for rows in _by(cells, "network").values():
        table = _table(rows, value)
        if np.isnan(table).all():
            continue
        seeds, kinds = table.shape
        which = rng.integers(seeds, size=(RESAMPLES, seeds, 1))
        found = table[which, rng.integers(kinds, size=(RESAMPLES, seeds, kinds))]
        counts = (~np.isnan(found)).sum(axis=(1, 2))
        sums = np.nansum(found, axis=(1, 2))
        drawn.append(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))
    if not drawn:
        return None
    table = np.array(drawn)
    table = table[:, ~np.isnan(table).all(axis=0)]  # draws that hold a cell with a value
    low, high = np.quantile(np.nanmean(table, axis=0), [0.025, 0.975])
    return float(np.exp(low)), float(np.exp(high))


def harm(cells: Sequence[Cell], value: Value) -> tuple[float, float] | None:
    """Return the share of the cells above 1.05, and the worst."""
    found = known(cells, value)
    if not found:
        return None
    return sum(one > HARM for one in found) / len(found), max(found)


def _by(cells: Sequence[Cell], name: str) -> dict[Any, list[Cell]]:
    groups: dict[Any, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell[name], []).append(cell)
    return groups


def _table(cells: Sequence[Cell], value: Value) -> NDArray[np.float64]:
    """Return logarithms by training seed and kind of removal; NaN where there is none."""
    seeds = sorted({cell["seed"] for cell in cells})
    kinds = list(dict.fromkeys(cell["kind"] for cell in cells))
    table = np.full((len(seeds), len(kinds)), np.nan)
    for cell in cells:
        found = value(cell)
        if found is not None:
            table[seeds.index(cell["seed"]), kinds.index(cell["kind"])] = np.log(found)
    return table


def _mean(tables: Sequence[NDArray[np.float64]]) -> float | None:
    means = [np.nanmean(table) for table in tables if not np.isnan(table).all()]
    return float(np.exp(np.mean(means))) if means else None
