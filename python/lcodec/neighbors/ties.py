"""The value of a row from its tie set: the mean over it, one of its rows at random, or the first.

Kernels find the smallest distance, the size of its tie set and the sum over it in one go. A tie set
of one row needs nothing more; the rules "random" and "first" look at the rows of a larger one.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from lcodec.compiling import kernel
from lcodec.neighbors.gains import gain
from lcodec.random.philox import TIES, philox4x32, split_seed

Ties = Literal["average", "random", "first"]

TIE_RULES: tuple[Ties, ...] = get_args(Ties)
AVERAGE, RANDOM, FIRST = range(3)


class Choice(NamedTuple):
    """How a row's value follows from its tie set: the rule, the counter and key of "random".

    `neighbors` is the number of nearest rows that count.
    """

    rule: int
    step: int
    k0: np.uint64
    k1: np.uint64
    neighbors: int = 1

    @classmethod
    def of(cls, ties: str, step: int, seed: int, neighbors: int = 1) -> Choice:
        """Return the choice for options of a search."""
        return cls(TIE_RULES.index(ties), step, *split_seed(seed), neighbors)


@kernel(inline="always")
def random_element(count, i, choice, column):
    """Return the place in a tie set of `count` rows that row i draws."""
    step, purpose = np.uint64(choice.step), np.uint64(TIES)
    word = philox4x32(np.uint64(i), np.uint64(column), step, purpose, choice.k0, choice.k1)[0]
    return np.int64((word * np.uint64(count)) >> np.uint64(32))


@kernel
def chosen_value(rows, labels, i, choice, column):
    """Return the value of row i from the row of its tie set that FIRST or RANDOM chooses.

    `rows` are the tie set in any order, `column` the number of the candidate.
    """
    if choice.rule == FIRST:
        m = rows.min()
    else:
        m = np.sort(rows)[random_element(rows.shape[0], i, choice, column)]
    return float(gain(labels[i], labels[m]))
