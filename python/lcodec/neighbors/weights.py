"""The canonical distance: squared Euclidean in float64, accumulated column by column.

``d = d + (t*t)*w_k`` with ``t = a[i, k] - a[m, k]``. Scaling is a weight inside the distance and
never a rescaled copy of the data, so that it cannot break exact ties. There is no square root (it
merges distinct distances), no expansion of the norm and no fused multiply-add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.compiling import kernel
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
        spread, (least, most) = backend.spread(columns), backend.sizes(columns)
        if standardize == "none":
            weights = np.ones(len(columns))
        elif standardize == "range":
            weights = 1.0 / (spread * spread)
        else:
            weights = 1.0 / backend.variance(columns)
    weights = weights if own is None else np.where(np.isnan(own), weights, own)
    weights[spread == 0] = 0.0
    good, nearly, near = np.empty((3, len(columns)), dtype=np.bool_)
    bound = _judge(spread, least, most, weights, reach, alone, good, nearly, near)
    require_scale(good, name, names)
    checks.warn_nearly_constant_columns(np.flatnonzero(nearly).tolist(), name, names)
    tiny = [k for k in np.flatnonzero(near).tolist() if _has_tiny_step(columns, k, weights[k])]
    checks.warn_tiny_differences(tiny, name, names)
    return weights, bound


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


@kernel
def _judge(spread, least, most, weights, reach, alone, good, nearly, near):  # type: ignore[no-untyped-def]
    """Write which columns have a good scale, vary by rounding, and may have tiny differences.

    Two doubles that differ do so by more than 2^-53 of the smaller one, or of the other beside 0.
    So the differences of most columns are no smaller than their least size above 0 says. Return the
    bound of distances.
    """
    bound = reach
    for k in range(spread.shape[0]):
        varies, square = spread[k] > 0, spread[k] * spread[k]
        bound = (reach if alone else bound) + square * weights[k]
        good[k] = np.isfinite(bound) and not (_vanishes(spread[k], weights[k]) and varies)
        nearly[k] = varies and spread[k] <= ROUNDING * most[k]
        near[k] = varies and _vanishes(least[k] * 2.0**-53, weights[k])
    return bound


@kernel
def _vanishes(step, weight):  # type: ignore[no-untyped-def]
    """Return whether the square of a difference is no normal double."""
    square = step * step
    return min(square, square * weight) < TINY


def _has_tiny_step(columns: FloatArray, column: int, weight: float) -> bool:
    """Return whether two different values of a column have such a difference."""
    steps = np.diff(np.sort(backend_of(columns).column(columns, column)))
    return bool(_vanishes(steps[steps > 0].min(), weight))
