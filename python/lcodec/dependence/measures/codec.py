"""CODEC, the coefficient of conditional dependence, and its randomised form LCODEC.

Azadkia & Chatterjee (2021), "A simple measure of conditional dependence", Annals of Statistics
49(6):3070-3102, https://arxiv.org/abs/1910.12327; equation numbers below are theirs.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import Missing
from lcodec.dependence.arguments import read_sample, sample_weights, scaling, with_noise
from lcodec.dependence.coefficient import Response, coefficient_of
from lcodec.dependence.vectors import vector_coefficient
from lcodec.neighbors import TIE_RULES, Scaling, Ties, left_to_right_sum
from lcodec.random.philox import CONDITION, FEATURES, RESPONSE
from lcodec.resources import jobs


@checks.known_options
def codec(
    y: ArrayLike,
    z: ArrayLike,
    x: ArrayLike | None = None,
    *,
    ties: Ties = "average",
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = None,
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    response: Literal["ordered", "nominal"] | None = None,
) -> float:
    r"""Coefficient of conditional dependence T(Y, Z | X), or T(Y, Z) without `x`.

    In the limit of many samples it is 0 exactly when y is independent of z (given x), and 1 exactly
    when y is a function of z (given x). It is not clipped: in a finite sample it can be negative.
    It does not change under increasing maps of y. It is not symmetric in y and z.

    Parameters
    ----------
    y : (n,) or (n, r) array_like
        Response, n >= 3 samples. Ties are handled exactly. With ``response="nominal"`` it may be
        text, truth values or categories, of one column. With r > 1 columns, T is that of Ansari and
        Fuchs [3]_ for vectors, which depends on the order of the columns: each is asked for given
        those before it, which are in the distance before x and z.
    z : (n,) or (n, q) array_like
        Variables whose additional effect on y is measured.
    x : (n,) or (n, p) array_like, optional
        Conditioning variables; None (default) or no columns for the unconditional coefficient.
    ties : {"average", "random", "first"}, default "average"
        What happens when a row has several nearest neighbours: the mean over all of them, one at
        random (the published estimator), or the one with the lowest row number.
    n_neighbors : int or "auto", default 1
        The number K of nearest neighbours that count, 1 to 1024 and less than n. With 1, T is the
        published coefficient; with more it varies less, so that a test on it has more power, but
        it tells more of a mean over a neighbourhood that has to be small for the limits 0 and 1.
        "auto" is a fifteenth of the rows, rounded up, and at most 20.
    standardize : {None, "none", "std", "range"}, default None
        Divide each column of x and z by its standard deviation or by its range inside the distance.
        By default columns keep their units, while `foci` divides by "std":
        ``codec(y, X[:, s[k]], X[:, s[:k]], standardize="std")`` is the score of its step k.
    seed : int, default 0
        Seed of ``ties="random"``, in [0, 2^53).
    missing : {"refuse", "drop"}, default "refuse"
        What to do with rows that have NaN: an error, or leave them out and say how many.
    n_jobs : int, optional
        Threads, counted as joblib does: -1 for every processor, -2 for all but one; None (default)
        for as many as Numba is set to. The result does not depend on it.
    response : {None, "ordered", "nominal"}, default None
        "ordered" states that larger numbers in y mean more. "nominal" states that its values are
        classes without order: then no coding of them, and no renaming, changes T. Without either,
        y of 3 to 10 different whole numbers gives the warning ``lcodec:fewValues``: they may be
        codes of classes. A class that nobody else has tells nothing: where that is so of every
        row, T is 0, with the warning ``lcodec:allClassesDiffer``.

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

    For classes, with v(i, m) = 1 where those of rows i and m are equal and else 0, and c the share
    of pairs of rows with equal ones [2]_,

    .. math::
        T(Y,Z) = \frac{\frac{1}{n} \sum_i v(i, M(i)) - c}{1 - c}, \quad
        T(Y,Z|X) = \frac{\sum_i (v(i, M(i)) - v(i, N(i)))}{\sum_i (1 - v(i, N(i)))}.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021, equations (2.4) and (2.5) of the preprint arXiv:1910.12327.
    .. [2] Z. Huang, N. Deb, B. Sen, "Kernel partial correlation coefficient - a measure of
       conditional dependence", JMLR 23(216), 2022, with the kernel of equal classes.
    .. [3] J. Ansari, S. Fuchs, "A direct extension of Azadkia & Chatterjee's rank correlation to
       multi-response vectors", arXiv:2212.01621.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, z = np.random.default_rng(0).random((2, 500))
    >>> y = (x + z) % 1
    >>> print(round(lcodec.codec(y, z), 3), round(lcodec.codec(y, z, x), 3))
    0.014 0.887
    >>> grape = np.array(["barbera", "barolo", "grignolino"])[(3 * y).astype(int)]
    >>> print(round(lcodec.codec(grape, z, x, response="nominal"), 3))
    0.911
    """
    ties = checks.choice(ties, "ties", TIE_RULES)
    n_neighbors = checks.neighbors(n_neighbors)
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    n_jobs = checks.jobs(n_jobs)
    response = checks.response(response)
    y_values, z_columns, x_columns = read_sample(
        y, z, x, missing, response=response, device=True, several=True
    )
    n_neighbors = checks.neighbors_of(n_neighbors, len(y_values))
    if y_values.ndim == 2:
        with jobs(n_jobs):
            return vector_coefficient(
                y_values, z_columns, x_columns, standardize, ties, seed, n_neighbors
            )
    weights = sample_weights(z_columns, x_columns, standardize)
    with jobs(n_jobs):
        return coefficient_of(
            Response.of(y_values, response), z_columns, x_columns, weights, ties, seed, n_neighbors
        )


@checks.known_options
def lcodec(
    y: ArrayLike,
    z: ArrayLike,
    x: ArrayLike | None = None,
    *,
    sigma: float = 0.01,
    draws: int = 1,
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = None,
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    response: Literal["ordered", "nominal"] | None = None,
) -> float:
    """Randomised coefficient: T(Y, Z | X) after small Gaussian noise on y, z and x.

    The noise removes all ties. It is a pure function of seed, row, column and draw, the same in
    every language. Constant columns and a constant response stay constant. Classes have no noise:
    with ``response="nominal"`` it is on z and x alone.

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
    n_neighbors, standardize, missing, n_jobs, response
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
    sigma = checks.nonnegative(sigma, "sigma")
    draws = checks.whole_number(draws, "draws", 1)
    n_neighbors = checks.neighbors(n_neighbors)
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    n_jobs = checks.jobs(n_jobs)
    response = checks.response(response)
    y_values, z_columns, x_columns = read_sample(
        y, z, x, missing, response=response, noise=True, device=True
    )
    n_neighbors = checks.neighbors_of(n_neighbors, len(y_values))
    labels = Response.of(y_values, response)
    if labels.is_constant:
        checks.warn_constant_response()
        return float("nan")
    clean = [(z_columns, "z", FEATURES), (x_columns, "x", CONDITION)]
    if response != "nominal":
        clean.insert(0, (y_values[None], "y", RESPONSE))
    noise = [
        with_noise(columns, sigma, standardize, name, purpose=purpose, seed=seed)
        for columns, name, purpose in clean
    ]
    values = np.empty(draws)
    with jobs(n_jobs):
        for draw in range(draws):
            *noisy_y, noisy_z, noisy_x = (noisy(draw=draw) for noisy in noise)
            weights = sample_weights(noisy_z, noisy_x, standardize)
            if noisy_y:
                labels = Response.of(noisy_y[0][0])
            values[draw] = coefficient_of(
                labels, noisy_z, noisy_x, weights, "average", seed, n_neighbors
            )
    return float(left_to_right_sum(values) / draws)
