"""Means over seeds with their intervals, in numbers and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

LEVEL = 0.95
TINY = 1e-12  # nothing below it is told from 0


@dataclass(frozen=True)
class Estimate:
    """A mean with the ends of its 95 % interval; of one value alone, the ends are infinite."""

    mean: float
    low: float
    high: float

    @property
    def half(self) -> float:
        """Half of the interval's length."""
        return (self.high - self.low) / 2


def mean(values: Sequence[float]) -> Estimate:
    """Return the mean of values that are independent, with Student's 95 % interval."""
    array = np.asarray(values, dtype=np.float64)
    centre = float(array.mean())
    if len(array) < 2:
        return Estimate(centre, -math.inf, math.inf)
    error = float(array.std(ddof=1)) / math.sqrt(len(array))
    half = float(t.ppf((1 + LEVEL) / 2, len(array) - 1)) * error
    return Estimate(centre, centre - half, centre + half)


def ratio(above: Sequence[float], below: Sequence[float]) -> Estimate:
    """Return the geometric mean of above / below, which are paired, with its 95 % interval."""
    pairs = np.maximum(np.asarray([above, below], dtype=np.float64), TINY)
    logs = mean(list(np.log(pairs[0]) - np.log(pairs[1])))
    with np.errstate(over="ignore"):
        return Estimate(*(float(np.exp(end)) for end in (logs.mean, logs.low, logs.high)))


def cell(values: Sequence[float | None], *, points: bool = False) -> str:
    """Return the mean with half of its interval, as a cell of a table.

    "–" where nothing was measured, "ruined" where a value was not finite. With `points` it is a
    share, shown in per cent.
    """
    if not values:
        return "–"
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return "ruined"
    found = mean([100 * value for value in known] if points else known)
    form = ".1f" if points else ".3g"
    if len(known) < 2:
        return f"{found.mean:{form}}"
    return f"{found.mean:{form}} ± {found.half:{'.1f' if points else '.1g'}}"


LESS, MORE = "less", "more"
SAME, ALONE = "no difference that shows", "one seed, so no interval"


def times(found: Estimate) -> str:
    """Return a ratio with its interval, in words."""
    if not math.isfinite(found.high):
        return f"{found.mean:.3g} times"
    return f"{found.mean:.3g} times ({found.low:.3g} to {found.high:.3g})"


def compared(found: Estimate) -> str:
    """Return LESS, MORE, SAME or ALONE, by where the interval of a ratio is."""
    if not math.isfinite(found.high):
        return ALONE
    if found.high < 1:
        return LESS
    return MORE if found.low > 1 else SAME


def difference(one: Sequence[float], other: Sequence[float]) -> Estimate:
    """Return the mean of one - other, which are paired, with its 95 % interval."""
    return mean([float(a) - float(b) for a, b in zip(one, other, strict=True)])


def points(found: Estimate) -> str:
    """Return a difference of shares with its interval, in words, in percentage points."""
    if not math.isfinite(found.high):
        return f"{100 * found.mean:+.1f} points"
    return f"{100 * found.mean:+.1f} points ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
