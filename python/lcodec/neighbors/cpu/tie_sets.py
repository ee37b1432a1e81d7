"""Neighbours that are found once and used for many labellings of the rows.

A permutation of the response changes the labels and leaves the neighbours as they are. Tie sets are
kept as lists of rows, except for the largest ones that occur: rows equal in every column are each
other's tie sets, and are kept as one group, whose sum of minima is a prefix sum over sorted labels.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.groups import equal_rows
from lcodec.neighbors.cpu.leaves import U, base_distances, tied_rows, walk_tree
from lcodec.neighbors.cpu.single import nearest_values
from lcodec.neighbors.cpu.tree import LEAF, build, outside
from lcodec.resources import threads_for

_MOST_MEMBERS = 2**25  # rows kept in lists (128 MB); a lattice of many columns can exceed it


class TieSets:
    """The tie set of every row in `columns` (p, n), weighted; rules as in `nearest_values`."""

    def __init__(
        self, columns: FloatArray, weights: FloatArray, ties: str, most: int = _MOST_MEMBERS
    ) -> None:
        self._columns, self._weights, self._ties = columns, weights, ties
        group = equal_rows(columns)
        self._sizes = np.bincount(group)
        rows = np.argsort(group, kind="stable")  # by group
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(self._sizes)))
        tree = build(columns[:, rows[starts[:-1]]], weights)
        counts, best = np.empty(len(starts) - 1, dtype=np.int64), np.empty(len(starts) - 1)
        with threads_for(64 * columns.size):
            _find(tree, starts, counts, best)
        # A group whose tie set is itself is kept as a group; rows at distance 0 need not be equal,
        # as squares can vanish. "first" needs one row of each set only.
        alone = (counts == self._sizes - 1) & (ties != "first")
        self._group = np.where(alone[group], group, -1)
        listed = np.where(self._group < 0, counts[group] if ties != "first" else 1, 0)
        self._start = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(listed)))
        self._stored = bool(self._start[-1] <= most)
        if self._stored:
            self._members = np.empty(self._start[-1], dtype=np.int32)
            with threads_for(64 * columns.size):
                _list(tree, rows, starts, best, self._start, self._members, ties == "first")

    def means(self, labels: IntArray) -> FloatArray:
        """Mean of min(labels[b, i], labels[b, m]) over i's tie set, for labels (b, n) in 1..n."""
        if not self._stored:  # search again for every labelling: slow, but memory stays small
            return np.stack([
                nearest_values(self._columns, self._weights, row, ties=self._ties) for row in labels
            ])  # fmt: skip
        out = np.empty(labels.shape)
        with threads_for(8 * out.size + len(labels) * len(self._members)):
            _means(labels, self._start, self._members, self._group, self._sizes, out)
        return out


def nearest_rows(columns: FloatArray, weights: FloatArray, count: int) -> IntArray:
    """Return the `count` < n nearest other rows of each row, nearest first, (n, count).

    Rows at the same distance come in the order of their numbers, counted on from the row itself:
    counted from 0, the rows of a large group would all be given the same few neighbours.
    """
    out = np.empty((columns.shape[1], count), dtype=np.int64)
    with threads_for(64 * columns.size):
        _nearest_rows(build(columns, weights), out)
    return out


