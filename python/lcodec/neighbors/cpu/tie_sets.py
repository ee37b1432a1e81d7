"""Neighbours that are found once and used for many labellings of the rows.

A permutation of the response changes the labels and leaves the neighbours as they are. Tie sets are
kept as lists of rows and of large groups of equal rows, whose sum of minima is a prefix sum over
sorted labels. Rows whose tie set are just their equals have no list at all.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu import runs
from lcodec.neighbors.cpu.groups import GROUP, equal_rows
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
        starts = np.append(0, np.cumsum(self._sizes))
        tree = build(columns[:, rows[starts[:-1]]], weights)
        counts, best = np.empty((len(starts) - 1, 3), dtype=np.int64), np.empty(len(starts) - 1)
        with threads_for(64 * columns.size):
            _find(tree, starts, counts, best)
        # A group whose tie set is itself is kept as a group; rows at distance 0 need not be equal,
        # as squares can vanish. "first" needs one row of each set only.
        alone = (counts[:, 0] == self._sizes - 1) & (ties != "first")
        self._group = np.where(alone[group], group, -1)
        listed = np.array([0, 1, 0]) if ties == "first" else counts[group]
        listed = np.where(self._group[:, np.newaxis] < 0, listed, 0)
        self._start = np.append(0, np.cumsum(listed[:, 1]))
        self._tied_start = np.append(0, np.cumsum(listed[:, 2]))
        self._stored = bool(self._start[-1] + self._tied_start[-1] <= most)
        if self._stored:
            self._large, self._stop = _large_groups(group, self._sizes)
            self._members = np.empty(self._start[-1], dtype=np.int32)
            self._tied = np.empty(self._tied_start[-1], dtype=np.int32)
            with threads_for(64 * columns.size):
                _list(
                    tree, rows, starts, best, self._start, self._members, self._tied_start,
                    self._tied, self._large, ties == "first",
                )  # fmt: skip

    @property
    def held(self) -> int:
        """How many bytes it holds, beside the columns."""
        arrays = [value for value in vars(self).values() if isinstance(value, np.ndarray)]
        return sum(array.nbytes for array in arrays)

    def means(self, labels: IntArray) -> FloatArray:
        """Mean of min(labels[b, i], labels[b, m]) over i's tie set, for labels (b, n) in 1..n."""
        if not self._stored:  # search again for every labelling: slow, but memory stays small
            return np.stack([
                nearest_values(self._columns, self._weights, row, ties=self._ties) for row in labels
            ])  # fmt: skip
        out = np.empty(labels.shape)
        with threads_for(8 * out.size + len(labels) * len(self._members)):
            _means(
                labels, self._start, self._members, self._tied_start, self._tied, self._large,
                self._stop, self._group, self._sizes, out,
            )  # fmt: skip
        return out


def nearest_rows(columns: FloatArray, weights: FloatArray, count: int) -> IntArray:
    """Return the `count` < n nearest other rows of each row, nearest first, (n, count).

    Rows at the same distance come in the order of their numbers, counted on from the row itself:
    counted from 0, the rows of a large group would all be given the same few neighbours.
    """
    out = np.empty((columns.shape[1], count), dtype=np.int64)
    group = equal_rows(columns)
    rows = np.argsort(group, kind="stable")
    starts = np.append(0, np.cumsum(np.bincount(group)))
    with threads_for(64 * columns.size):
        _nearest_rows(build(columns[:, rows[starts[:-1]]], weights), rows, starts, out)
    return out


def _large_groups(group: IntArray, sizes: IntArray) -> tuple[IntArray, IntArray]:
    """Return where each row's large group starts among the rows of all of them, and where it stops.

    The first are (n,), -1 for rows of no large group; the second stand at the starts.
    """
    large = np.where(sizes > GROUP, sizes, 0)
    begins = np.cumsum(large) - large
    stop = np.zeros(large.sum(), dtype=np.int64)
    stop[begins[large > 0]] = (begins + large)[large > 0]
    return np.where(large > 0, begins, -1)[group], stop


