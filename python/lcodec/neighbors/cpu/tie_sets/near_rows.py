"""The rows nearest to each row, whose response it may exchange in a conditional test."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.leaves import U, base_distances
from lcodec.neighbors.cpu.tie_sets.distinct import groups_of
from lcodec.neighbors.cpu.tie_sets.walk import insert, nearest_few
from lcodec.neighbors.cpu.tree import LEAF, build, outside
from lcodec.resources import threads_for


def nearest_rows(columns: FloatArray, weights: FloatArray, count: int) -> IntArray:
    """Return the `count` < n nearest other rows of each row, nearest first, (n, count).

    Rows at the same distance come in the order of their numbers, counted on from the row itself:
    counted from 0, the rows of a large group would all be given the same few neighbours.
    """
    few = nearest_few(columns, weights, count)
    if few is not None:
        return few
    out = np.empty((columns.shape[1], count), dtype=np.int64)
    _, rows, starts = groups_of(columns)
    with threads_for(64 * columns.size):
        tree = build(columns[:, rows[starts[:-1]]], weights)
        upto = np.append(0, np.cumsum(np.diff(starts)[tree.rows]))  # rows at the places before
        _nearest_rows(len(out), tree, rows, starts, upto, out)
    return out


@ThreadedKernel
def _nearest_rows(start, stop, tree, rows, starts, upto, out):
    best, ahead = np.empty(out.shape[1]), np.empty(out.shape[1], dtype=np.int64)
    base, stack, bounds = np.empty(LEAF), np.empty(64, dtype=np.int32), np.empty(64)
    for at in range(start, stop):
        r = np.searchsorted(upto, at, side="right") - 1
        i = rows[starts[tree.rows[r]] + at - upto[r]]
        _near(tree, rows, starts, r, i, best, ahead, base, stack, bounds)
        for k in range(out.shape[1]):
            out[i, k] = (i + ahead[k]) % rows.shape[0]


@kernel
def _insert(rows, begin, end, i, d, best, ahead):
    """Take rows[begin:end], at distance `d` of row i, into the nearest ones.

    They ascend; counted on from i, no row comes after one that is too far.
    """
    size, n = end - begin, rows.shape[0]
    after = np.searchsorted(rows[begin:end], i, side="right") if size > 1 else 0
    for k in range(size):
        place = begin + after + k
        m = rows[place if place < end else place - size]
        if m == i:  # comes last
            return
        if not insert(d, m - i if m > i else m - i + n, best, ahead):
            return


@kernel
def _near(tree, rows, starts, r, i, best, ahead, base, stack, bounds):
    """Find the rows nearest to row i at place r: by distance, then counted on from its own.

    Their distances are in `best`, and how far they are `ahead`; the others are room to work in.
    """
    last, own = best.shape[0] - 1, tree.rows[r]
    best[:], ahead[:] = np.inf, rows.shape[0]
    _insert(rows, starts[own], starts[own + 1], i, 0.0, best, ahead)
    depth, stack[0], bounds[0] = 1, 0, 0.0
    while depth:
        depth -= 1
        v = stack[depth]
        if bounds[depth] > best[last]:
            continue
        child = tree.child[v]
        if child:
            left = outside(tree.points, r, tree.low, tree.high, child, tree.weights)
            right = outside(tree.points, r, tree.low, tree.high, child + 1, tree.weights)
            nearer = child + (right < left)
            stack[depth], bounds[depth] = 2 * child + 1 - nearer, max(left, right)
            stack[depth + 1], bounds[depth + 1] = nearer, min(left, right)
            depth += 2
            continue
        first = tree.start[v]
        base_distances(tree.points, tree.weights, r, U(first), tree.leaf, base, U(0))
        for m in range(first, min(first + LEAF, tree.rows.shape[0])):
            if m != r and base[m - first] <= best[last]:
                w = tree.rows[m]
                _insert(rows, starts[w], starts[w + 1], i, base[m - first], best, ahead)
