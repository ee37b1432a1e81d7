"""Tie sets that are kept, for many labellings of the rows.

A permutation of the response changes the labels and leaves the neighbours as they are. They are
kept as lists of rows and of large groups of equal rows, whose gains follow from sorted labels. Rows
whose tie set are just their equals have no list at all.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np

from lcodec.checks import FloatArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.groups import GROUP
from lcodec.neighbors.cpu.single import nearest_values
from lcodec.neighbors.cpu.tie_sets.distinct import (
    LARGE,
    LISTED,
    NEARER,
    TIED,
    DistinctRows,
    nearest,
)
from lcodec.neighbors.cpu.tie_sets.means import Lists, add, fill
from lcodec.neighbors.cpu.tie_sets.walk import single_nearest
from lcodec.neighbors.gains import CLASSES, Labels
from lcodec.neighbors.sums import sum_over_rows
from lcodec.resources import threads_for

_MOST_MEMBERS = 2**25  # rows kept in lists (128 MB); a lattice of many columns can exceed it


class TieSets:
    """The nearest rows of every row in `columns` (p, n), weighted; rules as in `nearest_values`."""

    def __init__(
        self,
        columns: FloatArray,
        weights: FloatArray,
        ties: str,
        n_neighbors: int = 1,
        most: int = _MOST_MEMBERS,
    ) -> None:
        self._columns, self._weights, self._ties = columns, weights, ties
        self._n_neighbors = n_neighbors
        nearest, n = None, columns.shape[1]
        if n_neighbors == 1 and n <= most:
            nearest = single_nearest(columns, weights)
        if nearest is not None:
            self._stored, lists = True, Lists.of_single(nearest)
        else:
            found = DistinctRows.of(columns, weights, n_neighbors)
            self._stored, lists = _listed(found, n_neighbors, ties == "first", most)
        self.lists = lists
        single = n_neighbors == 1 and len(lists.members) == n and not len(lists.tied)
        # (n,) where each row has one nearest row, else None
        self.nearest = lists.members if single and lists.group.max() < 0 else None

    @property
    def held(self) -> int:
        """How many bytes it holds, beside the columns."""
        return sum(array.nbytes for array in self.lists)

    def means(self, labels: Labels) -> FloatArray:
        """Return the values of labels (b, n): 1..n as int64, or numbers of classes as int32."""
        if not self._stored:  # search again for every labelling: slow, but memory stays small
            return np.stack([
                nearest_values(
                    self._columns, self._weights, row, ties=self._ties,
                    n_neighbors=self._n_neighbors,
                )
                for row in labels
            ])  # fmt: skip
        out = np.empty(labels.shape)
        with self._threads_for(labels):
            fill(len(labels), labels, labels.dtype == CLASSES, self._n_neighbors, self.lists, out)
        return out

    def sums(self, labels: Labels, less: FloatArray | None = None) -> FloatArray:
        """Return the sums (b,) over rows of the means of labels (b, n) less `less` (b, n)."""
        if not self._stored:
            return sum_over_rows(self.means(labels), less)
        less = np.zeros((1, labels.shape[1])) if less is None else less
        out = np.empty(len(labels))
        with self._threads_for(labels):
            add(
                len(labels), labels, labels.dtype == CLASSES, self._n_neighbors, self.lists, less,
                out,
            )  # fmt: skip
        return out

    def _threads_for(self, labels: Labels) -> AbstractContextManager[None]:
        return threads_for(8 * labels.size + len(labels) * len(self.lists.members))


def _listed(found: DistinctRows, n_neighbors: int, first: bool, most: int) -> tuple[bool, Lists]:
    """Return whether the nearest rows are no more than `most`, and then their lists."""
    n = len(found.group)
    start, tied_start = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    nearer = np.empty(n, dtype=np.int32)
    own, large = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    stop = _lay_out(
        found.group, found.sizes, found.counts, n_neighbors if first else 0, nearer, start,
        tied_start, large, own,
    )  # fmt: skip
    stored = bool(start[-1] + tied_start[-1] <= most)
    kept = (start[-1], tied_start[-1]) if stored else (0, 0)
    members, tied = (np.empty(count, dtype=np.int32) for count in kept)
    lists = Lists(nearer, start, members, tied_start, tied, large, stop, own, found.sizes)
    if stored:
        with threads_for(64 * found.tree.points.size):
            _list(
                len(found.sizes), found.tree, found.rows, found.starts, found.reach, found.only,
                lists, first,
            )  # fmt: skip
    return stored, lists


@kernel
def _lay_out(group, sizes, counts, first, nearer, start, tied_start, large, own):
    """Write what `Lists` says of each row but for the members and ties; return the stops.

    "first" needs K rows of each set only; `first` is this K, else 0. A group whose tie set is
    itself is kept as a group; rows at distance 0 need not be equal, as squares can vanish.
    """
    begins, rows = np.full(sizes.shape[0], -1), 0
    for v in range(sizes.shape[0]):
        if sizes[v] > GROUP:
            begins[v], rows = rows, rows + sizes[v]
    stop = np.zeros(rows, dtype=np.int64)
    for v in range(sizes.shape[0]):
        if begins[v] >= 0:
            stop[begins[v]] = begins[v] + sizes[v]
    for i in range(group.shape[0]):
        v = group[i]
        nearer[i], large[i], own[i] = counts[v, NEARER], begins[v], -1
        listed, groups = counts[v, LISTED], counts[v, LARGE]
        if first:
            listed, groups = first, 0
        elif counts[v, NEARER] == 0 and counts[v, TIED] == sizes[v] - 1:
            own[i], listed, groups = v, 0, 0
        start[i + 1], tied_start[i + 1] = start[i] + listed, tied_start[i] + groups
    return stop


@ThreadedKernel
def _list(begin, end, tree, rows, starts, reach, only, lists, first):
    """Write the nearest rows of those that have lists: the nearer ones, then the tied ones.

    Only the lowest of these, where `first`.
    """
    start, members, nearer, large = lists.start, lists.members, lists.nearer, lists.large
    tied_start, tied = lists.tied_start, lists.tied
    for r in range(begin, end):
        v = tree.rows[r]
        w = only[v]
        if w >= 0 and starts[w + 1] - starts[w] == 1:  # one row is nearest, to one row
            members[start[rows[starts[v]]]] = rows[starts[w]]
            continue
        own = rows[starts[v] : starts[v + 1]]
        i = own[0]
        if start[i + 1] == start[i] and tied_start[i + 1] == tied_start[i]:
            continue
        near = nearest(tree, r, reach[v], only[v], own.shape[0] > 1)
        for i in own:
            at, at_large, at_tied = start[i], tied_start[i], start[i] + nearer[i]
            lowest = members[at_tied : start[i + 1]]
            count = 0
            for k in near:
                w = k if k >= 0 else ~k
                equal = rows[starts[w] : starts[w + 1]]
                if k < 0:
                    for m in equal:
                        if m != i:
                            members[at] = m
                            at += 1
                elif first:
                    count = _lowest(equal, i, lowest, count)
                elif equal.shape[0] > GROUP:
                    tied[at_large] = large[equal[0]]
                    at_large += 1
                else:
                    for m in equal:
                        if m != i:
                            members[at_tied] = m
                            at_tied += 1


@kernel
def _lowest(equal, i, lowest, count):
    """Take the rows `equal` without row i, which ascend, into the `count` lowest; return those."""
    most = lowest.shape[0]
    for m in equal:
        if m == i:
            continue
        if count == most and m > lowest[most - 1]:
            break
        at = min(count, most - 1)
        while at > 0 and lowest[at - 1] > m:
            lowest[at] = lowest[at - 1]
            at -= 1
        lowest[at] = m
        count = min(count + 1, most)
    return count
