"""Mean and variance of T(Y, Z) over all permutations of the responses, without permuting.

The sum over rows of the values of nearest rows is sum_ij w_ij b_ij, with weights w of the neighbour
graph and b_ij what a pair of responses is worth: min(R_i, R_j), or whether the classes are equal.
For such sums both moments are known: Mantel, "The detection of disease clustering and a generalized
regression approach", Cancer Research 27:209-220, 1967.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lcodec.checks import IntArray
from lcodec.dependence.coefficient import Response, unconditional
from lcodec.dependence.inference.methods import Plan
from lcodec.dependence.inference.resampling import ROUNDING
from lcodec.neighbors import GraphSums, Labels, is_class, sum_in_any_order
from lcodec.random.normal import upper_tail


class PairSums(NamedTuple):
    """Sums over ordered pairs i != j of b_ij less its mean: all whole numbers until a division."""

    rows: int
    mean: float
    squares: float  # sum (b_ij - mean)^2
    degrees: float  # sum_i (sum_j (b_ij - mean))^2

    @classmethod
    def of(cls, labels: Labels) -> PairSums:
        """Return the sums for labels (n,): ranks as int64, classes as int32."""
        n = len(labels)
        pairs = n * (n - 1)
        if is_class(labels):
            by_row = np.bincount(labels)[labels] - 1
            total = int(by_row.sum())
            squares = float(total) * float(pairs - total) / pairs
        else:
            rank: IntArray = np.sort(labels)
            others = np.arange(n)[::-1]  # rows after each one
            by_row = np.cumsum(rank) - rank + rank * others
            total = int(by_row.sum())  # n^3 stays below 2^63, which `checks` enforces
            deviation = (pairs * rank - total) / pairs
            squares = 2.0 * sum_in_any_order(others * (deviation * deviation))
        by_row_deviation = (n * by_row - total) / n
        return cls(
            n, float(total) / pairs, squares,
            sum_in_any_order(by_row_deviation * by_row_deviation),
        )  # fmt: skip


def moments(graph: GraphSums, pairs: PairSums, n_neighbors: int) -> tuple[float, float]:
    """Return mean and variance of the sum over rows; the variance is 0 where it is rounding."""
    n, square = pairs.rows, n_neighbors * n_neighbors
    a2, a3 = graph.squares / square, graph.degrees / square
    b2, b3 = pairs.squares, pairs.degrees
    two = n * (n - 1)
    terms = [2.0 * a2 * b2 / two, 4.0 * ((a3 - a2) * (b3 - b2)) / (two * (n - 2)), 0.0]
    if n > 3:
        four = float(two * (n - 2)) * (n - 3)
        terms[2] = 4.0 * ((a2 - 2.0 * a3) * (b2 - 2.0 * b3)) / four
    variance = terms[0] + terms[1] + terms[2]
    if not variance > ROUNDING * (abs(terms[0]) + abs(terms[1]) + abs(terms[2])):
        variance = 0.0
    return n * pairs.mean, variance


def moment_test(
    statistic: float, response: Response, pairs: PairSums, graph: GraphSums, plan: Plan
) -> tuple[float, float]:
    """Return how many standard deviations T is above its mean, and the p-value.

    `pairs` are those of the response.

    NaN and 1 where all permutations give the same T.
    """
    mean, variance = moments(graph, pairs, plan.n_neighbors)
    deviation = response.factor * math.sqrt(variance) / response.sum_spread
    if deviation <= ROUNDING:
        return math.nan, 1.0
    z = (statistic - float(unconditional(np.array(mean), response))) / deviation
    return z, float(upper_tail(z))
