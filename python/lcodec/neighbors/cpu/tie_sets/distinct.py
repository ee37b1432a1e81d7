"""The nearest rows of each distinct row: which are nearer than the K-th, and which are tied.

Equal rows have the same neighbours, but for themselves. So everything is found once for each
distinct row, and a row that stands for many counts as many.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.groups import GROUP, equal_rows
from lcodec.neighbors.cpu.leaves import U, base_distances
from lcodec.neighbors.cpu.tree import LEAF, Tree, build, outside
from lcodec.resources import threads_for

# columns of `counts`: rows nearer than the K-th, rows at its distance, those to list (nearer, or
# tied and in no large group), tied large groups, and distinct rows at most as far
NEARER, TIED, LISTED, LARGE, DISTINCT = range(5)


class DistinctRows(NamedTuple):
    """Distinct rows, and how far and how many their nearest rows are."""

    tree: Tree
    group: IntArray  # (n,) number of the distinct row that each row is
    sizes: IntArray  # (u,) how many rows are equal to it
    rows: IntArray  # (n,) rows by group, ascending in each
    starts: IntArray  # (u + 1,) where each group starts among them
    reach: FloatArray  # (u,) distance of the K-th nearest row
    counts: IntArray  # (u, 5)
    only: IntArray  # (u,) the one distinct row that is nearest, or -1 where it is not looked up

    @classmethod
    def of(cls, columns: FloatArray, weights: FloatArray, n_neighbors: int) -> DistinctRows:
        """Find them among the rows of `columns` (p, n), weighted."""
        group, rows, starts = groups_of(columns)
        sizes = np.diff(starts)
        tree = build(columns if len(sizes) == len(rows) else columns[:, rows[starts[:-1]]], weights)
        reach, counts = np.empty(len(sizes)), np.empty((len(sizes), 5), dtype=np.int64)
        only = np.full(len(sizes), -1)
        with threads_for(64 * columns.size):
            _find(len(reach), tree, starts, n_neighbors, reach, counts, only)
        return cls(tree, group, sizes, rows, starts, reach, counts, only)


def groups_of(columns: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the group (n,) of equal rows that each row of `columns` (p, n) is in.

    With the rows (n,) by group, and where each group starts among them, and the last one stops.
    """
    group, n = equal_rows(columns), columns.shape[1]
    if group.max() + 1 == n:  # all differ
        return np.arange(n), np.arange(n), np.arange(n + 1)
    rows = np.argsort(group, kind="stable")
    return group, rows, np.append(0, np.cumsum(np.bincount(group)))


@ThreadedKernel
def _find(start, stop, tree, starts, n_neighbors, reach, counts, only):
    """Write the distance of each distinct row to its K-th nearest row, the counts, and `only`."""
    base, stack = np.empty(LEAF), np.empty(64, dtype=np.int32)
    for r in range(start, stop):
        v = tree.rows[r]
        size = starts[v + 1] - starts[v]
        points = 1
        if n_neighbors > 1:
            bound = _kth(tree, starts, r, n_neighbors)
        else:
            bound, points, place = _closest(tree, r, np.inf if size == 1 else 0.0, base, stack)
            if points == 1 and size == 1:
                only[v] = tree.rows[place]
        reach[v] = bound
        if only[v] >= 0:
            more = starts[only[v] + 1] - starts[only[v]]
            alone = more > GROUP
            counts[v, 0], counts[v, 1], counts[v, 2] = 0, more, 0 if alone else more
            counts[v, 3], counts[v, 4] = alone, 1
            continue
        nearer, tied, listed, large, distinct = 0, size - 1, size - 1, 0, 1
        if points:
            tied, listed, distinct = 0, 0, 0
            for k in within(tree, r, bound, size > 1):
                w = k if k >= 0 else ~k
                more = starts[w + 1] - starts[w] - (w == v)
                distinct += 1
                if k < 0:
                    nearer += more
                    listed += more
                else:
                    tied += more
                    if starts[w + 1] - starts[w] > GROUP:
                        large += 1
                    else:
                        listed += more
        elif size > GROUP:
            listed, large = 0, 1
        counts[v, 0], counts[v, 1], counts[v, 2] = nearer, tied, listed
        counts[v, 3], counts[v, 4] = large, distinct


