"""One chosen column: the K nearest rows, from windows of its sorted values to both sides of a row.

As for the nearest row alone, the walk ends on a side as soon as the chosen column alone is further
than the limit.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.axis import WINDOW
from lcodec.neighbors.cpu.bits import lowest_bit
from lcodec.neighbors.cpu.several.limits import (
    BINS,
    BOUND,
    FIRST_ROWS,
    GUESS,
    MORE,
    SPARE,
    U,
    bin_of,
    bins_of,
    guess_of,
    learn,
)
from lcodec.neighbors.cpu.several.stretches import value_of_singles
from lcodec.neighbors.cpu.several.values import last_of


@kernel(inline="always")
def _window(axis, column, start, window, a, x, axis_weight, weight, limit, entries, places, found):
    """Enter the rows of the window at `start` that are not further than `limit`.

    NaN, which pads the axis, is not near.
    """
    near = U(0)
    for k in range(window):
        s, t = a - axis[start + U(k)], x - column[start + U(k)]
        near |= U((s * s) * axis_weight + (t * t) * weight <= limit) << U(k)
    while near:
        m = start + lowest_bit(near)
        s, t = a - axis[m], x - column[m]
        entries[found], places[found] = (s * s) * axis_weight + (t * t) * weight, m
        found += U(1)
        near &= near - U(1)
    return found


@kernel
def _collect(axis, column, n, r, window, axis_weight, weight, limit, most, entries, places):
    """Enter all rows not further from place r than `limit`, or the first ones, at least `most`."""
    pad = WINDOW
    a, x, found = axis[r], column[r], U(0)
    low, high = r, r + 1  # looked at: [low, high)
    left, right = low > pad, high < n + pad
    while (left or right) and found < most:
        if left:
            low -= window
            found = _window(
                axis, column, U(low), window, a, x, axis_weight, weight, limit, entries, places,
                found,
            )  # fmt: skip
            s = a - axis[max(low, 1) - 1]
            left = low > pad and (s * s) * axis_weight <= limit
        if right:
            found = _window(
                axis, column, U(high), window, a, x, axis_weight, weight, limit, entries, places,
                found,
            )  # fmt: skip
            high += window
            s = a - axis[min(high, n + pad)]
            right = high < n + pad and (s * s) * axis_weight <= limit
    return np.int64(found)


@kernel
def _part(out, labels, placed, axis, rows, column, axis_weight, weight, window, start, stop,
          choice, id_):  # fmt: skip
    """Write the values of places start..stop of one candidate; arrays in their order are padded."""
    n, wanted = rows.shape[0] - 2 * WINDOW, choice.neighbors
    entries, places = np.empty(n + WINDOW), np.empty(n + WINDOW, dtype=np.int32)
    low, scale = bins_of(column[WINDOW:], n)
    guesses, none = np.zeros(BINS + 1), np.empty(0, dtype=np.int32)
    no_sums = np.empty(0, dtype=np.int64)
    for place in range(start, stop):
        r = place + WINDOW
        at = bin_of(column[r], low, scale)
        limit = guess_of(guesses, at) * SPARE
        way = GUESS if limit > 0.0 else FIRST_ROWS
        while True:
            most = wanted if way == FIRST_ROWS else n
            limit = np.inf if way == FIRST_ROWS else limit
            found = _collect(
                axis, column, n, r, window, axis_weight, weight, limit, U(most), entries, places
            )
            if way == FIRST_ROWS:
                limit, way = last_of(entries, places, found, wanted), BOUND
            elif found >= wanted:
                break
            else:
                limit, way = limit * MORE, way + 1
        last = last_of(entries, places, found, wanted)
        learn(guesses, at, last)
        out[rows[r]] = value_of_singles(
            entries, places, found, last, rows, placed, labels, r, choice, id_, none, no_sums
        )


@ThreadedKernel
def fill(
    out, labels, columns, numbers, ids, weights, axis, rows, axis_weight, window, parts, choice
):
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    The arguments are those of `lcodec.neighbors.cpu.axis.fill`.
    """
    n, count = rows.shape[0], numbers.shape[0]
    padded, placed = np.full(n + 2 * WINDOW, np.nan), np.zeros(n + 2 * WINDOW, labels.dtype)
    padded[WINDOW : n + WINDOW], placed[WINDOW : n + WINDOW] = axis, labels[rows]
    padded_rows = np.zeros(n + 2 * WINDOW, dtype=np.int32)
    padded_rows[WINDOW : n + WINDOW] = rows
    local = np.zeros((count, n + 2 * WINDOW))
    for c in prange(count):
        local[c, WINDOW : n + WINDOW] = columns[numbers[c]][rows]
    for task in prange(count * parts):
        c, part = np.int64(task) // parts, np.int64(task) % parts
        _part(
            out[c], labels, placed, padded, padded_rows, local[c], axis_weight,
            weights[numbers[c]], window, part * n // parts, (part + 1) * n // parts, choice, ids[c],
        )  # fmt: skip
