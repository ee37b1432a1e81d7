"""CODEC, the coefficient of conditional dependence, and its randomised form LCODEC.

Azadkia & Chatterjee (2021), "A simple measure of conditional dependence", Annals of Statistics
49(6):3070-3102, https://arxiv.org/abs/1910.12327; equation numbers below are theirs.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.dependence.response import Response
from lcodec.neighbors import TIE_RULES, backend_of, column_weights
from lcodec.neighbors.sums import left_to_right_sum
from lcodec.neighbors.weights import SCALINGS
from lcodec.random.philox import CONDITION, FEATURES, RESPONSE
from lcodec.resources import jobs


def codec(
    y: object,
    z: object,
    x: object = None,
    *,
    ties: str = "average",
    standardize: str | None = None,
    seed: int = 0,
    missing: str = "refuse",
    n_jobs: int | None = None,
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
    missing : {"refuse", "drop"}, default "refuse"
        What to do with rows that have NaN: an error, or leave them out and say how many.
    n_jobs : int, optional
        Threads, counted as joblib does: -1 for every processor, -2 for all but one; None (default)
        for as many as Numba is set to. The result does not depend on it.

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
    checks.no_unknown(unknown, codec)
    ties = checks.choice(ties, "ties", TIE_RULES)
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    n_jobs = checks.jobs(n_jobs)
    y_values, z_columns, x_columns = read_sample(y, z, x, missing, device=True)
    weights = sample_weights(z_columns, x_columns, standardize)
    with jobs(n_jobs):
        return coefficient_of(Response.of(y_values), z_columns, x_columns, *weights, ties, seed)


def lcodec(
    y: object,
    z: object,
    x: object = None,
    *,
    sigma: float = 0.01,
    draws: int = 1,
    standardize: str | None = None,
    seed: int = 0,
    missing: str = "refuse",
    n_jobs: int | None = None,
    **unknown: NoReturn,
) -> float:
    """Randomised coefficient: T(Y, Z | X) after small Gaussian noise on y, z and x.

    The noise removes all ties. It is a pure function of seed, row, column and draw, the same in
    every language. Constant columns and a constant response stay constant.

    What it loses: for discrete y and small `sigma`, T_L(Y, Y) tends to 1 - sum p_k^2 (0.5 for a
    balanced bit), so it is no longer 1 for a function of z, and values of different responses
    cannot be compared. Noise on x that is not small breaks conditional independence.

    Parameters
    ----------
    y, z, x
        As in `codec`.
    sigma : float, default 0.01
        Standard deviation of the noise: absolute, or in units of each column's own standard
        deviation when `standardize` is not "none".
    draws : int, default 1
        Independent draws of the noise, whose coefficients are averaged.
    standardize, missing, n_jobs
        As in `codec`.
    seed : int, default 0
        Seed of the noise, in [0, 2^53).

    Returns
    -------
    float
        The mean of T over the draws; NaN with a warning for constant y.

    Raises
    ------
    LcodecError
        As `codec`, and for a negative or infinite `sigma`.

    References
    ----------
    .. [1] R. Mehta, S. Pal, V. Singh, S. N. Ravi, "Deep Unlearning via Randomized Conditionally
       Independent Hessians", CVPR 2022.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> bit = np.random.default_rng(0).integers(0, 2, 1000)
    >>> print(round(lcodec.codec(bit, bit), 2), round(lcodec.lcodec(bit, bit), 2))
    1.0 0.5
    """
    checks.no_unknown(unknown, lcodec)
    sigma = checks.nonnegative(sigma, "sigma")
    draws = checks.whole_number(draws, "draws", 1)
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    n_jobs = checks.jobs(n_jobs)
    y_values, z_columns, x_columns = read_sample(y, z, x, missing, device=True)
    if Response.of(y_values).is_constant:
        checks.warn_constant_response()
        return float("nan")
    parts = ((y_values[None], RESPONSE), (z_columns, FEATURES), (x_columns, CONDITION))
    scales = [noise_scale(columns, sigma, standardize) for columns, _ in parts]
    backend, values = backend_of(z_columns), np.empty(draws)
    with jobs(n_jobs):
        for draw in range(draws):
            noisy_y, noisy_z, noisy_x = (
                backend.jitter(columns, scale, draw=draw, purpose=purpose, seed=seed)
                for (columns, purpose), scale in zip(parts, scales, strict=True)
            )
            weights = sample_weights(noisy_z, noisy_x, standardize)
            response = Response.of(noisy_y[0])
            values[draw] = coefficient_of(response, noisy_z, noisy_x, *weights, "average", seed)
    return float(left_to_right_sum(values) / draws)


def read_sample(
    y: object, z: object, x: object, missing: str, device: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return y (n,), z (q, n) and x (p, n), where an absent x has no columns.

    With `device`, they may lie on a CUDA device, and stay there.
    """
    missing = checks.choice(missing, "missing", checks.MISSING)
    y_values = checks.vector(y, "y", missing=missing, device=device)
    rest: dict[str, Any] = {
        "rows": len(y_values), "like": "y", "missing": missing, "device": device
    }  # fmt: skip
    z_matrix = checks.matrix(z, "z", **rest)
    x_matrix = z_matrix[:, :0] if checks.is_absent(x) else checks.matrix(x, "x", **rest)
    checks.same_device({"y": y_values, "z": z_matrix, "x": x_matrix})
    y_values, z_matrix, x_matrix = checks.complete([y_values, z_matrix, x_matrix], "y", missing)
    backend = backend_of(z_matrix)
    return y_values, backend.columns_of(z_matrix), backend.columns_of(x_matrix)


