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
_FEW = 16  # to sort by insertion


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

    @property
    def pick(self) -> Choice | None:
        """What picks a row of a tie set: this, or None for the mean over it.

        Kernels that are given None are compiled without what picks a row.
        """
        return None if self.rule == AVERAGE else self


@kernel(forceinline=True)
def random_element(count, i, choice, column):
    """Return the place in a tie set of `count` rows that row i draws."""
    step, purpose = np.uint64(choice.step), np.uint64(TIES)
    word = philox4x32(np.uint64(i), np.uint64(column), step, purpose, choice.k0, choice.k1)[0]
    return np.int64((word * np.uint64(count)) >> np.uint64(32))


@kernel
def chosen_value(rows, labels, i, choice, column):
    """Return the value of row i from the row of its tie set that FIRST or RANDOM chooses.

    `rows` are the tie set in any order, and change; `column` is the number of the candidate.
    """
    element = np.int64(0)
    if choice.rule != FIRST:
        element = random_element(rows.shape[0], i, choice, column)
    return float(gain(labels[i], labels[chosen(rows, element, choice)]))


@kernel
def chosen(rows, element, choice):
    """Return the lowest of `rows`, for FIRST, or the one at a place in their order; they change."""
    if choice.rule != FIRST:
        ascend(rows)
        return rows[element]
    lowest = rows[0]
    for m in rows:
        lowest = min(lowest, m)
    return lowest


@kernel
def ascend(values):
    """Sort whole numbers where they are; quicker to compile than `numpy.sort`."""
    stack, depth, low, high = np.empty(128, dtype=np.int64), 0, 0, values.shape[0] - 1
    while True:
        while high - low > _FEW:
            a, b, c = values[low], values[(low + high) // 2], values[high]
            pivot = max(min(a, b), min(max(a, b), c))
            i, j = low, high
            while i <= j:
                while values[i] < pivot:
                    i += 1
                while values[j] > pivot:
                    j -= 1
                if i <= j:
                    values[i], values[j] = values[j], values[i]
                    i += 1
                    j -= 1
            if j - low > high - i:  # the longer part waits, so that few do
                stack[depth], stack[depth + 1], low = low, j, i
            else:
                stack[depth], stack[depth + 1], high = i, high, j
            depth += 2
        for k in range(low + 1, high + 1):
            value, at = values[k], k
            while at > low and values[at - 1] > value:
                values[at] = values[at - 1]
                at -= 1
            values[at] = value
        if depth == 0:
            return
        depth -= 2
        low, high = stack[depth], stack[depth + 1]
