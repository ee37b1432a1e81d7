"""Rows that share their values in the chosen columns: one sorted list of a candidate per group.

Discrete columns make few, large groups of rows. Within a group, and within any other group, the row
nearest in one more column is next to the row's place in the sorted values. So a row looks at
one or two places in each group that is near enough. Equal values form runs, sorted by label, in
which a sum of minima is a prefix sum: a tie set of g rows costs O(log g), not g. The first step of
FOCI, without chosen columns, is one group of all rows.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.ties import AVERAGE, FIRST, random_element


@kernel
def _by_group(order, of_row, starts):
    """Return the rows sorted by group, and within a group in their present order."""
    place = starts[:-1].copy()
    rows = np.empty(order.shape[0], dtype=np.int32)
    for i in order:
        g = of_row[i]
        rows[place[g]] = i
        place[g] += 1
    return rows


@kernel
def _runs(values, rows, labels, rule, starts):
    """Sort the rows of equal values inside a group, by label for the average, else by number.

    Returns where the run of each place starts and ends.
    """
    n = values.shape[0]
    begin, end = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    for g in range(starts.shape[0] - 1):
        low = starts[g]
        while low < starts[g + 1]:
            high = low + 1
            while high < starts[g + 1] and values[high] == values[low]:
                high += 1
            begin[low:high], end[low:high] = low, high
            if high - low > 1:
                keys = rows[low:high].astype(np.int64)
                if rule == AVERAGE:
                    keys += labels[rows[low:high]] * n
                if (keys[1:] < keys[:-1]).any():
                    keys = np.sort(keys)
                    for k in range(high - low):
                        rows[low + k] = keys[k] % n
            low = high
    return begin, end


@ThreadedKernel
def sort_equal(orders, columns, numbers, labels, rule):
    """Bring the rows of equal values in each of `orders`, which sort columns, into their order."""
    for c in prange(numbers.shape[0]):
        rows = orders[c].astype(np.int32)
        _runs(columns[numbers[c]][rows], rows, labels, rule, np.array([0, labels.shape[0]]))
        orders[c] = rows


@kernel(inline="always")
def _examine(values, begin, end, low, high, place, x, base, weight, nearest, best, runs):
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
def _place(values, low, high, x):
    """Return the first place of values[low:high] that is not below x."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _distance(points, weights, g, h, most):
    """Return the distance of two groups, or a part of it that is above `most` already."""
    d = 0.0
    for k in range(points.shape[0]):
        t = points[k, g] - points[k, h]
        d = d + (t * t) * weights[k]
        if d > most:
            break
    return d


@kernel(inline="always")
def _own_group(values, begin, end, r, low, high, weight, nearest, best):
    """Look at the other rows in the group of place r."""
    x, runs = values[r], 0
    if end[r] - begin[r] > 1:
        best, runs, nearest[0] = 0.0, 1, begin[r]
    at = begin[r]
    best, runs = _examine(values, begin, end, low, at, at, x, 0.0, weight, nearest, best, runs)
    at = end[r]
    return _examine(values, begin, end, at, high, at, x, 0.0, weight, nearest, best, runs)


@kernel
def _all_groups(values, begin, end, r, g, groups, weight, nearest, best):
    """Find the nearest runs, not further than `best`, among all groups."""
    x, starts = values[r], groups.starts
    low, high = starts[g], starts[g + 1]
    best, runs = _own_group(values, begin, end, r, low, high, weight, nearest, best)
    for h in range(starts.shape[0] - 1):
        base = _distance(groups.points, groups.weights, g, h, best)
        if h != g and base <= best:
            low, high = starts[h], starts[h + 1]
            at = _place(values, low, high, x)
            best, runs = _examine(
                values, begin, end, low, high, at, x, base, weight, nearest, best, runs
            )
    return runs


@kernel
def _alone(out, labels, column, weight, order):
    """Write the values of a column in which each row has one nearest row, beside it in the order.

    Returns False, and leaves the rest to do, at the first row of which this is not known.
    """
    n, values, placed = labels.shape[0], column[order], labels[order]
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
        out[order[r]] = min(placed[r], placed[m])
    return True


@kernel
def _column(out, labels, column, id_, weight, order, groups, choice):
    """Write the values of one candidate, whose rows `order` sorts."""
    n, of_row, starts, near, distances, reach = (
        labels.shape[0], groups.of_row, groups.starts, groups.near, groups.distances, groups.reach,
    )  # fmt: skip
    if starts.shape[0] == 2 and _alone(out, labels, column, weight, order):
        return
    rows = _by_group(order, of_row, starts)
    values = column[rows]
    begin, end = _runs(values, rows, labels, choice.rule, starts)
    placed = labels[rows]
    before = np.zeros(n + 1, dtype=np.int64)
    for r in range(n):
        before[r + 1] = before[r] + placed[r]
    nearest = np.empty(n, dtype=np.int32)
    for r in range(n):
        x, g = values[r], of_row[rows[r]]
        low, high = starts[g], starts[g + 1]
        best, runs = _own_group(values, begin, end, r, low, high, weight, nearest, np.inf)
        proven = False
        for k in range(near.shape[1]):
            base = distances[g, k]
            if base == np.inf:  # pads a shorter list
                break
            if base > best:
                proven = True
                break
            low, high = starts[near[g, k]], starts[near[g, k] + 1]
            at = _place(values, low, high, x)
            best, runs = _examine(
                values, begin, end, low, high, at, x, base, weight, nearest, best, runs
            )
        if not proven and best >= reach[g]:
            runs = _all_groups(values, begin, end, r, g, groups, weight, nearest, best)
        if choice.rule == AVERAGE:
            out[rows[r]] = _average(nearest[:runs], end, r, placed, before)
        else:
            m = _other(rows, nearest[:runs], end, r, choice, id_)
            out[rows[r]] = min(labels[rows[r]], labels[m])


@kernel(inline="always")
def _average(nearest, end, r, placed, before):
    """Return the mean of min(label of r, label) over the other rows of the runs `nearest`."""
    count, total, label = 0, 0, placed[r]
    for start in nearest:
        stop = end[start]
        count += stop - start
        low, high = start, stop  # labels ascend: those from `low` on are above r's
        while low < high:
            middle = (low + high) // 2
            if placed[middle] <= label:
                low = middle + 1
            else:
                high = middle
        total += before[low] - before[start] + (stop - low) * label
        if start <= r < stop:
            count, total = count - 1, total - label
    return total / count


@kernel
def _other(rows, nearest, end, r, choice, id_):
    """Return the row that FIRST or RANDOM chooses in the runs `nearest`, whose rows ascend."""
    count, own, alone = 0, False, nearest.shape[0] == 1
    for start in nearest:
        count += end[start] - start
        own = own or start <= r < end[start]
    count -= own
    element = np.int64(0)
    if choice.rule != FIRST:
        element = random_element(count, rows[r], choice, id_)
    if alone:
        at = nearest[0] + element
        return rows[at + (own and at >= r)]
    tied, at = np.empty(count, dtype=np.int64), 0
    for start in nearest:
        for place in range(start, end[start]):
            if place != r:
                tied[at] = rows[place]
                at += 1
    return tied.min() if choice.rule == FIRST else np.sort(tied)[element]


@ThreadedKernel
def fill(out, labels, columns, numbers, ids, weights, groups, orders, choice):
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    ``orders[c]`` are the rows in its order.
    """
    for c in prange(numbers.shape[0]):
        j = numbers[c]
        _column(out[c], labels, columns[j], ids[c], weights[j], orders[c], groups, choice)