def sample_weights(
    z_columns: FloatArray, x_columns: FloatArray, standardize: str
) -> tuple[FloatArray, FloatArray]:
    """Return the weights of z and x, which stand in one distance, x first."""
    x_weights, reach = column_weights(x_columns, standardize, "x")
    z_weights, _ = column_weights(z_columns, standardize, "z", reach=reach)
    return z_weights, x_weights


def coefficient_of(
    response: Response,
    z_columns: FloatArray,
    x_columns: FloatArray,
    z_weights: FloatArray,
    x_weights: FloatArray,
    ties: str,
    seed: int,
) -> float:
    """T(Y, Z | X), or T(Y, Z) without columns in x."""
    if response.is_constant:
        checks.warn_constant_response()
        return float("nan")
    backend = backend_of(z_columns)

    def neighbour_ranks(columns: FloatArray, weights: FloatArray, step: int) -> FloatArray:
        return backend.nearest_values(
            columns, weights, response.at_most, ties=ties, seed=seed, step=step
        )

    columns, weights = backend.join(x_columns, z_columns), np.append(x_weights, z_weights)
    with_z = neighbour_ranks(columns, weights, step=1)  # min(R_i, R_M(i))
    if len(x_columns) == 0:
        return float(unconditional(left_to_right_sum(with_z), response))
    without_z = neighbour_ranks(x_columns, x_weights, step=0)  # min(R_i, R_N(i))
    remaining = left_to_right_sum(response.at_most - without_z)
    if remaining == 0:
        checks.warn_determined_response("x")
        return float("nan")
    return float(left_to_right_sum(with_z - without_z) / remaining)


def unconditional(sum_min: FloatArray, response: Response) -> FloatArray:
    """T(Y, Z) from sum_i min(R_i, R_M(i)), elementwise."""
    n = len(response.at_most)
    value: FloatArray = (n * sum_min - response.sum_square) / response.sum_spread
    return value


def noise_scale(columns: FloatArray, sigma: float, standardize: str) -> FloatArray:
    """Return the standard deviation of the noise of each of `columns` (p, n); 0 if constant."""
    backend, scale = backend_of(columns), np.full(len(columns), sigma)
    if standardize != "none":
        scale = scale * np.sqrt(backend.variance(columns))
    return np.where(backend.spread(columns) == 0, 0.0, scale)


def scaling(standardize: object) -> str:
    """Validate the option `standardize`; None is "none"."""
    if standardize is None:
        return "none"
    return checks.choice(standardize, "standardize", SCALINGS)
