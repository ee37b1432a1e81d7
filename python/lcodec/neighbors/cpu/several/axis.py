"""One chosen column: the K nearest rows, from windows of its sorted values to both sides of a row.

As for the nearest row alone, the walk ends on a side as soon as the chosen column alone is further
than the limit; windows without a row within the limit are left at once.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.axis import WINDOW
from lcodec.neighbors.cpu.bits import INFINITY, bits_of, number_of
from lcodec.neighbors.cpu.several.limits import BINS, MORE, SPARE, bin_of, bins_of, learned
from lcodec.neighbors.cpu.several.stretches import value_of
from lcodec.neighbors.cpu.several.values import last_of

U = np.uint64


@kernel(inline="always")
def _window(axis, column, start, window, a, x, axis_weight, weight, limit, entries, places, found):
    """Enter the rows of the window at `start` that are not further than `limit`."""
    least = INFINITY
    for k in range(window):
        s, t = a - axis[start + U(k)], x - column[start + U(k)]
        d = (s * s) * axis_weight + (t * t) * weight
        entries[found + U(k)] = d
        least = bits_of(d) if bits_of(d) < least else least
    if number_of(least) <= limit:
        written = found
        for k in range(window):
            d = entries[written + U(k)]
            entries[found], places[found] = d, start + U(k)
            found += U(1) if d <= limit else U(0)  # NaN, which pads the axis, is not
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
    entries, places = np.empty(n + 3 * WINDOW), np.empty(n + 3 * WINDOW, dtype=np.int32)
    low, scale = bins_of(column[WINDOW:], n)
    guesses, none = np.zeros(BINS), np.empty(0, dtype=np.int32)
    no_sums = np.empty(0, dtype=np.int64)
    for place in range(start, stop):
        r = place + WINDOW
        at, found = bin_of(column[r], low, scale), 0
        limit = guesses[at] * SPARE
        for _ in range(2):
            if limit > 0.0 and found < wanted:
                found = _collect(
                    axis, column, n, r, window, axis_weight, weight, limit, U(n), entries, places
                )
                limit *= MORE
        if found < wanted:
            found = _collect(
                axis, column, n, r, window, axis_weight, weight, np.inf, U(wanted), entries, places
            )
            limit = last_of(entries, places, found, wanted)
            found = _collect(
                axis, column, n, r, window, axis_weight, weight, limit, U(n), entries, places
            )
        last = last_of(entries, places, found, wanted)
        guesses[at] = learned(guesses[at], last)
        out[rows[r]] = value_of(
            entries, places, found, last, rows, placed, none, none, placed, no_sums, -1, labels,
            rows[r], choice, id_,
        )  # fmt: skip


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
