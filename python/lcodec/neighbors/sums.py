"""Sums along rows from left to right; NumPy's own `sum` adds in pairs."""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.checks import FloatArray
from lcodec.compiling import ThreadedKernel

_BLOCK = 2**20  # values summed at once


def variance(columns: FloatArray) -> FloatArray:
    """Sample variance of each of `columns` (p, n) by plain left-to-right sums, as in MATLAB."""
    p, n = columns.shape
    values, block = np.empty(p), max(1, _BLOCK // n)
    for first in range(0, p, block):  # so that memory stays small
        some = columns[first : first + block]
        deviation = some - (left_to_right_sum(some) / n)[:, np.newaxis]
        deviation *= deviation
        values[first : first + block] = left_to_right_sum(deviation) / (n - 1)
    return values


def left_to_right_sum(rows: FloatArray) -> FloatArray:
    """Sum along the last axis in order; NumPy's own `sum` adds in pairs."""
    total: FloatArray = np.cumsum(rows, axis=-1)[..., -1]
    return total


@ThreadedKernel
def add_in_order(values, less, out):
    """Write the sum of each row of `values` less `less`."""
    for c in prange(values.shape[0]):
        total = values[c, 0] - less[0]
        for i in range(1, values.shape[1]):
            total += values[c, i] - less[i]
        out[c] = total
