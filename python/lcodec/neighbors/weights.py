"""The canonical distance: squared Euclidean in float64, accumulated column by column.

``d = d + (t*t)*w_k`` with ``t = a[i, k] - a[m, k]``. Scaling is a weight inside the distance and
never a rescaled copy of the data, so that it cannot break exact ties. There is no square root (it
merges distinct distances), no expansion of the norm and no fused multiply-add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.neighbors.dispatch import backend_of

Scaling = Literal["none", "std", "range"]

SCALINGS: tuple[Scaling, ...] = get_args(Scaling)
TINY = 2.0**-1022  # the smallest normal double: below, numbers lose digits
ROUNDING = 2.0**-48  # sixteen units in the last place, which hardly a measurement varies by


def column_weights(
    columns: FloatArray, standardize: Scaling, name: str, *, reach: float = 0.0,
    names: Sequence[str] = (), alone: bool = False, own: FloatArray | None = None,
) -> tuple[FloatArray, float]:  # fmt: skip
    """Return the weights (p,) of `columns` (p, n), and a bound of any distance in them.

    ``"none"``: 1; ``"std"``: 1/variance (ddof 1); ``"range"``: 1/(max - min)^2. A constant column
    adds nothing to any distance; its weight is 0. `reach` is the bound of columns that come before
    these. No distance may overflow, nor a column that varies vanish from it. Warnings tell of
    differences that vanish, and of columns that vary by rounding alone. Columns may have `names`,
    and some an `own` weight, where that is not NaN. Where `alone`, no two are in one distance.
    """
    if not len(columns):
        return np.empty(0), reach
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
        weights = weights if own is None else np.where(np.isnan(own), weights, own)
        weights = np.where(spread == 0, 0.0, weights)
        largest = square * weights
        bounds = np.cumsum(np.append(reach, largest))
        if alone:
            bounds[1:] = reach + largest
        bad = ~np.isfinite(bounds[1:]) | ((np.minimum(square, largest) < TINY) & (spread > 0))
    require_scale(~bad, name, names)
    least, most = backend.sizes(columns)
    nearly = np.flatnonzero((spread > 0) & (spread <= ROUNDING * most))
    checks.warn_nearly_constant_columns(nearly.tolist(), name, names)
    checks.warn_tiny_differences(_tiny(columns, spread, least, weights), name, names)
    return weights, float(bounds[-1])


def require_scale(good: NDArray[np.bool_], name: str, names: Sequence[str] = ()) -> None:
    """Refuse columns of which one is not good."""
    if not good.all():
        column = int(np.argmin(good))
        which = f"`{names[column]}`" if names else f"number {column + 1}, counting from 1"
        checks.fail(
            "badScale",
            f"`{name}` must have squared differences and variances that double precision can hold, "
            f"got a column ({which}) that does not; rescale it",
        )


def _tiny(
    columns: FloatArray, spread: FloatArray, least: FloatArray, weights: FloatArray
) -> list[int]:
    """Return the columns with differences whose squares are not normal doubles.

    Two doubles that differ do so by more than 2^-53 of the smaller one, or of the other beside 0.
    So most columns need no more than their `least` size above 0; the others are sorted.
    """

    def vanishes(step: Any, weight: Any) -> Any:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            square = step * step
            return np.minimum(square, square * weight) < TINY

    tiny = []
    for column in np.flatnonzero(vanishes(least * 2.0**-53, weights) & (spread > 0)).tolist():
        steps = np.diff(np.sort(backend_of(columns).column(columns, column)))
        if vanishes(steps[steps > 0].min(), weights[column]):
            tiny.append(column)
    return tiny
