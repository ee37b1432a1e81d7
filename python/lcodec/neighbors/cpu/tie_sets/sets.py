"""Tie sets that are kept, for many labellings of the rows.

A permutation of the response changes the labels and leaves the neighbours as they are. They are
kept as lists of rows and of large groups of equal rows, whose gains follow from sorted labels. Rows
whose tie set are just their equals have no list at all.
"""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
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
from lcodec.neighbors.cpu.tie_sets.means import fill
from lcodec.neighbors.gains import CLASSES, Labels
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
        found = DistinctRows.of(columns, weights, n_neighbors)
        group, counts = found.group, found.counts
        self._sizes = found.sizes
        # A group whose tie set is itself is kept as a group; rows at distance 0 need not be equal,
        # as squares can vanish. "first" needs K rows of each set only.
        alone = (counts[:, NEARER] == 0) & (counts[:, TIED] == self._sizes - 1) & (ties != "first")
        self._group = np.where(alone[group], group, -1)
        listed = counts[:, [LISTED, LARGE]]
        if ties == "first":
            listed = np.broadcast_to([n_neighbors, 0], listed.shape)
        listed = np.where(self._group[:, np.newaxis] < 0, listed[group], 0)
        self._nearer = counts[group, NEARER].astype(np.int32)
        self._start = np.append(0, np.cumsum(listed[:, 0]))
        self._tied_start = np.append(0, np.cumsum(listed[:, 1]))
        self._stored = bool(self._start[-1] + self._tied_start[-1] <= most)
        if self._stored:
            self._large, self._stop = _large_groups(group, self._sizes)
            self.members = np.empty(self._start[-1], dtype=np.int32)
            self._tied = np.empty(self._tied_start[-1], dtype=np.int32)
            with threads_for(64 * columns.size):
                _list(
                    len(found.sizes), found.tree, found.rows, found.starts, found.reach,
                    found.only, self._start, self.members, self._tied_start, self._tied,
                    self._large, self._nearer, ties == "first",
                )  # fmt: skip

    @property
    def held(self) -> int:
        """How many bytes it holds, beside the columns."""
        arrays = [value for value in vars(self).values() if isinstance(value, np.ndarray)]
        return sum(array.nbytes for array in arrays)

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
        with threads_for(8 * out.size + len(labels) * len(self.members)):
            fill(
                len(labels), labels, labels.dtype == CLASSES, self._n_neighbors, self._nearer,
                self._start, self.members, self._tied_start, self._tied, self._large, self._stop,
                self._group, self._sizes, out,
            )  # fmt: skip
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
def _list(
    begin, end, tree, rows, starts, reach, only, start, members, tied_start, tied, large, nearer,
    first,
):  # fmt: skip
    """Write the nearest rows of those that have lists: the nearer ones, then the tied ones.

    Only the lowest of these, where `first`.
    """
    for r in range(begin, end):
        v = tree.rows[r]
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
