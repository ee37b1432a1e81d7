"""One chosen column: every row's list of others by distance is implicit in the sorted column.

From a row's place, the distance in the chosen column grows to both sides. A candidate adds its own
term, and the walk ends on a side as soon as the chosen column alone is further than the best sum.
Places are looked at in windows of neighbours, whose minimum is one vectorised reduction.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.bits import INFINITY, bits_of, number_of
from lcodec.neighbors.gains import gain
from lcodec.neighbors.ties import AVERAGE, chosen_value

U = np.uint64
WINDOW = 64  # the largest window


@kernel(inline="always")
def _least(axis, column, start, window, a, x, axis_weight, weight):
    """Return the bits of the least distance to the window at `start`.

    Indices are unsigned: with signed ones, Numba checks for negative values and does not vectorise.
    The window is no constant: its loop would be unrolled before it could be vectorised.
    NaN, which pads the axis, has larger bits than infinity and is never the least.
    """
    least = INFINITY
    for k in range(window):
        s, t = a - axis[start + U(k)], x - column[start + U(k)]
        d = bits_of((s * s) * axis_weight + (t * t) * weight)
        least = d if d < least else least
    return least


@kernel(inline="always")
def _tied(axis, column, placed, start, window, a, x, axis_weight, weight, best, label):
    """Return how many places of a window are at distance `best`, and the sum of their values."""
    count, total = 0, 0
    for k in range(window):
        s, t = a - axis[start + U(k)], x - column[start + U(k)]
        equal = (s * s) * axis_weight + (t * t) * weight == best
        value = gain(label, placed[start + U(k)])
        count += 1 if equal else 0
        total += value if equal else 0
    return count, total


@kernel
def _rows_at(axis, column, rows, r, first, last, axis_weight, weight, best, count):
    """Return the rows in places first..last at distance `best` from place r."""
    tied, at = np.empty(count, dtype=np.int64), 0
    for m in range(first, last):
        s, t = axis[r] - axis[m], column[r] - column[m]
        if m != r and (s * s) * axis_weight + (t * t) * weight == best:
            tied[at] = rows[m - WINDOW]
            at += 1
    return tied


@kernel
def _part(out, labels, placed, axis, rows, column, axis_weight, weight, window, start, stop,
          choice, id_):  # fmt: skip
    """Write the values of places start..stop of one candidate; arrays in their order are padded."""
    n, pad = rows.shape[0], WINDOW
    for place in range(start, stop):
        r = place + pad
        a, x, label = axis[r], column[r], placed[r]
        least, first, last = INFINITY, r, r
        low, high = r, r + 1  # looked at: [low, high)
        left, right = low > pad, high < n + pad
        while left or right:
            if left:
                low -= window
                d = _least(axis, column, U(low), window, a, x, axis_weight, weight)
                if d < least:
                    least, first, last = d, low, low + window
                elif d == least:
                    first = low
            if right:
                d = _least(axis, column, U(high), window, a, x, axis_weight, weight)
                if d < least:
                    least, first, last = d, high, high + window
                elif d == least:
                    last = high + window
                high += window
            best = number_of(least)
            if left:
                s = a - axis[max(low, 1) - 1]
                left = low > pad and (s * s) * axis_weight <= best
            if right:
                s = a - axis[min(high, n + pad)]
                right = high < n + pad and (s * s) * axis_weight <= best
        best, count, total = number_of(least), 0, 0
        # windows to the left end before r, those to the right start behind it
        for start_at, stop_at in ((first, min(last, r)), (max(first, r + 1), last)):
            for at in range(start_at, stop_at, window):
                more, values = _tied(
                    axis, column, placed, U(at), window, a, x, axis_weight, weight, best, label
                )
                count, total = count + more, total + values
        if count == 1 or choice.rule == AVERAGE:
            out[rows[place]] = total / count
        else:
            tied = _rows_at(axis, column, rows, r, first, last, axis_weight, weight, best, count)
            out[rows[place]] = chosen_value(tied, labels, rows[place], choice, id_)


@ThreadedKernel
def fill(
    out, labels, columns, numbers, ids, weights, axis, rows, axis_weight, window, parts, choice
):
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    `rows` are the rows in the order of the chosen column and `axis` its values in that order. Each
    column is walked in `parts` parts, so that few columns keep all threads busy.
    """
    n, count = rows.shape[0], numbers.shape[0]
    padded, placed = np.full(n + 2 * WINDOW, np.nan), np.zeros(n + 2 * WINDOW, labels.dtype)
    padded[WINDOW : n + WINDOW], placed[WINDOW : n + WINDOW] = axis, labels[rows]
    local = np.zeros((count, n + 2 * WINDOW))
    for c in prange(count):
        local[c, WINDOW : n + WINDOW] = columns[numbers[c]][rows]
    for task in prange(count * parts):
        c, part = np.int64(task) // parts, np.int64(task) % parts
        _part(
            out[c], labels, placed, padded, rows, local[c], axis_weight, weights[numbers[c]],
            window, part * n // parts, (part + 1) * n // parts, choice, ids[c],
        )  # fmt: skip
