"""The canonical distance: squared Euclidean in float64, accumulated column by column.

``d = d + (t*t)*w_k`` with ``t = a[i, k] - a[m, k]``. Scaling is a weight inside the distance and
never a rescaled copy of the data, so that it cannot break exact ties. There is no square root (it
merges distinct distances), no expansion of the norm and no fused multiply-add.
"""

from __future__ import annotations

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray

SCALINGS = ("none", "std", "range")
_BLOCK = 2**20  # values looked at once


def column_weights(
    columns: FloatArray, standardize: str, name: str, *, reach: float = 0.0
) -> tuple[FloatArray, float]:
    """Return the weights (p,) of `columns` (p, n), and a bound of any distance in them.

    ``"none"``: 1; ``"std"``: 1/variance (ddof 1); ``"range"``: 1/(max - min)^2. A constant column
    adds nothing to any distance; its weight is 0. `reach` is the bound of columns that come before
    these. No distance may overflow, nor a column that varies vanish from it.
    """
    weights, largest, varies = (np.empty(len(columns)) for _ in range(3))
    block = max(1, _BLOCK // columns.shape[1])
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        for first in range(0, len(columns), block):
            some = slice(first, first + block)
            weights[some], largest[some], varies[some] = _weights(columns[some], standardize)
        bounds = np.cumsum(np.append(reach, largest))
    bad = ~np.isfinite(bounds[1:]) | ((largest == 0) & (varies > 0))
    if bad.any():
        checks.fail_scale(name, int(np.argmax(bad)))
    return weights, float(bounds[-1])


def _weights(columns: FloatArray, standardize: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weights, largest distances and spreads of some columns."""
    spread = columns.max(axis=1) - columns.min(axis=1)
    square = spread * spread
    if standardize == "none":
        weights = np.ones(len(columns))
    elif standardize == "range":
        weights = 1.0 / square
    else:
        weights = 1.0 / variance(columns)
    weights = np.where(spread == 0, 0.0, weights)
    return weights, square * weights, spread


def variance(columns: FloatArray) -> FloatArray:
    """Sample variance of each of `columns` (p, n) by plain left-to-right sums, as in MATLAB."""
    n = columns.shape[1]
    mean = left_to_right_sum(columns) / n
    deviation = columns - mean[:, np.newaxis]
    deviation *= deviation
    value: FloatArray = left_to_right_sum(deviation) / (n - 1)
    return value


def left_to_right_sum(rows: FloatArray) -> FloatArray:
    """Sum along the last axis in order; NumPy's own `sum` adds in pairs."""
    total: FloatArray = np.cumsum(rows, axis=-1)[..., -1]
    return total
