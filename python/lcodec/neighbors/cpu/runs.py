"""Rows in the order of a candidate: equal values form runs, in which sums of values are cheap.

The row nearest in one column is beside the row in its sorted values. Runs of equal values are
sorted by label, so that a sum of minima over one is a prefix sum, and the rows of a class are a
stretch: a tie set of g rows costs O(log g), not g. The first step of FOCI, without chosen columns,
is one group of all rows; `lcodec.neighbors.cpu.groups` does the same in each large group of rows
that are equal in them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.gains import Labels, gain, is_class
from lcodec.neighbors.ties import AVERAGE, FIRST, Choice, ascend, chosen, random_element


@kernel
def by_group(order, of_row, starts, rows):
    """Write into `rows` those of a group, sorted by group, and within it in their present order."""
    place = starts[:-1].copy()
    for i in order:
        g = of_row[i]
        if g >= 0:
            rows[place[g]] = i
            place[g] += 1


@kernel
def sort_runs(values, rows, labels, rule, starts, begin, end):
    """Sort the rows of equal values inside a group, by label for the average, else by number.

    Writes where the run of each place starts and ends.
    """
    n = labels.shape[0]
    for g in range(starts.shape[0] - 1):
        low = starts[g]
        while low < starts[g + 1]:
            high = low + 1
            while high < starts[g + 1] and values[high] == values[low]:
                high += 1
            for at in range(low, high):
                begin[at], end[at] = low, high
            if high - low > 1:
                keys, ascending = np.empty(high - low, dtype=np.int64), True
                for k in range(high - low):
                    row = rows[low + k]
                    keys[k] = row + labels[row] * n if rule == AVERAGE else row
                    ascending = ascending and (k == 0 or keys[k - 1] < keys[k])
                if not ascending:
                    ascend(keys)
                    for k in range(high - low):
                        rows[low + k] = keys[k] % n
            low = high


@ThreadedKernel
def sort_equal(start, stop, orders, columns, numbers, labels, rule):
    """Bring the rows of equal values in each of `orders`, which sort columns, into their order."""
    for c in range(start, stop):
        values, none = gathered(columns[numbers[c]], orders[c]), np.empty_like(orders[c])
        sort_runs(values, orders[c], labels, rule, whole(labels.shape[0]), none, none)


@kernel(inline="always")
def examine(values, begin, end, low, high, place, x, base, weight, nearest, best, runs):
    """Look at the sorted values[low:high] on both sides of `place`, at distance `base` before.

    `nearest` receives the starts of the runs that hold the nearest rows; returns the smallest
    distance so far and their number.
    """
    left = place - 1
    while left >= low:
        t = x - values[left]
        d = base + (t * t) * weight
        if d > best:
            break
        if d < best:
            best, runs = d, 0
        nearest[runs] = begin[left]
        runs += 1
        left = begin[left] - 1
    right = place
    while right < high:
        t = x - values[right]
        d = base + (t * t) * weight
        if d > best:
            break
        if d < best:
            best, runs = d, 0
        nearest[runs] = right
        runs += 1
        right = end[right]
    return best, runs


@kernel
def place_of(values, low, high, x):
    """Return the first place of values[low:high] that is not below x."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


@kernel(inline="always")
def own_group(values, begin, end, r, low, high, weight, nearest, best):
    """Look at the other rows in the group of place r."""
    x, runs = values[r], 0
    if end[r] - begin[r] > 1:
        best, runs, nearest[0] = 0.0, 1, begin[r]
    at = begin[r]
    best, runs = examine(values, begin, end, low, at, at, x, 0.0, weight, nearest, best, runs)
    at = end[r]
    return examine(values, begin, end, at, high, at, x, 0.0, weight, nearest, best, runs)


@kernel
def gathered(values, rows):
    """Return the values of some rows; quicker to compile than an array as an index."""
    found = np.empty(rows.shape[0], values.dtype)
    for r in range(rows.shape[0]):
        found[r] = values[rows[r]]
    return found


@kernel
def whole(n):
    """Return where the only group of n rows starts, and where it ends."""
    starts = np.zeros(2, dtype=np.int64)
    starts[1] = n
    return starts


