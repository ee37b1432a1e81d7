"""The value of a row from its tie set: the mean over it, one of its rows at random, or the first.

Kernels find the smallest distance, the size of its tie set and the sum over it in one go. A tie set
of one row needs nothing more; the rules "random" and "first" look at the rows of a larger one.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numba import njit

from lcodec.random.philox import TIES, philox4x32

Ties = Literal["average", "random", "first"]

TIE_RULES: tuple[Ties, ...] = get_args(Ties)
AVERAGE, RANDOM, FIRST = range(3)


@njit(cache=True, inline="always")
def random_element(count, i, column, step, k0, k1):
    """Return the place in a tie set of `count` rows that row i draws."""
    word = philox4x32(
        np.uint64(i), np.uint64(column), np.uint64(step), np.uint64(TIES), k0, k1
    )[0]  # fmt: skip
    return np.int64((word * np.uint64(count)) >> np.uint64(32))


@njit(cache=True)
def chosen_row(rows, rule, i, column, step, k0, k1):
    """Return the row of row i's tie set `rows`, in any order, that FIRST or RANDOM chooses."""
    if rule == FIRST:
        return rows.min()
    return np.sort(rows)[random_element(rows.shape[0], i, column, step, k0, k1)]