@ThreadedKernel
def _find(tree, starts, counts, best):
    """Write the distance of each distinct row to its nearest rows, and how many these are.

    The numbers are of all rows, of those in no large group, and of large groups.
    """
    nothing = np.zeros(tree.points.shape[1])  # a candidate column without effect
    placed = np.zeros(tree.points.shape[1], dtype=np.int64)
    for u in prange(best.shape[0]):
        r, base = np.int64(u), np.empty(LEAF)
        v = tree.rows[r]
        size = starts[v + 1] - starts[v]
        bound = 0.0
        if size == 1:
            first = U(r // LEAF * LEAF)
            bound = base_distances(tree.points, tree.weights, r, first, tree.leaf, base, U(0))
        bound, points, _ = walk_tree(tree, placed, r, nothing, 0.0, 0, 0.0, bound)
        single, large = (size - 1, 0) if size <= GROUP else (0, 1)
        count = size - 1
        if points:
            for w in tied_rows(tree, r, nothing, 0.0, 0.0, bound, points):
                more = starts[w + 1] - starts[w]
                count += more
                if more > GROUP:
                    large += 1
                else:
                    single += more
        counts[v, 0], counts[v, 1], counts[v, 2], best[v] = count, single, large, bound


@ThreadedKernel
def _list(tree, rows, starts, best, start, members, tied_start, tied, large, first):
    """Write the tie sets of the rows that have lists; only their first rows where `first`."""
    nothing = np.zeros(tree.points.shape[1])
    placed = np.zeros(tree.points.shape[1], dtype=np.int64)
    for u in prange(tree.rows.shape[0]):
        r = np.int64(u)
        v = tree.rows[r]
        own = rows[starts[v] : starts[v + 1]]
        i = own[0]
        if start[i + 1] == start[i] and tied_start[i + 1] == tied_start[i]:
            continue
        _, points, _ = walk_tree(tree, placed, r, nothing, 0.0, 0, 0.0, best[v])
        near = np.append(tied_rows(tree, r, nothing, 0.0, 0.0, best[v], points), v)
        for i in own:
            at, at_large, lowest = start[i], tied_start[i], starts[-1]
            for w in near:
                if first:  # rows of a group ascend
                    m = rows[starts[w]]
                    if m != i:
                        lowest = min(lowest, m)
                    elif starts[w + 1] - starts[w] > 1:
                        lowest = min(lowest, rows[starts[w] + 1])
                elif starts[w + 1] - starts[w] > GROUP:
                    tied[at_large] = large[rows[starts[w]]]
                    at_large += 1
                else:
                    for m in rows[starts[w] : starts[w + 1]]:
                        if m != i:
                            members[at] = m
                            at += 1
            if first:
                members[at] = lowest


@ThreadedKernel
def _means(labels, start, members, tied_start, tied, large, stop, group, sizes, out):
    n = labels.shape[1]
    grouped = group.max() >= 0
    for b in prange(labels.shape[0]):
        label = labels[b]
        order = _by_label(label) if grouped or tied.shape[0] else np.empty(0, dtype=np.int64)
        ordered, upto = _ordered(label, order, large, stop.shape[0] if tied.shape[0] else 0)
        for i in range(n):
            if group[i] < 0:
                count, total = start[i + 1] - start[i], 0
                for at in range(start[i], start[i + 1]):
                    total += min(label[i], label[members[at]])
                if tied_start[i + 1] > tied_start[i]:
                    more, minima = runs.minima(
                        tied[tied_start[i] : tied_start[i + 1]], stop, large[i], ordered, upto,
                        label[i],
                    )  # fmt: skip
                    count, total = count + more, total + minima
                out[b, i] = total / count
        if grouped:
            before = np.zeros(sizes.shape[0], dtype=np.int64)
            after = sizes - 1
            for i in order:
                g = group[i]
                if g >= 0:
                    out[b, i] = (before[g] + after[g] * label[i]) / (sizes[g] - 1)
                    before[g] += label[i]
                    after[g] -= 1


@kernel
def _ordered(label, order, large, count):
    """Return the labels of the `count` rows in large groups, ascending in each, and their sums."""
    ordered, upto = np.empty(count, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    place = np.zeros(count, dtype=np.int64)  # how many there are yet, where the group starts
    if count:
        for i in order:
            if large[i] >= 0:
                ordered[large[i] + place[large[i]]] = label[i]
                place[large[i]] += 1
    for at in range(count):
        upto[at + 1] = upto[at] + ordered[at]
    return ordered, upto


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
def _nearest_rows(tree, rows, starts, out):
    places = tree.rows.shape[0]
    upto = np.zeros(places + 1, dtype=np.int64)  # rows at the places before
    for r in range(places):
        v = tree.rows[r]
        upto[r + 1] = upto[r] + starts[v + 1] - starts[v]
    for at in prange(out.shape[0]):
        r = np.searchsorted(upto, np.int64(at), side="right") - 1
        i = rows[starts[tree.rows[r]] + np.int64(at) - upto[r]]
        _near(tree, rows, starts, r, i, out[i])


@kernel
def _insert(own, i, n, d, best, ahead):
    """Take the rows `own`, at distance `d` of row i, into the nearest ones.

    They ascend; counted on from i, no row comes after one that is too far.
    """
    count, size = best.shape[0], own.shape[0]
    after = np.searchsorted(own, i, side="right")
    for k in range(size):
        m, at = own[(after + k) % size], count
        if m == i:  # comes last
            return
        steps = (m - i) % n
        while at > 0 and (d < best[at - 1] or (d == best[at - 1] and steps < ahead[at - 1])):
            if at < count:
                best[at], ahead[at] = best[at - 1], ahead[at - 1]
            at -= 1
        if at == count:
            return
        best[at], ahead[at] = d, steps


@kernel
def _near(tree, rows, starts, r, i, out):
    """Write the rows nearest to row i at place r: by distance, then counted on from its own."""
    n, count, own = rows.shape[0], out.shape[0], tree.rows[r]
    best, ahead = np.full(count, np.inf), np.full(count, n)
    _insert(rows[starts[own] : starts[own + 1]], i, n, 0.0, best, ahead)
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
        for m in range(first, min(first + LEAF, tree.rows.shape[0])):
            if m != r and base[m - first] <= best[count - 1]:
                w = tree.rows[m]
                _insert(rows[starts[w] : starts[w + 1]], i, n, base[m - first], best, ahead)
    for k in range(count):
        out[k] = (i + ahead[k]) % n