@ThreadedKernel
def _find(tree, starts, counts, best):
    """Write the distance of each distinct row to its nearest rows, and how many these are."""
    nothing = np.zeros(tree.points.shape[1])  # a candidate column without effect
    placed = np.zeros(tree.points.shape[1], dtype=np.int64)
    for u in prange(counts.shape[0]):
        r, base = np.int64(u), np.empty(LEAF)
        v = tree.rows[r]
        size = starts[v + 1] - starts[v]
        bound = 0.0
        if size == 1:
            first = U(r // LEAF * LEAF)
            bound = base_distances(tree.points, tree.weights, r, first, tree.leaf, base, U(0))
        bound, points, _ = walk_tree(tree, placed, r, nothing, 0.0, bound)
        count = size - 1
        if points:
            for w in tied_rows(tree, r, nothing, 0.0, bound, points):
                count += starts[w + 1] - starts[w]
        counts[v], best[v] = count, bound


@ThreadedKernel
def _list(tree, rows, starts, best, start, members, first):
    """Write the tie sets of the rows that have lists; only their first rows where `first`."""
    nothing = np.zeros(tree.points.shape[1])
    placed = np.zeros(tree.points.shape[1], dtype=np.int64)
    for u in prange(tree.rows.shape[0]):
        r = np.int64(u)
        v = tree.rows[r]
        own = rows[starts[v] : starts[v + 1]]
        if start[own[0] + 1] == start[own[0]]:
            continue
        _, points, _ = walk_tree(tree, placed, r, nothing, 0.0, best[v])
        tied = np.append(tied_rows(tree, r, nothing, 0.0, best[v], points), v)
        for i in own:
            at, lowest = start[i], starts[-1]
            for w in tied:
                for m in rows[starts[w] : starts[w + 1]]:
                    if m != i:
                        lowest = min(lowest, m)
                        if not first:
                            members[at] = m
                            at += 1
            if first:
                members[at] = lowest


@ThreadedKernel
def _means(labels, start, members, group, sizes, out):
    n = labels.shape[1]
    grouped = group.max() >= 0
    for b in prange(labels.shape[0]):
        label = labels[b]
        for i in range(n):
            if group[i] < 0:
                total = 0
                for at in range(start[i], start[i + 1]):
                    total += min(label[i], label[members[at]])
                out[b, i] = total / (start[i + 1] - start[i])
        if grouped:
            before = np.zeros(sizes.shape[0], dtype=np.int64)
            after = sizes - 1
            for i in _by_label(label):
                g = group[i]
                if g >= 0:
                    out[b, i] = (before[g] + after[g] * label[i]) / (sizes[g] - 1)
                    before[g] += label[i]
                    after[g] -= 1


@kernel
def _by_label(label):
    """Return the rows in ascending order of their labels 1..n, by counting."""
    n = label.shape[0]
    place = np.zeros(n + 1, dtype=np.int64)
    for value in label:
        place[value] += 1
    place = np.cumsum(place)
    order = np.empty(n, dtype=np.int64)
    for i in range(n):
        place[label[i]] -= 1
        order[place[label[i]]] = i
    return order


@ThreadedKernel
def _nearest_rows(tree, out):
    for u in prange(out.shape[0]):
        _near(tree, np.int64(u), out[tree.rows[u]])


@kernel
def _near(tree, r, out):
    """Write the rows nearest to place r: by distance, then by number counted on from its own."""
    n, count, i = tree.rows.shape[0], out.shape[0], tree.rows[r]
    best, ahead = np.full(count, np.inf), np.full(count, n)
    base, stack, bounds, depth = np.empty(LEAF), np.empty(64, dtype=np.int32), np.empty(64), 1
    stack[0], bounds[0] = 0, 0.0
    while depth:
        depth -= 1
        v = stack[depth]
        if bounds[depth] > best[count - 1]:
            continue
        child = tree.child[v]
        if child:
            left = outside(tree.points, r, tree.low[child], tree.high[child], tree.weights)
            right = outside(tree.points, r, tree.low[child + 1], tree.high[child + 1], tree.weights)
            nearer = child + (right < left)
            stack[depth], bounds[depth] = 2 * child + 1 - nearer, max(left, right)
            stack[depth + 1], bounds[depth + 1] = nearer, min(left, right)
            depth += 2
            continue
        first = tree.start[v]
        base_distances(tree.points, tree.weights, r, U(first), tree.leaf, base, U(0))
        for m in range(first, min(first + LEAF, n)):
            d, steps, at = base[m - first], (tree.rows[m] - i) % n, count
            while at > 0 and (d < best[at - 1] or (d == best[at - 1] and steps < ahead[at - 1])):
                if at < count:
                    best[at], ahead[at] = best[at - 1], ahead[at - 1]
                at -= 1
            if at < count and m != r:
                best[at], ahead[at] = d, steps
    for k in range(count):
        out[k] = (i + ahead[k]) % n
