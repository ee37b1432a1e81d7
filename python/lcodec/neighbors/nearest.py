"""Neighbours that are found once and used for many labellings of the rows.

A permutation of the response changes the labels and leaves the neighbours as they are. Tie sets are
kept as lists of rows, except for the largest ones that occur: rows equal in every column are each
other's tie sets, and are kept as one group, whose sum of minima is a prefix sum over sorted labels.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from lcodec.checks import FloatArray
from lcodec.neighbors.tiled import tie_values
from lcodec.threads import threads_for

_MOST_MEMBERS = 2**25  # rows kept in lists (128 MB); a lattice of many columns can exceed it


class TieSets:
    """The tie set of every row in `columns` (p, n), weighted; see `tie_values` for the rules."""

    def __init__(
        self, columns: FloatArray, weights: FloatArray, ties: str, most: int = _MOST_MEMBERS
    ) -> None:
        n = columns.shape[1]
        self._columns, self._weights, self._ties = columns, weights, ties
        self._group, self._sizes = _equal_rows(columns)
        counts, first = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int32)
        with threads_for(columns.size * n):
            _find(columns, weights, counts, first)
        if ties == "first":
            counts[:] = 1
            self._group[:] = -1
        # Rows whose squared difference vanishes are at distance 0 too: then the tie set is not just
        # the group, and is listed.
        self._group[counts != self._sizes[self._group] - 1] = -1
        listed = np.where(self._group < 0, counts, 0)
        self._start = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(listed)))
        self._stored = self._start[-1] <= most
        if self._stored:
            self._members = np.empty(self._start[-1], dtype=np.int32)
            with threads_for(columns.size * n):
                _list(columns, weights, self._start, first, self._members)

    def means(self, labels: NDArray[np.int64]) -> FloatArray:
        """Mean of min(labels[b, i], labels[b, m]) over i's tie set, for labels (b, n) in 1..n."""
        if not self._stored:  # search again for every labelling: slow, but memory stays small
            c, w = self._columns, self._weights
            split = (c[:-1], w[:-1], c[-1:], w[-1:])
            return np.concatenate([tie_values(row, *split, ties=self._ties) for row in labels])
        out = np.empty(labels.shape)
        with threads_for(8 * out.size + len(labels) * len(self._members)):
            _means(labels, self._start, self._members, self._group, self._sizes, out)
        return out


def nearest_rows(columns: FloatArray, weights: FloatArray, count: int) -> NDArray[np.int64]:
    """Return the `count` < n nearest other rows of each row, nearest first, (n, count).

    Rows at the same distance come in the order of their numbers, counted on from the row itself:
    counted from 0, the rows of a large group would all be given the same few neighbours.
    """
    out = np.empty((columns.shape[1], count), dtype=np.int64)
    with threads_for(columns.size * columns.shape[1]):
        _nearest_rows(columns, weights, out)
    return out


def _equal_rows(columns: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of the distinct row that each row is, and how many rows are the same."""
    order = np.lexsort(columns)
    ordered = columns[:, order]
    starts = np.append(True, (ordered[:, 1:] != ordered[:, :-1]).any(axis=0))
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(starts) - 1
    return group, np.bincount(group)


@njit(cache=True, inline="always")
def _distance(columns, weights, i, m):  # type: ignore[no-untyped-def]
    d = 0.0
    for k in range(columns.shape[0]):
        t = columns[k, i] - columns[k, m]
        d = d + (t * t) * weights[k]
    return d


@njit(cache=True, parallel=True)
def _find(columns, weights, counts, first):  # type: ignore[no-untyped-def]
    """Write the size of each row's tie set and its first row."""
    n = columns.shape[1]
    for i in prange(n):
        best, count, lowest = np.inf, 0, -1
        for m in range(n):
            if m != i:
                d = _distance(columns, weights, i, m)
                if d < best:
                    best, count, lowest = d, 1, m
                elif d == best:
                    count += 1
        counts[i], first[i] = count, lowest


@njit(cache=True, parallel=True)
def _list(columns, weights, start, first, members):  # type: ignore[no-untyped-def]
    n = columns.shape[1]
    for i in prange(n):
        at, stop = start[i], start[i + 1]
        if at < stop:
            m = first[i]
            best = _distance(columns, weights, i, m)
            members[at] = m
            while at + 1 < stop:
                m += 1
                if m != i and _distance(columns, weights, i, m) == best:
                    at += 1
                    members[at] = m


@njit(cache=True, parallel=True)
def _means(labels, start, members, group, sizes, out):  # type: ignore[no-untyped-def]
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


@njit(cache=True)
def _by_label(label):  # type: ignore[no-untyped-def]
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


@njit(cache=True, parallel=True)
def _nearest_rows(columns, weights, out):  # type: ignore[no-untyped-def]
    n, count = out.shape
    for i in prange(n):
        best = np.full(count, np.inf)
        for step in range(1, n):
            m = (i + step) % n
            d = _distance(columns, weights, i, m)
            at = count
            while at > 0 and d < best[at - 1]:
                if at < count:
                    best[at], out[i, at] = best[at - 1], out[i, at - 1]
                at -= 1
            if at < count:
                best[at], out[i, at] = d, m
