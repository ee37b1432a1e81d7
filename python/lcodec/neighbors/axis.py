"""One chosen column: every row's list of others by distance is implicit in the sorted column.

From a row's place, the distance to the chosen column grows to both sides. A candidate adds its own
term, and the walk ends on a side as soon as the chosen column alone is further than the best sum.
Entries are looked at in windows of neighbouring places, whose minimum is one vectorised reduction.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from lcodec.neighbors.bits import INFINITY, bits_of, number_of
from lcodec.neighbors.ties import AVERAGE, chosen_row


@njit(cache=True, inline="always")
def _least(axis, column, a, x, axis_weight, weight):
    least = INFINITY
    for m in range(axis.shape[0]):
        s, t = a - axis[m], x - column[m]
        d = bits_of((s * s) * axis_weight + (t * t) * weight)
        least = d if d < least else least
    return least


@njit(cache=True, inline="always")
def _tied(axis, column, labels, a, x, axis_weight, weight, best, label):
    count, total = 0, 0
    for m in range(axis.shape[0]):
        s, t = a - axis[m], x - column[m]
        equal = (s * s) * axis_weight + (t * t) * weight == best
        lower = labels[m] if labels[m] < label else label
        count += 1 if equal else 0
        total += lower if equal else 0
    return count, total


@njit(cache=True, inline="always")
def _reaches(axis, a, m, axis_weight, best):
    s = a - axis[m]
    return (s * s) * axis_weight <= best


@njit(cache=True)
def _walk(axis, column, r, axis_weight, weight, window):
    """Return the smallest distance of place r and the places that hold all rows at it."""
    n = axis.shape[0]
    a, x = axis[r], column[r]
    least, first, last = INFINITY, 0, 0
    low, high = r, r + 1  # looked at: [low, high)
    left, right = low > 0, high < n
    while left or right:
        if left:
            stop, low = low, max(0, low - window)
            d = _least(axis[low:stop], column[low:stop], a, x, axis_weight, weight)
            if d < least:
                least, first, last = d, low, stop
            elif d == least:
                first = low
        if right:
            start, high = high, min(n, high + window)
            d = _least(axis[start:high], column[start:high], a, x, axis_weight, weight)
            if d < least:
                least, first, last = d, start, high
            elif d == least:
                last = high
        best = number_of(least)
        left = low > 0 and _reaches(axis, a, low - 1, axis_weight, best)
        right = high < n and _reaches(axis, a, high, axis_weight, best)
    return number_of(least), first, last


@njit(cache=True)
def _rows_at(axis, column, rows, r, first, last, axis_weight, weight, best, count):
    """Return the rows in places first..last at distance `best` from place r."""
    found, at = np.empty(count, dtype=np.int64), 0
    for m in range(first, last):
        s, t = axis[r] - axis[m], column[r] - column[m]
        if m != r and (s * s) * axis_weight + (t * t) * weight == best:
            found[at] = rows[m]
            at += 1
    return found


@njit(cache=True, parallel=True)
def fill(out, labels, columns, numbers, ids, weights, axis, rows, axis_weight, window, parts,
         rule, step, k0, k1):  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    `rows` are the rows in the order of the chosen column and `axis` its values in that order. Each
    column is walked in `parts` parts, so that few columns keep all threads busy.
    """
    n = axis.shape[0]
    placed = labels[rows]
    for task in prange(numbers.shape[0] * parts):
        c, part = task // parts, task % parts
        number = numbers[c]
        column, weight = columns[number][rows], weights[number]
        for r in range(part * n // parts, (part + 1) * n // parts):
            best, first, last = _walk(axis, column, r, axis_weight, weight, window)
            label = placed[r]
            count, total = _tied(
                axis[first:last], column[first:last], placed[first:last],
                axis[r], column[r], axis_weight, weight, best, label,
            )  # fmt: skip
            if best == 0.0 and first <= r < last:  # the row itself
                count, total = count - 1, total - label
            if count == 1 or rule == AVERAGE:
                out[c, rows[r]] = total / count
            else:
                tied = _rows_at(
                    axis, column, rows, r, first, last, axis_weight, weight, best, count
                )
                m = chosen_row(tied, rule, rows[r], ids[c], step, k0, k1)
                out[c, rows[r]] = min(label, labels[m])
