"""Sums along rows from left to right; NumPy's own `sum` adds in pairs."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray


def variance(columns: FloatArray) -> FloatArray:
    """Sample variance of each of `columns` (p, n) by plain left-to-right sums, as in MATLAB."""
    n = columns.shape[1]
    mean = left_to_right_sum(columns) / n
    deviation = columns - mean[:, np.newaxis]
    value: FloatArray = left_to_right_sum(deviation * deviation) / (n - 1)
    return value


def left_to_right_sum(rows: FloatArray) -> FloatArray:
    """Sum along the last axis in order; NumPy's own `sum` adds in pairs."""
    total: FloatArray = np.cumsum(rows, axis=-1)[..., -1]
    return total
