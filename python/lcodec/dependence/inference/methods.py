"""The methods of the tests, and which of them fits the data."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray

Method = Literal["permutation", "asymptotic", "local_permutation"]

METHODS: tuple[Method, ...] = get_args(Method)

# n Var T(Y, Z) under independence, continuous Y and Z in one dimension: 2/5 + (2/5) q + (4/5) o,
# q = 2/3 the chance that a nearest neighbour is mutual, o = 1/2 the mean number of other rows
# with the same nearest neighbour (Shi, Drton & Han)
NULL_VARIANCE = 16.0 / 15.0


def method_of(method: Method | None, y: FloatArray, z: FloatArray, x: FloatArray) -> Method:
    """Choose the method, or refuse one that does not fit the data."""
    with_x = len(x) > 0
    if method is None:
        return "local_permutation" if with_x else "permutation"
    if method == "permutation" and with_x:
        checks.fail(
            "optionValue", "`method` 'permutation' needs no `x`; with `x` use 'local_permutation'"
        )
    if method == "local_permutation" and not with_x:
        checks.fail(
            "optionValue", "`method` 'local_permutation' needs `x`; without `x` use 'permutation'"
        )
    if method == "asymptotic":
        got = ""
        if with_x:
            got = "`x`"
        elif len(z) > 1:
            got = f"{len(z)} columns of `z`"
        elif len(np.unique(y)) < len(y):
            got = "repeated values in `y`"
        elif len(np.unique(z)) < len(y):
            got = "repeated values in `z`"
        if got:
            checks.fail(
                "optionValue",
                "`method` 'asymptotic' needs `z` of one column, no `x`, "
                f"and no repeated values in `y` or `z`, got {got}",
            )
    return method
