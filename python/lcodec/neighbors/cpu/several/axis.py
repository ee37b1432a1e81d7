"""One chosen column: the K nearest rows, from windows of its sorted values to both sides of a row.

As for the nearest row alone, the walk ends on a side as soon as the chosen column alone is further
than the limit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.axis import WINDOW, padded
from lcodec.neighbors.cpu.bits import COUNTED, high_bits, lowest_bit
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels
from lcodec.neighbors.cpu.several.limits import (
    BINS,
    GROWING,
    MORE,
    ROWS,
    SPARE,
    U,
    bin_of,
    bins_of,
    guess_of,
    learn,
)
from lcodec.neighbors.cpu.several.stretches import value_of_singles
from lcodec.neighbors.cpu.several.values import last_of, nearest_sums, room_for
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice


@kernel(forceinline=True)
def _window(axis, column, placed, label, start, window, a, x, axis_weight, weight, limit, b, room,
            keys, gains, found):  # fmt: skip
    """Write the keys and gains of the rows of the window at `start` not further than `limit`.

    NaN, which pads the axis, is not near. Beyond `room` they are only counted.
    """
    near = U(0)
    for k in range(window):
        s, t = a - axis[start + U(k)], x - column[start + U(k)]
        near |= U((s * s) * axis_weight + (t * t) * weight <= limit) << U(k)
    while near:
        m, at = start + lowest_bit(near), min(found, room)
        s, t = a - axis[m], x - column[m]
        keys[b, at] = high_bits((s * s) * axis_weight + (t * t) * weight)
        gains[b, at] = gain(label, placed[m])
        found += U(1)
        near &= near - U(1)
    return found


@kernel
def _singles(axis, column, n, r, axis_weight, weight, limit, wanted, entries, places):
    """Enter all rows not further from place r than `limit`; than the K-th, where it is infinite."""
    a, x, bounded = axis[r], column[r], limit < np.inf
    while True:
        found, most = 0, n if bounded else wanted
        for way in (-1, 1):
            m = r + way
            while WINDOW <= m < n + WINDOW and abs(m - r) <= most:
                s, t = a - axis[m], x - column[m]
                base = (s * s) * axis_weight
                if base > limit:
                    break
                d = base + (t * t) * weight
                entries[found], places[found] = d, m
                found += d <= limit
                m += way
        if bounded:
            return found
        limit, bounded = last_of(entries, places, found, wanted), True


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, axis: FloatArray, rows: NDArray[np.int32], axis_weight: float,
    window: int, choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    The arguments are those of `lcodec.neighbors.cpu.axis.fill`.
    """
    n, size = len(rows), len(rows) + 2 * WINDOW
    local = placed_columns(columns, numbers, rows, size, WINDOW)
    around = np.zeros(size, dtype=np.int32)
    around[WINDOW:-WINDOW] = rows
    _fill(
        len(numbers) * n, out, labels, placed_labels(labels, rows, size, WINDOW), padded(axis),
        around, local, bins_of(local[:, WINDOW:-WINDOW]), axis_weight, weights[numbers], window,
        choice, ids,
    )  # fmt: skip


@ThreadedKernel.of(least=256)
def _fill(start, stop, out, labels, placed, axis, rows, local, bins, axis_weight, weights, window,
          choice, ids):  # fmt: skip
    """Write the values of the places of all candidates; arrays in their order are padded."""
    n, wanted, pad = rows.shape[0] - 2 * WINDOW, choice.neighbors, WINDOW
    entries, places = np.empty(n + 1), np.empty(n + 1, np.int32)
    room, guesses = room_for(wanted), np.empty(BINS + 1)
    keys, gains = np.empty((ROWS, room + COUNTED), np.int32), np.empty((ROWS, room + 1), np.int64)
    founds, limits = np.empty(ROWS, np.int64), np.empty(ROWS)
    totals, counted, levels = np.empty_like(founds), np.empty_like(founds), np.empty(ROWS)
    for c in range(start // n, (stop + n - 1) // n):
        column, weight, end = local[c], weights[c], min(stop - c * n, n) + pad
        begin, guesses[:] = max(start - c * n, 0) + pad, 0.0
        first = begin
        while first < end:
            some = min(ROWS, first - begin + 1, end - first)  # few at first: they learn
            for b in range(some):
                r = first + b
                a, x, label, found, grown = axis[r], column[r], placed[r], U(0), 0
                limit = guess_of(guesses, bin_of(x, bins[c, 0], bins[c, 1])) * SPARE
                while limit > 0.0 and grown < GROWING:
                    found = U(0)
                    low, high = r, r + 1  # looked at: [low, high)
                    left, right = low > pad, high < n + pad
                    while left or right:
                        if left:
                            low -= window
                            found = _window(
                                axis, column, placed, label, U(low), window, a, x, axis_weight,
                                weight, limit, U(b), U(room), keys, gains, found,
                            )  # fmt: skip
                            s = a - axis[max(low, 1) - 1]
                            left = low > pad and (s * s) * axis_weight <= limit
                        if right:
                            found = _window(
                                axis, column, placed, label, U(high), window, a, x, axis_weight,
                                weight, limit, U(b), U(room), keys, gains, found,
                            )  # fmt: skip
                            high += window
                            s = a - axis[min(high, n + pad)]
                            right = high < n + pad and (s * s) * axis_weight <= limit
                    if found >= U(wanted):
                        break
                    limit, grown = limit * MORE, grown + 1
                founds[b], limits[b] = np.int64(found), limit
            nearest_sums(keys, gains, founds, some, wanted, totals, counted, levels)
            for b in range(some):
                r = first + b
                value, last = totals[b] / wanted, levels[b]
                if counted[b] != wanted:
                    limit = limits[b] if founds[b] >= wanted else np.inf
                    single = _singles(
                        axis, column, n, r, axis_weight, weight, limit, wanted, entries, places
                    )
                    value, last = value_of_singles(
                        entries, places, single, rows, placed, labels, r, choice, ids[c]
                    )
                out[c, rows[r]] = value
                learn(guesses, bin_of(column[r], bins[c, 0], bins[c, 1]), last)
            first += some
