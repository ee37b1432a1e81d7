"""Nearest rows in many columns: a matrix product shortlists, the canonical distance decides.

With centred and scaled columns a, ``|a_i|^2 + |a_m|^2 - 2 a_i.a_m`` is the distance up to rounding.
Its error, and that of the canonical distance, are below ``E = 8 (q + 16) u (|a_i|^2 + |a_m|^2)``,
u = 2^-53: a product or a sum of q terms, added in any order, is off by at most q u / (1 - q u) of
the sum of its terms' sizes (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1);
|a_i.a_m| and half the distance are at most |a_i|^2 + |a_m|^2; the rounding of a itself changes the
distance by less than 64 u (|a_i|^2 + |a_m|^2). A row is nearest only if its value less E is not
above the smallest value plus E of any row; these rows are measured canonically.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.ties import AVERAGE, Choice, chosen_value

_TILE = 2**22  # products held at once
_TINY = 2.0**-1022  # below, numbers lose relative precision; no error bound is smaller than this


def fill(
    out: FloatArray, labels: IntArray, columns: FloatArray, weights: FloatArray, choice: Choice
) -> None:
    """Write the value (n,) of every row over its nearest rows in `columns` (q, n)."""
    q, n = columns.shape
    center = (columns / n).sum(axis=1, keepdims=True)  # any one will do; this cannot overflow
    scaled = (columns - center) * np.sqrt(weights)[:, np.newaxis]
    rows, scaled_rows = np.ascontiguousarray(columns.T), np.ascontiguousarray(scaled.T)
    squares = np.einsum("ik,ik->i", scaled_rows, scaled_rows)
    relative = 8.0 * (q + 16) * 2.0**-53
    tile = max(1, _TILE // n)
    for first in range(0, n, tile):
        products = scaled_rows[first : first + tile] @ scaled
        _decide(out, labels, rows, weights, products, squares, first, relative, choice)


@kernel
def _distance(rows, weights, i, m):
    d = 0.0
    for k in range(weights.shape[0]):
        t = rows[i, k] - rows[m, k]
        d = d + (t * t) * weights[k]
    return d


@ThreadedKernel
def _decide(out, labels, rows, weights, products, squares, first, relative, choice):
    n = rows.shape[0]
    for at in prange(products.shape[0]):
        i = first + np.int64(at)
        product = products[at]
        ceiling = np.inf
        for m in range(n):
            size = squares[i] + squares[m]
            above = (size - 2.0 * product[m]) + (relative * size + _TINY)
            product[m] = above - 2.0 * (relative * size + _TINY)
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
        if choice.rule == AVERAGE:
            total = 0
            for m in tied[:count]:
                total += min(labels[i], labels[m])
            out[i] = total / count
        else:
            out[i] = chosen_value(tied[:count], labels, i, choice, 0)
