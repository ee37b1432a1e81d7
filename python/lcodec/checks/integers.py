"""Whole numbers that doubles cannot tell apart: refused, or replaced by their ranks.

From 2^53 on, doubles are further apart than whole numbers. Ids, hashes and times in nanoseconds are
such numbers; rounded, different ones become equal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import arrays
from lcodec.checks.errors import fail

EXACT = 2.0**53  # doubles hold every whole number up to here
_WIDE = {"int64": 2.0**63, "uint64": 2.0**64}  # types with larger ones, and the first beyond


def to_doubles(array: Any, name: str, ordinal: bool) -> Any:
    """Return an array of NumPy, CuPy or torch as float64.

    64-bit integers that would be rounded are refused; where only their order counts (`ordinal`),
    all are replaced by their ranks 0, 1, ...
    """
    xp = arrays.namespace(array)
    doubles = array.double() if xp.__name__ == "torch" else array.astype(np.float64, copy=False)
    dtype = str(array.dtype).rsplit(".", 1)[-1]
    if dtype not in _WIDE:
        return doubles
    large = abs(doubles) >= EXACT
    if not bool(large.any()):
        return doubles
    # back in integers; where that overflows the number was rounded up
    fits = doubles < _WIDE[dtype]
    kept = xp.where(fits, doubles, xp.zeros_like(doubles))
    back = kept.to(array.dtype) if xp.__name__ == "torch" else kept.astype(array.dtype)
    rounded = ~fits | (back != array)
    return _settle(doubles, rounded, name, ordinal, lambda: _ranks(xp, array))


def from_objects(values: NDArray[Any], doubles: NDArray[Any], name: str, ordinal: bool) -> Any:
    """Return `doubles`, made of Python objects, unless that rounded a large number."""
    rounded = np.zeros(doubles.shape, dtype=bool)
    for at in zip(*np.nonzero((np.abs(doubles) >= EXACT) & np.isfinite(doubles)), strict=True):
        item: Any = values[at]
        rounded[at] = bool(item != float(doubles[at]))

    def ranks() -> NDArray[np.float64]:
        missing = np.isnan(doubles)
        rank = {item: float(at) for at, item in enumerate(sorted(set(values[~missing].tolist())))}
        out = doubles.copy()
        out[~missing] = [rank[item] for item in values[~missing].tolist()]
        return out

    return _settle(doubles, rounded, name, ordinal, ranks)


def mixed(value: Any, array: NDArray[Any]) -> NDArray[Any] | None:
    """Return the numbers of a list or a table as objects where NumPy may have rounded integers.

    It does so where they stand beside fractions, or beside each other with and without a sign.
    """
    if array.dtype.kind != "f" or isinstance(value, np.ndarray) or array.size == 0:
        return None
    if not (np.abs(array) >= EXACT).any():  # NaN is not large
        return None
    if any(str(dtype).lower() in _WIDE for dtype in np.atleast_1d(getattr(value, "dtypes", ""))):
        rows = value.rows() if hasattr(value, "rows") else value.astype(object).to_numpy()
    elif isinstance(value, (list, tuple)):
        rows = value
    else:
        return None
    objects = np.array(rows, dtype=object)
    return objects if objects.shape == array.shape else None


def _settle(doubles: Any, rounded: Any, name: str, ordinal: bool, ranks: Callable[[], Any]) -> Any:
    count = int(rounded.sum())
    if count == 0:
        return doubles
    if ordinal:
        return ranks()
    numbers_ = "number" if count == 1 else "numbers"
    fail(
        "bigInteger",
        f"`{name}` must hold whole numbers that double precision can hold, all up to 2^53, got "
        f"{count} {numbers_} that it rounds; subtract the smallest one from each column before",
    )


def _ranks(xp: Any, array: Any) -> Any:
    ranks = xp.unique(array, return_inverse=True)[1].reshape(array.shape)
    return ranks.double() if xp.__name__ == "torch" else ranks.astype(np.float64)
