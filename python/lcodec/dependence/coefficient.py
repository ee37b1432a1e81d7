"""The coefficient T: its definition, on labels of the response and values of nearest rows.

Azadkia & Chatterjee (2021), "A simple measure of conditional dependence", Annals of Statistics
49(6):3070-3102, https://arxiv.org/abs/1910.12327, equations (2.4) and (2.5). For classes, Huang,
Deb & Sen (2022), "Kernel partial correlation coefficient", JMLR 23(216), with the kernel that is 1
for equal classes and 0 for others, https://arxiv.org/abs/2012.14804.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors import (
    CLASSES,
    Labels,
    Ties,
    backend_of,
    is_class,
    own_values,
    sum_over_rows,
)


class Response(NamedTuple):
    """Integer labels of y and the sums that T needs: all that it ever sees of y.

    Labels are ranks R_i = #{j : y_j <= y_i}, or numbers of classes; see `lcodec.neighbors.gains`.
    Ties in y are counted, never ordered: equal values have equal ranks.
    """

    labels: Labels  # (n,)
    # T(Y, Z) = (factor * sum of values - sum_square) / sum_spread
    factor: int  # n for ranks, n - 1 for classes
    sum_square: float  # sum L_i^2 with L_i = #{j : y_j >= y_i}; for classes sum n_k (n_k - 1)
    sum_spread: float  # sum L_i (n - L_i); n (n - 1) less the above; 0 just when y is constant

    @classmethod
    def of(cls, y: FloatArray, response: str | None = None) -> Response:
        """Rank the values of y, or with `response` "nominal" number its classes."""
        n = len(y)
        below, at_most = backend_of(y).ranks(y)
        # int64 sums are exact up to n = 2^21 - 1, which `checks` enforces
        if response == "nominal":
            equal = int(np.sum(at_most - below - 1))  # other rows of the same class
            number = np.unique(at_most, return_inverse=True)[1]
            return cls(number.astype(CLASSES), n - 1, float(equal), float(n * (n - 1) - equal))
        at_least = n - below
        square, spread = at_least @ at_least, at_least @ below
        return cls(at_most, n, float(square), float(spread))

    @property
    def at_most(self) -> IntArray:
        """Return the ranks of a response that has an order."""
        return self.labels  # type: ignore[return-value]

    @property
    def is_nominal(self) -> bool:
        """Whether y has classes instead of an order."""
        return is_class(self.labels)

    @property
    def is_constant(self) -> bool:
        """Whether y has a single value, so that every coefficient is 0/0."""
        return self.sum_spread == 0


def unconditional(total: FloatArray, response: Response) -> FloatArray:
    """T(Y, Z) from the sum over rows i of the values of M(i), nearest to i in z; elementwise.

    The value of a pair of rows is min(R_i, R_m); of classes, 1 where they are equal, else 0.
    """
    value: FloatArray = (response.factor * total - response.sum_square) / response.sum_spread
    return value


def share(sums: FloatArray | float, response: Response) -> FloatArray:
    """Return n times sums of differences over the denominator of T(Y, .), elementwise."""
    value: FloatArray = len(response.labels) * np.asarray(sums) / response.sum_spread
    return value


def conditional(gained: FloatArray, remaining: FloatArray | float) -> FloatArray:
    """T(Y, Z | X) from two sums over rows, elementwise; NaN where x determines y, which is 0/0.

    `gained` is the sum of the values of M(i), nearest to row i in (x, z), less those of N(i),
    nearest in x; `remaining` is the sum of the values of the rows with themselves less N's.
    """
    value = np.full(np.shape(gained), np.nan)
    np.divide(gained, remaining, out=value, where=remaining != 0)
    return value


def coefficient_of(
    response: Response,
    z_columns: FloatArray,
    x_columns: FloatArray,
    weights: FloatArray,
    ties: Ties,
    seed: int,
    n_neighbors: int = 1,
) -> float:
    """T(Y, Z | X), or T(Y, Z) without columns in x; a warning says why it is NaN."""
    value = coefficient(response, z_columns, x_columns, weights, ties, seed, n_neighbors)
    if response.is_constant:
        checks.warn_constant_response()
    elif math.isnan(value):
        checks.warn_determined_response("x")
    return value


def coefficient(
    response: Response,
    z_columns: FloatArray,
    x_columns: FloatArray,
    weights: FloatArray,
    ties: Ties,
    seed: int,
    n_neighbors: int = 1,
) -> float:
    """T of `coefficient_of` without a word; `weights` are those of x, then of z."""
    if response.is_constant:
        return math.nan
    backend = backend_of(z_columns)

    def nearest(columns: FloatArray, weights: FloatArray, step: int) -> FloatArray:
        return backend.nearest_values(
            columns, weights, response.labels, ties=ties, seed=seed, step=step,
            n_neighbors=n_neighbors,
        )  # fmt: skip

    with_z = nearest(backend.join(x_columns, z_columns), weights, 1)
    if len(x_columns) == 0:
        return float(unconditional(sum_over_rows(with_z), response))
    without_z = nearest(x_columns, weights[: len(x_columns)], 0)
    value = conditional(
        sum_over_rows(with_z - without_z), sum_over_rows(own_values(response.labels) - without_z)
    )
    return float(value)
