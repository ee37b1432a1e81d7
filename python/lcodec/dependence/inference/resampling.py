"""p-values from resampled responses: all of them, or until enough reach the coefficient.

Besag & Clifford, "Sequential Monte Carlo p-values", Biometrika 78(2):301-304, 1991.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import kernel
from lcodec.dependence.coefficient import Response, conditional, unconditional
from lcodec.neighbors import TieSets, batch_sums
from lcodec.random.permutation import Orders

ROUNDING = 1e-12  # means over tie sets are rounded: statistics this close count as equal
BLOCK = 2**17  # labels, or coefficients, held at once: few for caches, enough for several threads
WORTH = 2**19  # labels looked at that cost no less than another call


class Resampling(NamedTuple):
    """How responses are resampled, which all columns that are tested share."""

    n_resamples: int
    max_exceedances: int | None  # stop at so many resamples that reach the coefficient
    rows: Callable[[range], Orders]  # the row whose response each row is given
    without_z: TieSets | None = None  # neighbours in x


def coefficients(
    response: Response, orders: Orders, sets: Sequence[TieSets], without_z: TieSets | None
) -> FloatArray:
    """Return T (k, b) for `sets` with z where row i has the response of row orders[b, i].

    Those `without_z` are None without x.
    """
    sums, remaining = batch_sums(sets, response.labels, orders, without_z)
    return unconditional(sums, response) if without_z is None else conditional(sums, remaining)


def p_values(
    statistics: FloatArray, response: Response, sets: Sequence[TieSets], resampling: Resampling
) -> tuple[FloatArray, IntArray]:
    """Return the p-value of each statistic, and the number of resamples that it took.

    Neighbours of column k are `sets` [k]. One resample serves all columns that still need it, and
    blocks of them change no result.
    """
    n, (most, enough, *_) = len(response.labels), resampling
    counts, used = np.zeros(len(sets), dtype=np.int64), np.full(len(sets), most)
    least = statistics - ROUNDING
    waiting, largest = np.arange(len(sets)), max(8, BLOCK // max(n, len(sets)))
    start, size = 0, largest if enough is None else min(2 * enough, largest)
    while start < most and len(waiting):
        resamples = range(start, min(start + size, most))
        some = [sets[k] for k in waiting.tolist()]
        values = coefficients(response, resampling.rows(resamples), some, resampling.without_z)
        _count(values, least, waiting, enough or 0, start, counts, used)
        if enough is not None:
            waiting = waiting[counts[waiting] < enough]
            size = max(2 * enough, WORTH // (n * (1 + len(waiting))))
        start, size = resamples.stop, min(size, largest)
    stopped = counts == enough
    return np.where(stopped, counts / used, (1 + counts) / (1 + most)), used


@kernel
def _count(values, least, columns, enough, start, counts, used):  # type: ignore[no-untyped-def]
    """Count, for each of the `columns`, the resamples that reach its coefficient, up to `enough`.

    Write how many it `used` where it stops.
    """
    for at in range(columns.shape[0]):
        k = columns[at]
        for b in range(values.shape[1]):
            if values[at, b] < least[k]:
                continue
            counts[k] += 1  # a resample without a value counts against rejection
            if counts[k] == enough:
                used[k] = start + b + 1
                break
