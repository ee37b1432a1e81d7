"""The nearest rows of each of a few rows that all differ in the first column.

Rows are sorted by this column. From a row's own block a walk goes on to both sides, and ends on a
side as soon as that column alone is further than the nearest rows. There is no tree to build.
"""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.leaves import U, base_distances
from lcodec.resources import threads_for

MOST_ROWS = 512  # beyond, a walk in several columns is no faster than a search in a tree
BLOCK = 16  # rows whose distances are found at once


def single_nearest(columns: FloatArray, weights: FloatArray) -> IntArray | None:
    """Return the nearest row (n,) of each row in `columns` (p, n), weighted.

    None where one has several, where rows are equal in the first column, or are many.
    """
    found = _sorted(columns)
    if found is None:
        return None
    rows, points = found
    nearest = np.empty(len(rows), dtype=np.int64)
    with threads_for(64 * columns.size):
        _single(len(rows), rows, points, weights, BLOCK, nearest)
    return None if nearest.min() < 0 else nearest


def nearest_few(columns: FloatArray, weights: FloatArray, count: int) -> IntArray | None:
    """Return the `count` nearest rows of each row, as `lcodec.neighbors.nearest_rows`.

    None where rows are equal in the first column, or are many.
    """
    found = _sorted(columns)
    if found is None:
        return None
    rows, points = found
    nearest = np.empty((len(rows), count), dtype=np.int64)
    with threads_for(64 * columns.size):
        _few(len(rows), rows, points, weights, BLOCK, nearest)
    return nearest


def _sorted(columns: FloatArray) -> tuple[IntArray, FloatArray] | None:
    """Return the rows by the first column, and the columns in that order, which NaN pads."""
    n = columns.shape[1]
    if n > MOST_ROWS:
        return None
    rows = np.argsort(columns[0])
    ordered = columns[0, rows]
    if (ordered[1:] == ordered[:-1]).any():
        return None
    points = np.full((len(columns), -(-n // BLOCK) * BLOCK), np.nan)
    points[0, :n], points[1:, :n] = ordered, columns[1:, rows]
    return rows, points


@kernel(forceinline=True)
def _next(points, weight, r, n, low, high, width, bound):
    """Return the next block to look at, or -1; and the stretch [low, high) that is looked at then.

    `bound` is the distance up to which rows count.
    """
    if low > 0:
        t = points[0, r] - points[0, low - 1]
        if (t * t) * weight <= bound:
            return low - width, low - width, high
    if high < n:
        t = points[0, r] - points[0, high]
        if (t * t) * weight <= bound:
            return high, low, high + width
    return -1, low, high


@ThreadedKernel
def _single(start, stop, rows, points, weights, width, nearest):
    """Write the nearest row of the row at each place, or -1 where it has several."""
    base, n = np.empty(width), rows.shape[0]
    for r in range(start, stop):
        best, count, place = np.inf, 0, -1
        first = low = r // width * width
        high = low + width
        while first >= 0:
            d = base_distances(points, weights, r, U(first), width, base, U(0))
            if d < best:
                best, count = d, 0
            if d == best:
                for j in range(width):
                    if base[j] == best:
                        count, place = count + 1, first + j
            first, low, high = _next(points, weights[0], r, n, low, high, width, best)
        nearest[rows[r]] = rows[place] if count == 1 else -1


@ThreadedKernel
def _few(start, stop, rows, points, weights, width, nearest):
    """Write the rows nearest to the row at each place: by distance, then counted on from itself."""
    n, count = nearest.shape
    base, best, ahead = np.empty(width), np.empty(count), np.empty(count, dtype=np.int64)
    for r in range(start, stop):
        best[:], ahead[:] = np.inf, n
        first = low = r // width * width
        high = low + width
        while first >= 0:
            d = base_distances(points, weights, r, U(first), width, base, U(0))
            if d <= best[count - 1]:
                for j in range(min(width, n - first)):
                    if base[j] <= best[count - 1] and first + j != r:
                        insert(base[j], (rows[first + j] - rows[r]) % n, best, ahead)
            first, low, high = _next(points, weights[0], r, n, low, high, width, best[count - 1])
        for k in range(count):
            nearest[rows[r], k] = (rows[r] + ahead[k]) % n


@kernel
def insert(d, steps, best, ahead):
    """Take a row at distance `d`, so many `steps` on, into the nearest ones if it is one of them.

    Return whether it is.
    """
    count = at = best.shape[0]
    while at > 0 and (d < best[at - 1] or (d == best[at - 1] and steps < ahead[at - 1])):
        if at < count:
            best[at], ahead[at] = best[at - 1], ahead[at - 1]
        at -= 1
    if at < count:
        best[at], ahead[at] = d, steps
    return at < count