@kernel
def _closest(tree, r, best, base, stack):
    """Find the places nearest to place r, not further than `best`: distance, number, one of them.

    `base` and `stack` are room to work in.
    """
    points, weights = tree.points, tree.weights
    own, count, place, depth = r // LEAF * LEAF, 0, -1, 1
    first, stack[0] = own, 0
    while True:
        d = base_distances(points, weights, r, U(first), tree.leaf, base, U(0))
        if d < best:
            best, count = d, 0
        if d == best:
            for j in range(LEAF):
                if base[j] == best:
                    count, place = count + 1, first + j
        first = own
        while first == own:  # the next leaf
            if depth == 0:
                return best, count, place
            depth -= 1
            node = stack[depth]
            if outside(points, r, tree.low, tree.high, node, weights) > best:
                continue
            child = tree.child[node]
            if child:
                stack[depth], stack[depth + 1] = child, child + 1
                depth += 2
            else:
                first = tree.start[node]


@kernel
def _insert(best, d, copies):
    """Take so many copies of a distance into the ascending ones."""
    count = best.shape[0]
    at = np.searchsorted(best, d, side="right")
    copies = min(copies, count - at)
    for k in range(count - 1, at + copies - 1, -1):
        best[k] = best[k - copies]
    for k in range(at, at + copies):
        best[k] = d


@kernel
def _kth(tree, starts, r, n_neighbors):
    """Return the distance of the K-th nearest row of the rows at place r."""
    last, v = n_neighbors - 1, tree.rows[r]
    best = np.full(n_neighbors, np.inf)
    _insert(best, 0.0, starts[v + 1] - starts[v] - 1)
    base, stack, bounds, depth = np.empty(LEAF), np.empty(64, dtype=np.int32), np.empty(64), 1
    stack[0], bounds[0] = 0, 0.0
    while depth:
        depth -= 1
        node = stack[depth]
        if bounds[depth] >= best[last]:
            continue
        child = tree.child[node]
        if child:
            left = outside(tree.points, r, tree.low, tree.high, child, tree.weights)
            right = outside(tree.points, r, tree.low, tree.high, child + 1, tree.weights)
            nearer = child + (right < left)
            stack[depth], bounds[depth] = 2 * child + 1 - nearer, max(left, right)
            stack[depth + 1], bounds[depth + 1] = nearer, min(left, right)
            depth += 2
            continue
        first = tree.start[node]
        base_distances(tree.points, tree.weights, r, U(first), tree.leaf, base, U(0))
        for m in range(first, min(first + LEAF, tree.rows.shape[0])):
            if base[m - first] < best[last]:
                w = tree.rows[m]
                _insert(best, base[m - first], starts[w + 1] - starts[w])
    return best[last]


@kernel
def nearest(tree, r, bound, only, own):
    """Return the same as `within`, at once where there is but one of them, `only`."""
    if only < 0:
        return within(tree, r, bound, own)
    one = np.empty(1, dtype=np.int64)
    one[0] = only
    return one


@kernel
def within(tree, r, bound, own):
    """Return the distinct rows at most at distance `bound` from place r; ~w for a nearer one, w.

    With `own`, the row there is one of them, at distance 0.
    """
    near, at = np.empty(4 * LEAF, dtype=np.int64), 0
    if own:
        near[0], at = tree.rows[r] if bound == 0.0 else ~tree.rows[r], 1
    base, stack, depth = np.empty(LEAF), np.empty(64, dtype=np.int32), 1
    stack[0] = 0
    while depth:
        depth -= 1
        v = stack[depth]
        if outside(tree.points, r, tree.low, tree.high, v, tree.weights) > bound:
            continue
        child = tree.child[v]
        if child:
            stack[depth], stack[depth + 1] = child, child + 1
            depth += 2
            continue
        first = tree.start[v]
        base_distances(tree.points, tree.weights, r, U(first), tree.leaf, base, U(0))
        if at + LEAF > near.shape[0]:
            near = np.append(near, np.empty_like(near))
        for m in range(first, min(first + LEAF, tree.rows.shape[0])):
            if base[m - first] <= bound and m != r:
                w = tree.rows[m]
                near[at] = w if base[m - first] == bound else ~w
                at += 1
    return near[:at]
