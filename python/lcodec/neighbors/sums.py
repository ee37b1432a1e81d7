"""Sums whose bits do not depend on the order of their terms.

For n < 2^k numbers below 2^e in size, let c be 1.5 * 2^(e+k-1). Then ``(x + c) - c`` is x rounded
to a multiple of 2^(e+k-53), and a sum of n such numbers is exact, below 2^53 of these units. What
the rounding left is at most 2^(e+k-54) in size, and is rounded and added in the same way. The two
sums are added at last. What is lost of each number is below 2^(e+2k-107); nothing is lost of means
over tie sets, up to n = 2^18.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lcodec.checks import FloatArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.resources import threads_for


def shifts(bound: Any, n: int) -> tuple[Any, Any]:
    """Return the c of both parts for n numbers of at most `bound` in size, elementwise."""
    exponent, k = np.frexp(bound)[1], math.frexp(n)[1]
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(1.5, exponent + (k - 1)), np.ldexp(1.5, exponent + (2 * k - 55))


def sum_over_rows(values: FloatArray, less: FloatArray | None = None) -> FloatArray:
    """Sum along the last axis numbers of at most its length in size, as means of ranks are.

    They are `values`, or what is left of them less those of `less`, of the same shape.
    """
    n = values.shape[-1]
    values = np.ascontiguousarray(values, dtype=np.float64)
    if values.ndim == 1:  # not worth threads
        return np.asarray(add_row(values, np.zeros(n) if less is None else less))
    less = None if less is None else less.reshape(-1, n)
    return add_rows(values.reshape(-1, n), less).reshape(values.shape[:-1])


def sum_in_any_order(values: FloatArray) -> float:
    """Sum numbers (n,) of any size."""
    above, below = shifts(np.abs(values).max(), len(values))
    first = (values + above) - above
    rest = ((values - first) + below) - below
    return float(first.sum() + rest.sum())


def add_rows(values: FloatArray, less: FloatArray | None = None) -> FloatArray:
    """Return the sum of each row of `values` (k, n) less `less` (k or 1, n), as `sum_over_rows`."""
    less = np.zeros((1, values.shape[1])) if less is None else less
    out = np.empty(len(values))
    with threads_for(values.size):
        _add_rows(len(values), values, less, out)
    return out


def variance(columns: FloatArray) -> FloatArray:
    """Sample variance of each of `columns` (p, n); NaN or infinite where doubles cannot hold it."""
    out = np.empty(len(columns))
    with threads_for(4 * columns.size):
        _variances(len(columns), columns, out)
    return out


def left_to_right_sum(rows: FloatArray) -> FloatArray:
    """Sum along the last axis in its order; NumPy's own `sum` adds in pairs."""
    total: FloatArray = np.cumsum(rows, axis=-1)[..., -1]
    return total


@kernel
def _shifts(bound, k):
    if not bound < np.inf:
        return np.nan, np.nan
    exponent = math.frexp(bound)[1]
    return math.ldexp(1.5, exponent + k - 1), math.ldexp(1.5, exponent + 2 * k - 55)


@kernel(forceinline=True)
def _added(value, above, below, high, low):
    """Return the sums of both parts with one more number."""
    first = (value + above) - above
    return high + first, low + (((value - first) + below) - below)


@kernel
def add_row(values, less):
    """Return the sum of `values` (n,) less `less` (n,), as `sum_over_rows`."""
    n, high, low = values.shape[0], 0.0, 0.0
    above, below = _shifts(float(n), math.frexp(float(n))[1])
    for i in range(n):
        high, low = _added(values[i] - less[i], above, below, high, low)
    return high + low


@ThreadedKernel
def _add_rows(start, stop, values, less, out):
    for c in range(start, stop):
        out[c] = add_row(values[c], less[min(c, less.shape[0] - 1)])


@ThreadedKernel
def _variances(start, stop, columns, out):
    n = columns.shape[1]
    k = math.frexp(float(n))[1]
    for c in range(start, stop):
        column, largest = columns[c], 0.0
        for x in column:
            largest = max(largest, abs(x))
        above, below = _shifts(largest, k)
        high, low = 0.0, 0.0
        for x in column:
            high, low = _added(x, above, below, high, low)
        mean, largest = (high + low) / n, 0.0
        for x in column:
            largest = max(largest, abs(x - mean))
        above, below = _shifts(largest * largest, k)
        high, low = 0.0, 0.0
        for x in column:
            deviation = x - mean
            high, low = _added(deviation * deviation, above, below, high, low)
        out[c] = (high + low) / (n - 1)
