"""CODEC, the coefficient of conditional dependence.

Azadkia & Chatterjee (2021), "A simple measure of conditional dependence", Annals of Statistics
49(6):3070-3102, https://arxiv.org/abs/1910.12327; equation numbers below are theirs.
"""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.dependence.response import Response
from lcodec.neighbors import TIE_RULES, column_weights, tie_values
from lcodec.neighbors.distance import SCALINGS, left_to_right_sum

OPTIONS = ("ties", "standardize", "seed")


def codec(
    y: object,
    z: object,
    x: object = None,
    *,
    ties: str = "average",
    standardize: str | None = None,
    seed: int = 0,
    **unknown: NoReturn,
) -> float:
    r"""Coefficient of conditional dependence T(Y, Z | X), or T(Y, Z) without `x`.

    In the limit of many samples it is 0 exactly when y is independent of z (given x), and 1 exactly
    when y is a function of z (given x). It is not clipped: in a finite sample it can be negative.
    It does not change under increasing maps of y. It is not symmetric in y and z.

    Parameters
    ----------
    y : (n,) array_like
        Response, n >= 3 samples. Ties are handled exactly.
    z : (n,) or (n, q) array_like
        Variables whose additional effect on y is measured.
    x : (n,) or (n, p) array_like, optional
        Conditioning variables; None (default) or no columns for the unconditional coefficient.
    ties : {"average", "random", "first"}, default "average"
        What happens when a row has several nearest neighbours: the mean over all of them, one at
        random (the published estimator), or the one with the lowest row number.
    standardize : {None, "none", "std", "range"}, default None
        Divide each column of x and z by its standard deviation or by its range inside the distance.
    seed : int, default 0
        Seed of ``ties="random"``, in [0, 2^53).

    Returns
    -------
    float
        T, at most 1. NaN with a `LcodecWarning` where it is 0/0: ``lcodec:constantResponse`` for
        constant y, ``lcodec:determinedResponse`` when y is a function of x in the sample.

    Raises
    ------
    LcodecError
        For input of the wrong shape, size, type or scale, non-finite values and unknown options;
        ``error.id`` is the same as in MATLAB.

    Notes
    -----
    With :math:`R_i = \#\{j: y_j \le y_i\}`, :math:`L_i = \#\{j: y_j \ge y_i\}`, M(i) the nearest
    other row in (x, z) and N(i) in x,

    .. math::
        T(Y,Z) = \frac{\sum_i (n \min(R_i, R_{M(i)}) - L_i^2)}{\sum_i L_i (n - L_i)}, \quad
        T(Y,Z|X) = \frac{\sum_i (\min(R_i, R_{M(i)}) - \min(R_i, R_{N(i)}))}
                        {\sum_i (R_i - \min(R_i, R_{N(i)}))}.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021, equations (2.4) and (2.5) of the preprint arXiv:1910.12327.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, z = np.random.default_rng(0).random((2, 500))
    >>> y = (x + z) % 1
    >>> print(round(lcodec.codec(y, z), 3), round(lcodec.codec(y, z, x), 3))
    0.014 0.887
    """
    checks.no_unknown(unknown, OPTIONS)
    ties = checks.choice(ties, "ties", TIE_RULES)
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    y_values = checks.vector(y, "y")
    n = len(y_values)
    z_columns = np.ascontiguousarray(checks.matrix(z, "z", rows=n, like="y").T)
    if checks.is_absent(x):
        x_columns = np.empty((0, n))
    else:
        x_columns = np.ascontiguousarray(checks.matrix(x, "x", rows=n, like="y").T)
    x_weights, reach = column_weights(x_columns, standardize, "x")
    z_weights, _ = column_weights(z_columns, standardize, "z", reach=reach)

    response = Response.of(y_values)
    if response.is_constant:
        checks.warn_constant_response()
        return float("nan")

    def neighbour_ranks(columns: FloatArray, weights: FloatArray, step: int) -> FloatArray:
        values = tie_values(
            response.at_most, columns[:-1], weights[:-1], columns[-1:], weights[-1:],
            ties=ties, seed=seed, step=step,
        )  # fmt: skip
        only: FloatArray = values[0]
        return only

    columns, weights = np.concatenate((x_columns, z_columns)), np.append(x_weights, z_weights)
    with_z = neighbour_ranks(columns, weights, step=1)  # min(R_i, R_M(i))
    if len(x_columns) == 0:
        return unconditional(float(left_to_right_sum(with_z)), response)
    without_z = neighbour_ranks(x_columns, x_weights, step=0)  # min(R_i, R_N(i))
    remaining = left_to_right_sum(response.at_most - without_z)
    if remaining == 0:
        checks.warn_determined_response()
        return float("nan")
    return float(left_to_right_sum(with_z - without_z) / remaining)


def unconditional(sum_min: float, response: Response) -> float:
    """T(Y, Z) from sum_i min(R_i, R_M(i))."""
    return float((len(response.at_most) * sum_min - response.sum_square) / response.sum_spread)


def scaling(standardize: object) -> str:
    """Validate the option `standardize`; None is "none"."""
    if standardize is None:
        return "none"
    return checks.choice(standardize, "standardize", SCALINGS)
