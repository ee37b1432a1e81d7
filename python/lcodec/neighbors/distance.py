"""The canonical distance: squared Euclidean in float64, accumulated column by column.

``d = d + (t*t)*w_k`` with ``t = a[i, k] - a[m, k]``. Scaling is a weight inside the distance and
never a rescaled copy of the data, so that it cannot break exact ties. There is no square root (it
merges distinct distances), no expansion of the norm and no fused multiply-add.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray

SCALINGS = ("none", "std", "range")


def column_weights(
    columns: Any, standardize: str, name: str, *, reach: float = 0.0
) -> tuple[FloatArray, float]:
    """Return the weights (p,) of `columns` (p, n), and a bound of any distance in them.

    ``"none"``: 1; ``"std"``: 1/variance (ddof 1); ``"range"``: 1/(max - min)^2. A constant column
    adds nothing to any distance; its weight is 0. `reach` is the bound of columns that come before
    these. No distance may overflow, nor a column that varies vanish from it.
    """
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        differences = spread(columns)
        square = differences * differences
        if standardize == "none":
            weights = np.ones(len(columns))
        elif standardize == "range":
            weights = 1.0 / square
        else:
            weights = 1.0 / variance(columns)
        weights = np.where(differences == 0, 0.0, weights)
        largest = square * weights
        bounds = np.cumsum(np.append(reach, largest))
    bad = ~np.isfinite(bounds[1:]) | ((largest == 0) & (differences > 0))
    if bad.any():
        checks.fail_scale(name, int(np.argmax(bad)))
    return weights, float(bounds[-1])


def spread(columns: Any) -> FloatArray:
    """Largest less smallest value of each of `columns` (p, n); columns elsewhere answer so."""
    if not isinstance(columns, np.ndarray):
        elsewhere: FloatArray = columns.spread()
        return elsewhere
    with np.errstate(over="ignore", invalid="ignore"):
        value: FloatArray = columns.max(axis=1) - columns.min(axis=1)
    return value


def variance(columns: Any) -> FloatArray:
    """Sample variance of each of `columns` (p, n) by plain left-to-right sums, as in MATLAB."""
    if not isinstance(columns, np.ndarray):
        elsewhere: FloatArray = columns.variance()
        return elsewhere
    n = columns.shape[1]
    mean = left_to_right_sum(columns) / n
    deviation = columns - mean[:, np.newaxis]
    value: FloatArray = left_to_right_sum(deviation * deviation) / (n - 1)
    return value


def left_to_right_sum(rows: FloatArray) -> FloatArray:
    """Sum along the last axis in order; NumPy's own `sum` adds in pairs."""
    total: FloatArray = np.cumsum(rows, axis=-1)[..., -1]
    return total
