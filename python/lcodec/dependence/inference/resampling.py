"""p-values from resampled responses: all of them, or until enough reach the coefficient.

Besag & Clifford, "Sequential Monte Carlo p-values", Biometrika 78(2):301-304, 1991.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.coefficient import Response, conditional, unconditional
from lcodec.neighbors import Labels, TieSets, own_values, sum_over_rows

ROUNDING = 1e-12  # means over tie sets are rounded: statistics this close count as equal
BLOCK = 2**17  # labels, or coefficients, held at once: few for caches, enough for several threads


class Resampling(NamedTuple):
    """How responses are resampled, which all columns that are tested share."""

    n_resamples: int
    max_exceedances: int | None  # stop at so many resamples that reach the coefficient
    rows: Callable[[range], IntArray]  # the row whose response each row is given
    without_z: TieSets | None = None  # neighbours in x


class WithoutZ(NamedTuple):
    """What neighbours in x alone say of labels (b, n), for all columns that are tested."""

    means: FloatArray  # (b, n)
    remaining: FloatArray  # (b,) sums of the values of rows with themselves less these

    @classmethod
    def of(cls, labels: Labels, sets: TieSets) -> WithoutZ:
        """Find it."""
        means = sets.means(labels)
        return cls(means, sum_over_rows(own_values(labels), means))


def coefficients(
    response: Response, labels: Labels, sets: Sequence[TieSets], without: WithoutZ | None
) -> FloatArray:
    """Return T (k, b) for `sets` with z and labels (b, n) of rows; `without` is None without x."""
    if without is None:
        return unconditional(np.stack([one.sums(labels) for one in sets]), response)
    gained = np.stack([one.sums(labels, without.means) for one in sets])
    return conditional(gained, without.remaining)


def p_values(
    statistics: FloatArray, response: Response, sets: Sequence[TieSets], resampling: Resampling
) -> tuple[FloatArray, IntArray]:
    """Return the p-value of each statistic, and the number of resamples that it took.

    Neighbours of column k are `sets` [k]. One resample serves all columns that still need it, and
    blocks of them change no result.
    """
    n, (most, enough, *_) = len(response.labels), resampling
    counts, used = np.zeros(len(sets), dtype=np.int64), np.full(len(sets), most)
    waiting, largest = np.arange(len(sets)), max(8, BLOCK // max(n, len(sets)))
    start, size = 0, largest if enough is None else min(2 * enough, largest)
    while start < most and len(waiting):
        resamples = range(start, min(start + size, most))
        labels = response.labels[resampling.rows(resamples)]
        without = None
        if resampling.without_z is not None:
            without = WithoutZ.of(labels, resampling.without_z)
        values = coefficients(response, labels, [sets[k] for k in waiting.tolist()], without)
        # a resample without a value counts against rejection
        reached = ~(values < (statistics[waiting] - ROUNDING)[:, np.newaxis])
        totals = counts[waiting, np.newaxis] + np.cumsum(reached, axis=1)
        counts[waiting] = totals[:, -1]
        if enough is not None:
            stops = totals[:, -1] >= enough
            counts[waiting[stops]] = enough
            used[waiting[stops]] = start + 1 + (totals[stops] < enough).sum(axis=1)
            waiting = waiting[~stops]
        start, size = resamples.stop, min(2 * size, largest)
    stopped = counts == enough
    return np.where(stopped, counts / used, (1 + counts) / (1 + most)), used
