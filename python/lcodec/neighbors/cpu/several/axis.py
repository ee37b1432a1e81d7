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
from lcodec.neighbors.cpu.bits import lowest_bit
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels
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
from lcodec.neighbors.cpu.several.values import RANKED, TILE, last_of
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice


@kernel(forceinline=True)
def _window(axis, column, placed, label, start, window, a, x, axis_weight, weight, limit, entries,
            places, gains, found):  # fmt: skip
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
        gains[found] = gain(label, placed[m])
        found += U(1)
        near &= near - U(1)
    return found


@kernel(forceinline=True)
def _collect(axis, column, placed, n, r, window, axis_weight, weight, limit, most, entries, places,
             gains):  # fmt: skip
    """Enter all rows not further from place r than `limit`, or the first ones, at least `most`."""
    pad = WINDOW
    a, x, label, found = axis[r], column[r], placed[r], U(0)
    low, high = r, r + 1  # looked at: [low, high)
    left, right = low > pad, high < n + pad
    while (left or right) and found < most:
        if left:
            low -= window
            found = _window(
                axis, column, placed, label, U(low), window, a, x, axis_weight, weight, limit,
                entries, places, gains, found,
            )  # fmt: skip
            s = a - axis[max(low, 1) - 1]
            left = low > pad and (s * s) * axis_weight <= limit
        if right:
            found = _window(
                axis, column, placed, label, U(high), window, a, x, axis_weight, weight, limit,
                entries, places, gains, found,
            )  # fmt: skip
            high += window
            s = a - axis[min(high, n + pad)]
            right = high < n + pad and (s * s) * axis_weight <= limit
    return np.int64(found)


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
    n, wanted = rows.shape[0] - 2 * WINDOW, choice.neighbors
    size = n + max(WINDOW, TILE)
    entries, places, gains = np.empty(size), np.empty(size, np.int32), np.empty(size, np.int64)
    ranks, guesses = np.empty(RANKED), np.empty(BINS + 1)
    none, no_sums = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    for c in range(start // n, (stop + n - 1) // n):
        column, weight = local[c], weights[c]
        guesses[:] = 0.0
        for place in range(max(start - c * n, 0), min(stop - c * n, n)):
            r = place + WINDOW
            at = bin_of(column[r], bins[c, 0], bins[c, 1])
            limit = guess_of(guesses, at) * SPARE
            way = GUESS if limit > 0.0 else FIRST_ROWS
            while True:
                most = wanted if way == FIRST_ROWS else n
                limit = np.inf if way == FIRST_ROWS else limit
                found = _collect(
                    axis, column, placed, n, r, window, axis_weight, weight, limit, U(most),
                    entries, places, gains,
                )  # fmt: skip
                if way == FIRST_ROWS:
                    limit, way = last_of(entries, places, found, wanted), BOUND
                elif found >= wanted:
                    break
                else:
                    limit, way = limit * MORE, way + 1
            out[c, rows[r]], last = value_of_singles(
                entries, places, gains, found, ranks, rows, placed, labels, r, choice, ids[c], none,
                no_sums,
            )  # fmt: skip
            learn(guesses, at, last)
