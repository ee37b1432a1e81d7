"""One chosen column: every row's list of others by distance is implicit in the sorted column.

From a row's place, the distance in the chosen column grows to both sides. A candidate adds its own
term, and the walk ends on a side as soon as the chosen column alone is further than the best sum.
Places are looked at in windows of neighbours, whose minimum is one vectorised reduction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.bits import INFINITY, bits_of, number_of
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice, chosen_value

U = np.uint64
WINDOW = 64  # the largest window


@kernel(forceinline=True)
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


@kernel(forceinline=True)
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


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, axis: FloatArray, rows: NDArray[np.int32], axis_weight: float,
    window: int, choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    `rows` are the rows in the order of the chosen column and `axis` its values in that order.
    """
    size = len(rows) + 2 * WINDOW
    local = placed_columns(columns, numbers, rows, size, WINDOW)
    _fill(
        local.shape[0] * len(rows), out, labels, placed_labels(labels, rows, size, WINDOW),
        padded(axis), rows, local, axis_weight, weights[numbers], window, choice.pick,
        ids,
    )  # fmt: skip


def padded(axis: FloatArray) -> FloatArray:
    """Return sorted values with NaN at both ends, so that no window reaches beyond them."""
    around = np.full(len(axis) + 2 * WINDOW, np.nan)
    around[WINDOW:-WINDOW] = axis
    return around


@ThreadedKernel.of(least=256)
def _fill(start, stop, out, labels, placed, axis, rows, local, axis_weight, weights, window, choice,
          ids):  # fmt: skip
    """Write the values of the places of all candidates; arrays in their order are padded."""
    n, pad = rows.shape[0], WINDOW
    for c in range(start // n, (stop + n - 1) // n):
        column, weight, values = local[c], weights[c], out[c]
        for place in range(max(start - c * n, 0), min(stop - c * n, n)):
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
                    more, gains = _tied(
                        axis, column, placed, U(at), window, a, x, axis_weight, weight, best, label
                    )
                    count, total = count + more, total + gains
            if count == 1 or choice is None:
                values[rows[place]] = total / count
            else:
                tied = _rows_at(
                    axis, column, rows, r, first, last, axis_weight, weight, best, count
                )
                values[rows[place]] = chosen_value(tied, labels, rows[place], choice, ids[c])
