"""The neighbour graph as a matrix of weights: the two sums that a permutation test needs of it.

Row i gives weight 1/K to each row nearer than its K-th nearest, and shares what is left among those
at that distance. Weights are those of distinct rows, so that heavy ties cost little; sums are exact
before they are rounded once, in any order. The weights are not sums but differences from their
mean, so that nothing cancels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel
from lcodec.neighbors.cpu.tie_sets.distinct import DISTINCT, NEARER, TIED, DistinctRows, nearest
from lcodec.neighbors.cpu.tie_sets.sets import TieSets
from lcodec.neighbors.cpu.tie_sets.walk import single_nearest
from lcodec.neighbors.sums import shifts, sum_in_any_order
from lcodec.resources import threads_for

_BLOCK = 2**22  # pairs of distinct rows held at once


class GraphSums(NamedTuple):
    """Sums over ordered pairs i != j of a_ij = (w_ij + w_ji)/2 - K/(n-1), K w the weights.

    With K w_i' = sum_j w_ji, the in-weight of row i.
    """

    squares: float  # sum a_ij^2
    degrees: float  # sum_i (sum_j a_ij)^2 = sum_i ((w_i' - K)/2)^2


class _Pairs(NamedTuple):
    """Pairs of distinct rows of which the first gives weight to the other."""

    owner: IntArray
    other: IntArray
    given: FloatArray  # K times the weight of a row
    back: FloatArray  # K times the weight that the other gives


def graph_sums(
    columns: FloatArray, weights: FloatArray, ties: str, n_neighbors: int = 1
) -> GraphSums:
    """Return the sums of the graph of the K nearest rows in `columns` (p, n), in units of 1/K^2."""
    n = columns.shape[1]
    if ties == "first":
        rows = np.arange(n)
        return _sums_of(n, n_neighbors, rows, [_chosen(columns, weights, n_neighbors)])
    nearest = single_nearest(columns, weights) if n_neighbors == 1 else None
    if nearest is not None:
        rows = np.arange(n)
        back = (nearest[nearest] == rows).astype(np.float64)
        return _sums_of(n, 1, rows, [_Pairs(rows, nearest, np.ones(n), back)])
    found = DistinctRows.of(columns, weights, n_neighbors)
    return _sums_of(n, n_neighbors, found.group, _pairs(found, n_neighbors))


def _sums_of(n: int, n_neighbors: int, group: IntArray, blocks: Iterable[_Pairs]) -> GraphSums:
    """Add up blocks of pairs; all pairs of an owner are in one block.

    For each owner the sum of how many rows the other stands for, times a * a, twice where it gives
    nothing back; for each other the sum of how many rows the owner stands for, times what is given.
    """
    sizes, mean = np.bincount(group), n_neighbors / (n - 1)
    above, below = shifts(4.0 * n_neighbors, n)
    above_in, below_in = shifts(2.0 * n_neighbors * n_neighbors, n)
    squares, support = np.zeros(len(sizes)), 0
    high, low = np.zeros(len(sizes)), np.zeros(len(sizes))
    for owner, other, given, back in blocks:
        same = owner == other
        others, both = sizes[other] - same, back > 0
        times = np.where(both, others, 2 * others)
        support += int((times * sizes[owner]).sum())
        a = (given + back) * 0.5 - mean
        squares += np.add(*_sums_by(owner, times * (a * a), above, below, len(sizes)))
        more = _sums_by(other, (sizes[owner] - same) * given, above_in, below_in, len(sizes))
        high, low = high + more[0], low + more[1]
    deviation = ((high + low) - n_neighbors) * 0.5
    outside = (n * (n - 1) - support) * (mean * mean)
    return GraphSums(
        sum_in_any_order(squares[group]) + outside,
        sum_in_any_order((deviation * deviation)[group]),
    )


def _sums_by(
    number: IntArray, values: FloatArray, above: float, below: float, count: int
) -> tuple[FloatArray, FloatArray]:
    """Return the two parts of the sum of the values with each number; see `lcodec.neighbors.sums`.

    Both are exact.
    """
    first = (values + above) - above
    rest = ((values - first) + below) - below
    return (
        np.bincount(number, first, count).astype(np.float64),
        np.bincount(number, rest, count).astype(np.float64),
    )


def _chosen(columns: FloatArray, weights: FloatArray, n_neighbors: int) -> _Pairs:
    """Return the pairs of rows that "first" chooses."""
    n = columns.shape[1]
    sets = TieSets(columns, weights, "first", n_neighbors, most=n * n_neighbors)
    owner, other = np.repeat(np.arange(n), n_neighbors), sets.lists.members.astype(np.int64)
    back = np.isin(owner * n + other, other * n + owner)
    return _Pairs(owner, other, np.ones(len(owner)), back.astype(np.float64))


def _pairs(found: DistinctRows, n_neighbors: int) -> Iterator[_Pairs]:
    """Yield the pairs of all distinct rows, in blocks."""
    start = np.append(0, np.cumsum(found.counts[:, DISTINCT]))
    share = (n_neighbors - found.counts[:, NEARER]) / found.counts[:, TIED]
    levels = np.stack((np.zeros_like(share), share, np.ones_like(share)))
    place = np.empty(len(share), dtype=np.int64)
    place[found.tree.rows] = np.arange(len(share))
    first = 0
    while first < len(share):
        last = int(np.searchsorted(start, start[first] + _BLOCK, side="right")) - 1
        last = max(first + 1, last)
        upto = start[first : last + 1] - start[first]
        other, kinds = np.empty(upto[-1], dtype=np.int64), np.empty((2, upto[-1]), dtype=np.int8)
        with threads_for(64 * len(other)):
            _list(
                last - first,
                found.tree,
                place,
                found.sizes,
                found.reach,
                found.only,
                first,
                upto,
                other,
                kinds,
            )
        owner = np.repeat(np.arange(first, last), np.diff(upto))
        yield _Pairs(owner, other, levels[kinds[0], owner], levels[kinds[1], other])
        first = last


@ThreadedKernel
def _list(start, stop, tree, place, sizes, reach, only, first, upto, other, kinds):
    """Write the rows to which each row from `first` on gives weight, and the kinds of weights.

    0: none, 1: tied, 2: nearer; of the row, then of what the other gives back.
    """
    for u in range(start, stop):
        v = first + u
        r, at = place[v], upto[u]
        for k in nearest(tree, r, reach[v], only[v], sizes[v] > 1):
            w = k if k >= 0 else ~k
            d = 0.0
            for column in range(tree.points.shape[0]):
                t = tree.points[column, r] - tree.points[column, place[w]]
                d = d + (t * t) * tree.weights[column]
            other[at] = w
            kinds[0, at] = 1 if k >= 0 else 2
            kinds[1, at] = 2 if d < reach[w] else 1 if d == reach[w] else 0
            at += 1
