"""Sums over rows by several tie sets at once, less those by tie sets that all of them share.

Where each row has one nearest row, its value is a whole number. Then a sum of differences is the
difference of two exact sums, the same that `lcodec.neighbors.sums` finds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lcodec.checks import FloatArray
from lcodec.compiling import ThreadedKernel
from lcodec.neighbors.cpu.leaves import U
from lcodec.neighbors.cpu.tie_sets.sets import TieSets
from lcodec.neighbors.gains import Labels, gain, own_values
from lcodec.neighbors.sums import sum_over_rows
from lcodec.random.permutation import Orders
from lcodec.resources import threads_for


def batch_sums(
    sets: Sequence[TieSets], labels: Labels, orders: Orders, given: TieSets | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the sums (k, b) of the values of rows by each of `sets`, less those by `given`.

    Row i has the label of row ``orders[b, i]``. Beside them, the sums (b,) of the values of rows
    with themselves less those by `given`.
    """
    whole = given is None or given.nearest is not None
    single = np.array([whole and one.nearest is not None for one in sets])
    if single.any() and not single.all():
        sums = np.empty((len(sets), len(orders)))
        for part in (single, ~single):
            some = [sets[k] for k in np.flatnonzero(part).tolist()]
            sums[part], left = batch_sums(some, labels, orders, given)
        return sums, left
    if not single.all():
        labels = labels.take(orders)
        means = None if given is None else given.means(labels)
        sums = np.stack([one.sums(labels, means) for one in sets])
        return sums, sum_over_rows(own_values(labels), means)
    of_all = sets if given is None else [*sets, given]
    nearest = [one.nearest for one in of_all if one.nearest is not None]
    sums = np.empty((len(nearest) + 1, len(orders)))
    with threads_for(sums.shape[0] * orders.size):
        _add(len(orders), np.stack(nearest), labels, orders, sums)
    less = 0.0 if given is None else sums[-2]
    return sums[: len(sets)] - less, sums[-1] - less


@ThreadedKernel
def _add(start, stop, nearest, labels, orders, sums):
    """Write the sums of each order by each of `nearest` (k, n), and of values with themselves."""
    (count, n), own = nearest.shape, np.empty_like(labels)
    for b in range(start, stop):
        total = 0
        for i in range(n):
            own[i] = labels[U(orders[b, i])]
            total += gain(own[i], own[i])
        sums[count, b] = total
        for k in range(count):
            total = 0
            for i in range(n):
                total += gain(own[i], own[U(nearest[k, i])])
            sums[k, b] = total
