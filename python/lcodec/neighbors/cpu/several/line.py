"""No chosen column: the K nearest rows are beside the row in the sorted candidate.

Without ties they are a window that moves on with the row. Rows whose window is not proven walk
outwards by runs of equal values, whose sums are prefix sums.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.runs import sort_runs
from lcodec.neighbors.cpu.several.stretches import outward, value_of
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice


@kernel(forceinline=True)
def _distance(values, x, m, weight):
    t = x - values[m]
    return (t * t) * weight


@kernel
def _windows(out, labels, values, placed, order, weight, wanted):
    """Write the values of rows of which no other row is as near as the K-th; NaN for the rest.

    Returns how many are left.
    """
    n, low, left = order.shape[0], 0, 0
    for r in range(n):
        x, label = values[r], placed[r]
        low = min(max(low, r - wanted), r, n - 1 - wanted)
        before, last = _distance(values, x, low, weight), _distance(values, x, low + wanted, weight)
        while low < r and low + wanted + 1 < n:
            after = _distance(values, x, low + wanted + 1, weight)
            if after >= before:
                break
            low += 1
            before, last = _distance(values, x, low, weight), after
        while low > 0 and low + wanted > r:
            after = _distance(values, x, low - 1, weight)
            if after >= last:
                break
            low -= 1
            before, last = after, _distance(values, x, low + wanted, weight)
        last = max(before, last)
        proven = low == 0 or _distance(values, x, low - 1, weight) > last
        if low + wanted + 1 < n:
            proven = proven and _distance(values, x, low + wanted + 1, weight) > last
        if proven:
            total = -np.int64(gain(label, label))
            for m in range(low, low + wanted + 1):
                total += gain(label, placed[m])
            out[order[r]] = total / wanted
        else:
            out[order[r]] = np.nan
            left += 1
    return left


@kernel
def _merge(entries, places, found, split, wanted, end, own):
    """Return how many entries hold the `wanted` nearest rows and those tied with the last.

    The first `split` entries ascend, and so do the others; all are brought into one order.
    """
    order = np.empty(found, dtype=np.int64)
    a, b, upto, count, last = 0, split, 0, 0, np.inf
    while a < split or b < found:
        e = a
        if a == split or (b < found and entries[b] < entries[a]):
            e = b
        if upto >= wanted and entries[e] > last:
            break
        a, b = a + (e < split), b + (e >= split)
        last, order[count], count = entries[e], e, count + 1
        start = ~places[e]
        upto += end[start] - start - (start <= own < end[start])
    entries[:count] = entries[:found][order[:count]]
    places[:count] = places[:found][order[:count]]
    return count, last


@kernel
def _column(out, labels, column, id_, weight, order, choice):
    """Write the values of one candidate, whose rows `order` sorts."""
    n, wanted = labels.shape[0], choice.neighbors
    values, placed = column[order], labels[order]
    if _windows(out, labels, values, placed, order, weight, wanted) == 0:
        return
    rows, begin, end = order.astype(np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    sort_runs(values, rows, labels, choice.rule, np.array([0, n]), begin, end)
    placed = labels[rows]
    before = np.zeros(n + 1, dtype=np.int64)
    for r in range(n):
        before[r + 1] = before[r] + placed[r]
    entries, places = np.empty(n + 2), np.empty(n + 2, dtype=np.int32)
    for r in range(n):
        i, x = rows[r], values[r]
        if np.isnan(out[i]):
            split, _ = outward(
                values, begin, end, 0, n, end[r] - 1, n, x, 0.0, weight, np.inf, wanted, r, entries,
                places, 0, 0,
            )  # fmt: skip
            found, _ = outward(
                values, begin, end, 0, n, -1, end[r], x, 0.0, weight, np.inf, wanted, r, entries,
                places, split, 0,
            )  # fmt: skip
            found, last = _merge(entries, places, found, split, wanted, end, r)
            out[i] = value_of(
                entries, places, found, last, rows, placed, rows, end, placed, before, r, labels, i,
                choice, id_,
            )  # fmt: skip


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, orders: NDArray[np.int32], choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    ``orders[c]`` are the rows in its order.
    """
    _fill(len(numbers), out, labels, columns, numbers, ids, weights, orders, choice)


@ThreadedKernel
def _fill(start, stop, out, labels, columns, numbers, ids, weights, orders, choice):
    for c in range(start, stop):
        j = numbers[c]
        _column(out[c], labels, columns[j], ids[c], weights[j], orders[c], choice)
