"""How often the coefficient of resampled responses reaches that of the real ones."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.coefficient import Response, conditional, unconditional
from lcodec.neighbors import TieSets, sum_over_rows
from lcodec.random.permutation import local_exchanges, permutations

ROUNDING = 1e-12  # means over tie sets are rounded: statistics this close count as equal
_BLOCK = 2**20  # labels held at once


def reached(
    statistic: float,
    response: Response,
    with_z: TieSets,
    without_z: TieSets | None,
    near: IntArray | None,
    n_resamples: int,
    seed: int,
) -> int:
    """Count the resamples that reach the statistic: of all rows, or with x of `near` ones."""
    count, n = 0, len(response.at_most)
    size = max(8, _BLOCK // n)
    for start in range(0, n_resamples, size):
        resamples = range(start, min(start + size, n_resamples))
        values: FloatArray
        if without_z is None or near is None:
            labels = response.at_most[permutations(n, resamples, seed)]
            values = unconditional(sum_over_rows(with_z.means(labels)), response)
        else:
            labels = response.at_most[local_exchanges(near, resamples, seed)]
            without_ranks = without_z.means(labels)
            values = conditional(
                sum_over_rows(with_z.means(labels) - without_ranks),
                sum_over_rows(labels - without_ranks),
            )
        # a resample without a value counts against rejection
        count += int(np.count_nonzero(~(values < statistic - ROUNDING)))
    return count
