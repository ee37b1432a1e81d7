"""T of a response of several columns: the coefficients of its columns, each given those before it.

Ansari & Fuchs, "A direct extension of Azadkia & Chatterjee's rank correlation to multi-response
vectors", https://arxiv.org/abs/2212.01621. With T(Y_i | A) the coefficient T(Y_i, A) of one column,
and T(Y_1 | nothing) = 0, theirs is

    T(Y | X) = 1 - [q - sum_i T(Y_i | X, Y_1..Y_{i-1})] / [q - sum_i T(Y_i | Y_1..Y_{i-1})]

and T(Y, Z | X) = (T(Y | X, Z) - T(Y | X)) / (1 - T(Y | X)). Both are one fraction. Let A_i be the
columns Y_1..Y_{i-1}, then those of x, and D_i the denominator of T(Y_i, .). The numerator is the
sum over i of n sum_r (min(R_r, R_M(r)) - min(R_r, R_N(r))) / D_i, with ranks R of Y_i, M nearest in
(A_i, z) and N in A_i; the denominator that of n sum_r (R_r - min(R_r, R_N(r))) / D_i. Where A_i
has no columns, the first is T(Y_1, z), the second 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.dependence.arguments import sample_weights
from lcodec.dependence.coefficient import Response, share, unconditional
from lcodec.neighbors import (
    Scaling,
    Ties,
    backend_of,
    column_weights,
    left_to_right_sum,
    sum_over_rows,
)


def constant_columns(responses: Sequence[Response]) -> list[int]:
    """Return which columns of the response have one value."""
    return [k for k, response in enumerate(responses) if response.is_constant]


def vector_coefficient(
    y: FloatArray,
    z_columns: FloatArray,
    x_columns: FloatArray,
    standardize: Scaling,
    ties: Ties,
    seed: int,
    n_neighbors: int = 1,
) -> float:
    """T(Y, Z | X), or T(Y, Z) without columns in x, of y (n, q), q > 1."""
    backend = backend_of(z_columns)
    y_columns = backend.columns_of(y[:, :-1])  # the last one is in no distance
    y_weights, reach = column_weights(y_columns, standardize, "y")
    weights = sample_weights(z_columns, x_columns, standardize, reach=reach)
    responses = [Response.of(column) for column in y.T]
    constant = constant_columns(responses)
    if constant:
        checks.warn_constant_response(constant)
        return math.nan

    def nearest_ranks(
        response: Response, columns: FloatArray, weights: FloatArray, step: int
    ) -> FloatArray:
        return backend.nearest_values(
            columns, weights, response.labels, ties=ties, seed=seed, step=step,
            n_neighbors=n_neighbors,
        )  # fmt: skip

    gained, left = np.empty(len(responses)), np.ones(len(responses))
    for i, response in enumerate(responses):
        base = backend.join(y_columns[:i], x_columns)
        of_base = np.append(y_weights[:i], weights[: len(x_columns)])
        of_all = np.append(of_base, weights[len(x_columns) :])

        with_z = nearest_ranks(response, backend.join(base, z_columns), of_all, 1)
        if len(base) == 0:
            gained[i] = unconditional(sum_over_rows(with_z), response)
        else:
            without_z = nearest_ranks(response, base, of_base, 0)
            gained[i] = share(sum_over_rows(with_z - without_z), response)
            left[i] = share(sum_over_rows(response.labels - without_z), response)
    total = float(left_to_right_sum(left))
    if total == 0:
        checks.warn_determined_response("x")
        return math.nan
    return float(left_to_right_sum(gained)) / total