@kernel
def _alone(out, labels, column, weight, order):
    """Write the values of a column in which each row has one nearest row, beside it in the order.

    Returns False at the first row of which this is not known.
    """
    n, values, placed = labels.shape[0], gathered(column, order), gathered(labels, order)
    for r in range(n):
        x, left, right, after = values[r], np.inf, np.inf, np.inf
        if r > 0:
            t = x - values[r - 1]
            left = (t * t) * weight
        if r < n - 1:
            t = x - values[r + 1]
            right = (t * t) * weight
        m = r - 1 if left < right else r + 1
        beyond = 2 * m - r
        if 0 <= beyond < n:
            t = x - values[beyond]
            after = (t * t) * weight
        if left == right or after <= min(left, right):
            return False
        out[order[r]] = gain(placed[r], placed[m])
    return True


@kernel
def _column(out, labels, column, id_, weight, order, rule, choice):
    """Write the values of one candidate, whose rows `order` sorts."""
    n = labels.shape[0]
    rows, values = order.copy(), gathered(column, order)
    begin, end = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    sort_runs(values, rows, labels, rule, whole(n), begin, end)
    placed = gathered(labels, rows)
    before = np.zeros(n + 1, dtype=np.int64)
    for r in range(n):
        before[r + 1] = before[r] + placed[r]
    nearest = np.empty(n, dtype=np.int32)
    for r in range(n):
        _, found = own_group(values, begin, end, r, 0, n, weight, nearest, np.inf)
        if choice is None:
            count, total = minima(nearest[:found], end, r, placed, before, placed[r])
            out[rows[r]] = total / count
        else:
            m = other(rows, nearest[:found], end, r, rows[r], choice, id_)
            out[rows[r]] = gain(labels[rows[r]], labels[m])


@kernel(inline="always")
def minima(nearest, end, own, placed, before, label):
    """Return how many rows are in the runs `nearest`, and the sum of their values.

    The row at place `own` is left out; -1 for none. The type of `label` says what labels are.
    """
    count, total = 0, 0
    for start in nearest:
        stop = end[start]
        count += stop - start
        low, high = start, stop  # labels ascend: those from `low` on are above
        while low < high:
            middle = (low + high) // 2
            if placed[middle] <= label:
                low = middle + 1
            else:
                high = middle
        if is_class(label):
            total += low - place_of(placed, start, low, label)
        else:
            total += before[low] - before[start] + (stop - low) * label
        if start <= own < stop:
            count, total = count - 1, total - gain(label, label)
    return count, total


@kernel
def other(rows, nearest, end, own, i, choice, id_):
    """Return the row that FIRST or RANDOM chooses for row i in the runs `nearest`.

    The rows of a run ascend; the one at place `own`, -1 for none, is left out.
    """
    count, within, alone = 0, False, nearest.shape[0] == 1
    for start in nearest:
        count += end[start] - start
        within = within or start <= own < end[start]
    count -= within
    element = np.int64(0)
    if choice.rule != FIRST:
        element = random_element(count, i, choice, id_)
    if alone:
        at = nearest[0] + element
        return rows[at + (within and at >= own)]
    tied, at = np.empty(count, dtype=np.int64), 0
    for start in nearest:
        for place in range(start, end[start]):
            if place != own:
                tied[at] = rows[place]
                at += 1
    return chosen(tied, element, choice)


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, orders: NDArray[np.int32], choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    ``orders[c]`` are the rows in its order.
    """
    alone = np.empty(len(numbers), dtype=np.bool_)
    _fill_alone(len(numbers), alone, out, labels, columns, numbers, weights, orders)
    rest = np.flatnonzero(~alone)
    if len(rest):  # else there is nothing to compile it for
        _fill(
            len(rest), rest, out, labels, columns, numbers, ids, weights, orders, choice.rule,
            choice.pick,
        )  # fmt: skip


@ThreadedKernel
def _fill_alone(start, stop, alone, out, labels, columns, numbers, weights, orders):
    for c in range(start, stop):
        j = numbers[c]
        alone[c] = _alone(out[c], labels, columns[j], weights[j], orders[c])


@ThreadedKernel
def _fill(start, stop, rest, out, labels, columns, numbers, ids, weights, orders, rule, choice):
    for at in range(start, stop):
        c = rest[at]
        j = numbers[c]
        _column(out[c], labels, columns[j], ids[c], weights[j], orders[c], rule, choice)
