"""The canonical distance: squared Euclidean in float64, accumulated column by column.

``d = d + (t*t)*w_k`` with ``t = a[i, k] - a[m, k]``. Scaling is a weight inside the distance and
never a rescaled copy of the data, so that it cannot break exact ties. There is no square root (it
merges distinct distances), no expansion of the norm and no fused multiply-add.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.neighbors.dispatch import backend_of

Scaling = Literal["none", "std", "range"]

SCALINGS: tuple[Scaling, ...] = get_args(Scaling)


def column_weights(
    columns: FloatArray, standardize: Scaling, name: str, *, reach: float = 0.0
) -> tuple[FloatArray, float]:
    """Return the weights (p,) of `columns` (p, n), and a bound of any distance in them.

    ``"none"``: 1; ``"std"``: 1/variance (ddof 1); ``"range"``: 1/(max - min)^2. A constant column
    adds nothing to any distance; its weight is 0. `reach` is the bound of columns that come before
    these. No distance may overflow, nor a column that varies vanish from it.
    """
    backend = backend_of(columns)
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        spread = backend.spread(columns)
        square = spread * spread
        if standardize == "none":
            weights = np.ones(len(columns))
        elif standardize == "range":
            weights = 1.0 / square
        else:
            weights = 1.0 / backend.variance(columns)
        weights = np.where(spread == 0, 0.0, weights)
        largest = square * weights
        bounds = np.cumsum(np.append(reach, largest))
    bad = ~np.isfinite(bounds[1:]) | ((largest == 0) & (spread > 0))
    if bad.any():
        checks.fail_scale(name, int(np.argmax(bad)))
    return weights, float(bounds[-1])
