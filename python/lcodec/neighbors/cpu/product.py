"""Nearest rows in many columns: a matrix product shortlists, the canonical distance decides.

With a the columns less a value between their ends, times the roots of their weights w,
``|a_i|^2 + |a_m|^2 - 2 a_i.a_m`` is the distance up to rounding. Its error, and that of the
canonical distance, are below ``E = 8 (q + 16) u (|a_i|^2 + |a_m|^2) + A``, u = 2^-53, for all data
whose canonical distances are bounded by a double, which `column_weights` has checked:

- Rounding: a product or a sum of q terms, added in any order, is off by at most q u / (1 - q u) of
  the sum of its terms' sizes (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1);
  |a_i.a_m| and half the distance are at most |a_i|^2 + |a_m|^2; the rounding of a itself changes
  the distance by less than 64 u (|a_i|^2 + |a_m|^2).
- Underflow: a result below 2^-1022 is off by at most 2^-1075 in addition. In the canonical distance
  that can befall t*t, before the weight multiplies it, and its product with the weight: at most
  2^-1075 (w_k + 1) per column. Products of a are off by as much without the weight; a itself, where
  it is so small, by 2^-1075, which is far below u times anything that its product can show. So
  ``A = 2^-1074 sum(w) + q 2^-1020`` holds all of it.
- Overflow: |a_ik| is at most sqrt(w_k) times the column's spread, so that |a_i|^2 is no more than
  the bound B of all distances, and every number here is below 4 B (1 + E). Where B exceeds 2^1000,
  a is made smaller by 2^-16, the distances and A by 2^-32. (q 2^-1020 stays: results underflow at
  the same place.)

A row is nearest only if its value less E is not above the smallest value plus E of any row; these
rows are measured canonically. Where A is large beside the distances, these are many; none is lost.
"""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.several import product as several
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice, chosen_value

_TILE = 2**22  # products held at once


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, weights: FloatArray, choice: Choice,
    number: int = 0,
) -> None:  # fmt: skip
    """Write the value (n,) of every row over its nearest rows in `columns` (q, n)."""
    q, n = columns.shape
    low, high = columns.min(axis=1, keepdims=True), columns.max(axis=1, keepdims=True)
    center = np.clip((columns / n).sum(axis=1, keepdims=True), low, high)  # any one will do
    reach = (high - low)[:, 0] ** 2 @ weights
    factor = 1.0 if reach < 2.0**1000 else 2.0**-16
    scaled = (columns - center) * (np.sqrt(weights) * factor)[:, np.newaxis]
    rows, scaled_rows = np.ascontiguousarray(columns.T), np.ascontiguousarray(scaled.T)
    squares = np.einsum("ik,ik->i", scaled_rows, scaled_rows)
    relative = 8.0 * (q + 16) * 2.0**-53
    least = (2.0**-1074 * weights).sum() * factor**2 + q * 2.0**-1020
    tile = max(1, _TILE // n)
    decide, how = (several.decide, choice) if choice.neighbors > 1 else (_decide, choice.pick)
    for first in range(0, n, tile):
        products = scaled_rows[first : first + tile] @ scaled
        decide(
            len(products), out, labels, rows, weights, products, squares, first, relative, least,
            how, number,
        )  # fmt: skip


@kernel
def _distance(rows, weights, i, m):
    d = 0.0
    for k in range(weights.shape[0]):
        t = rows[i, k] - rows[m, k]
        d = d + (t * t) * weights[k]
    return d


@ThreadedKernel
def _decide(
    start, stop, out, labels, rows, weights, products, squares, first, relative, least, choice,
    number,
):  # fmt: skip
    n = rows.shape[0]
    for at in range(start, stop):
        i = first + at
        product = products[at]
        ceiling = np.inf
        for m in range(n):
            size = squares[i] + squares[m]
            above = (size - 2.0 * product[m]) + (relative * size + least)
            product[m] = above - 2.0 * (relative * size + least)
            ceiling = above if above < ceiling and m != i else ceiling
        best, count = np.inf, 0
        tied = np.empty(16, dtype=np.int64)
        for m in range(n):
            if product[m] <= ceiling and m != i:
                d = _distance(rows, weights, i, m)
                if d < best:
                    best, count = d, 0
                if d == best:
                    if count == tied.shape[0]:
                        tied = np.append(tied, tied)
                    tied[count] = m
                    count += 1
        if choice is None:
            total = 0
            for m in tied[:count]:
                total += gain(labels[i], labels[m])
            out[i] = total / count
        else:
            out[i] = chosen_value(tied[:count], labels, i, choice, number)
