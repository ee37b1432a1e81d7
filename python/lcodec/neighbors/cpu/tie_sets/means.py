"""Values of rows whose nearest rows are known, for many labellings of the rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu import runs
from lcodec.neighbors.cpu.leaves import U
from lcodec.neighbors.gains import gain
from lcodec.neighbors.sums import add_row


class Lists(NamedTuple):
    """The nearest rows of each row, or the group of equal rows that are these."""

    # those listed of row i stand in members[start[i]:start[i + 1]], of which the first nearer[i]
    # count whole and the others, with the large groups in `tied`, share what is left of K
    nearer: NDArray[np.int32]  # (n,)
    start: IntArray  # (n + 1,)
    members: NDArray[np.int32]
    tied_start: IntArray  # (n + 1,)
    tied: NDArray[np.int32]
    large: IntArray  # (n,) where the large group of a row starts among the rows of all, or -1
    stop: IntArray  # where each of them stops, at its start
    group: IntArray  # (n,) number of the group whose rows are the nearest ones, or -1
    sizes: IntArray  # (u,) how many rows each group has


@ThreadedKernel
def fill(first, last, labels, classes, n_neighbors, lists, out):
    """Write the values (b, n) of each labelling."""
    for b in range(first, last):
        _values(labels[b], classes, n_neighbors, lists, out[b])


@ThreadedKernel
def add(first, last, labels, classes, n_neighbors, lists, less, out):
    """Write the sum (b,) of the values of each labelling, less those of `less` (b or 1, n)."""
    values = np.empty(labels.shape[1])
    for b in range(first, last):
        _values(labels[b], classes, n_neighbors, lists, values)
        out[b] = add_row(values, less[min(b, less.shape[0] - 1)])


@kernel(forceinline=True)
def _values(label, classes, n_neighbors, lists, out):
    """Write the values of one labelling.

    Indices are unsigned where Numba would check for negative ones in the inner loops.
    """
    nearer, start, members, tied_start, tied, large, stop, group, sizes = lists
    n = label.shape[0]
    grouped = group.max() >= 0
    if members.shape[0] == n * n_neighbors and not grouped and tied.shape[0] == 0:
        _all_whole(label, n_neighbors, members, out)
        return
    order = by_label(label) if grouped or tied.shape[0] else np.empty(0, dtype=np.int64)
    ordered, upto = _ordered(label, order, large, stop.shape[0] if tied.shape[0] else 0)
    end = start[0]
    for i in range(n):
        begin, end = end, start[i + 1]
        if group[i] < 0:
            middle = begin + nearer[i]
            count = end - middle
            own, total, whole = label[i], 0, 0
            for at in range(middle, end):
                total += _gain(own, label[U(members[U(at)])])
            if tied_start[i + 1] > tied_start[i]:
                some = tied[tied_start[i] : tied_start[i + 1]]
                if classes:
                    more, gains = _equal(some, stop, large[i], ordered, label[i])
                else:
                    more, gains = runs.minima(some, stop, large[i], ordered, upto, label[i])
                count, total = count + more, total + gains
            if n_neighbors == 1:
                out[i] = total / count
            else:
                for at in range(begin, middle):
                    whole += _gain(own, label[U(members[U(at)])])
                out[i] = value_of(whole, total, count, nearer[i], n_neighbors)
    if grouped and classes:
        _classes_alone(label, order, group, sizes, n_neighbors, out)
    elif grouped:
        _ranks_alone(label, order, group, sizes, n_neighbors, out)


@kernel(forceinline=True)
def _all_whole(label, n_neighbors, members, out):
    """Write the values where no row has more than K nearest rows: all count whole."""
    for i in range(label.shape[0]):
        own, total = label[i], 0
        for at in range(i * n_neighbors, (i + 1) * n_neighbors):
            total += _gain(own, label[U(members[U(at)])])
        out[i] = total / n_neighbors


@kernel
def _gain(label, other):  # inlined by Numba itself, it loses names in parallel loops
    return gain(label, other)


@kernel(inline="always")
def value_of(whole, total, count, nearer, n_neighbors):
    """Return a row's value from the gains of its nearer rows and of its `count` tied ones."""
    return ((n_neighbors - nearer) * total / count + whole) / n_neighbors


@kernel
def _ranks_alone(label, order, group, sizes, n_neighbors, out):
    """Write the values of rows whose nearest rows are their equals: sums of minima are prefixes."""
    before = np.zeros(sizes.shape[0], dtype=np.int64)
    after = sizes - 1
    for i in order:
        g = group[i]
        if g >= 0:
            total = before[g] + after[g] * label[i]
            out[i] = value_of(0, total, sizes[g] - 1, 0, n_neighbors)
            before[g] += label[i]
            after[g] -= 1


@kernel
def _classes_alone(label, order, group, sizes, n_neighbors, out):
    """Write the same for classes: how many equals there are of each class."""
    seen = np.zeros(sizes.shape[0], dtype=np.int64)
    low, n = 0, order.shape[0]
    while low < n:
        high = low
        while high < n and label[order[high]] == label[order[low]]:
            if group[order[high]] >= 0:
                seen[group[order[high]]] += 1
            high += 1
        for i in order[low:high]:
            if group[i] >= 0:
                g = group[i]
                out[i] = value_of(0, seen[g] - 1, sizes[g] - 1, 0, n_neighbors)
        for i in order[low:high]:
            if group[i] >= 0:
                seen[group[i]] = 0
        low = high


@kernel
def _equal(some, stop, own, ordered, label):
    """Return how many rows are in large groups, and in how many of them is this class.

    The row itself, of the large group at `own`, is left out; -1 for none.
    """
    count, total = 0, 0
    for begin in some:
        placed = ordered[begin : stop[begin]]
        count += placed.shape[0]
        total += np.searchsorted(placed, label, side="right") - np.searchsorted(placed, label)
        if begin == own:
            count, total = count - 1, total - 1
    return count, total


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
def by_label(label):
    """Return the rows in ascending order of their labels 0..n, by counting."""
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
