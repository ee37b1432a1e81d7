"""The coefficient T: its definition, on ranks of the response and values of nearest rows.

Azadkia & Chatterjee (2021), "A simple measure of conditional dependence", Annals of Statistics
49(6):3070-3102, https://arxiv.org/abs/1910.12327, equations (2.4) and (2.5).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors import Ties, backend_of, sum_over_rows


class Response(NamedTuple):
    """Integer ranks of y and the sums that T needs: all that it ever sees of y.

    Ties in y are counted, never ordered: equal values have equal ranks.
    """

    at_most: IntArray  # R_i = #{j : y_j <= y_i}, shape (n,)
    sum_square: float  # sum L_i^2 with L_i = #{j : y_j >= y_i}
    sum_spread: float  # sum L_i (n - L_i); 0 exactly when y is constant

    @classmethod
    def of(cls, y: FloatArray) -> Response:
        """Rank the values of y."""
        n = len(y)
        below, at_most = backend_of(y).ranks(y)
        at_least = n - below
        # int64 sums are exact up to n = 2^21 - 1, which `checks` enforces
        return cls(at_most, float(np.sum(at_least**2)), float(np.sum(at_least * (n - at_least))))

    @property
    def is_constant(self) -> bool:
        """Whether y has a single value, so that every coefficient is 0/0."""
        return self.sum_spread == 0


def unconditional(sum_min: FloatArray, response: Response) -> FloatArray:
    """T(Y, Z) from sum_i min(R_i, R_M(i)), M(i) the row nearest to row i in z; elementwise."""
    n = len(response.at_most)
    value: FloatArray = (n * sum_min - response.sum_square) / response.sum_spread
    return value


def share(sums: FloatArray | float, response: Response) -> FloatArray:
    """Return n times sums of differences over the denominator of T(Y, .), elementwise."""
    value: FloatArray = len(response.at_most) * np.asarray(sums) / response.sum_spread
    return value


def conditional(gained: FloatArray, remaining: FloatArray | float) -> FloatArray:
    """T(Y, Z | X) from two sums over rows, elementwise; NaN where x determines y, which is 0/0.

    `gained` is sum_i (min(R_i, R_M(i)) - min(R_i, R_N(i))) with M(i) nearest in (x, z) and N(i)
    nearest in x; `remaining` is sum_i (R_i - min(R_i, R_N(i))).
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

    def nearest_ranks(columns: FloatArray, weights: FloatArray, step: int) -> FloatArray:
        return backend.nearest_values(
            columns, weights, response.at_most, ties=ties, seed=seed, step=step,
            n_neighbors=n_neighbors,
        )  # fmt: skip

    with_z = nearest_ranks(backend.join(x_columns, z_columns), weights, 1)  # min(R_i, R_M(i))
    if len(x_columns) == 0:
        return float(unconditional(sum_over_rows(with_z), response))
    without_z = nearest_ranks(x_columns, weights[: len(x_columns)], 0)  # min(R_i, R_N(i))
    value = conditional(
        sum_over_rows(with_z - without_z), sum_over_rows(response.at_most - without_z)
    )
    return float(value)
