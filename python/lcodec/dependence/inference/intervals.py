"""Standard errors and intervals of CODEC and of xi, by subsampling without replacement.

The bootstrap draws rows twice, and a row is then its own copy's nearest neighbour: it is
inconsistent here (Lin & Han, "On the failure of the bootstrap for Chatterjee's rank correlation",
Biometrika 2024, https://arxiv.org/abs/2303.14088). Subsamples of m < n rows are not (Politis &
Romano, Annals of Statistics 22:2031-2050, 1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import IntArray, Missing
from lcodec.dependence.arguments import LEAST_SUBSAMPLE, read_sample, sample_weights, scaling
from lcodec.dependence.coefficient import Response, coefficient, coefficient_of
from lcodec.dependence.measures import xi as measure
from lcodec.dependence.results import IntervalResult
from lcodec.neighbors import TIE_RULES, Scaling, Ties, left_to_right_sum
from lcodec.random.normal import quantile
from lcodec.random.permutation import permutations
from lcodec.resources import jobs

_BLOCK = 2**20  # rows of permutations held at once


@checks.known_options
def codec_interval(
    y: ArrayLike,
    z: ArrayLike,
    x: ArrayLike | None = None,
    *,
    level: float = 0.95,
    n_resamples: int = 200,
    subsample_size: int | None = None,
    ties: Ties = "average",
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = None,
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    response: checks.Response | None = None,
) -> IntervalResult:
    r"""Coefficient T(Y, Z | X) or T(Y, Z) with its standard error and an interval.

    The standard error comes from T on random subsamples of rows, drawn without replacement. (The
    bootstrap would be wrong: a row drawn twice is its own nearest neighbour.)

    Parameters
    ----------
    y, z, x
        As in `codec`; n >= 11 samples.
    level : float, default 0.95
        Level of the interval, above 0 and below 1.
    n_resamples : int, default 200
        Number B of subsamples, at least 2.
    subsample_size : int, optional
        Rows m in a subsample, at least 10 and less than n; None (default) for
        :math:`\lfloor n^{3/4} \rfloor`, at least 10.
    ties, n_neighbors, standardize, missing, n_jobs, response
        As in `codec`; `n_neighbors` less than m. Columns are scaled by the whole sample, in
        subsamples too.
    seed : int, default 0
        Seed of the subsamples and of ``ties="random"``, in [0, 2^53).

    Returns
    -------
    IntervalResult
        ``statistic``, ``se``, ``low``, ``high``, ``level``, ``m``, ``used``. Where T is undefined
        all are NaN but the last three, with the `LcodecWarning` of `codec`.

    Raises
    ------
    LcodecError
        As `codec`; for a level outside (0, 1), fewer than 11 rows, and a `subsample_size` below 10
        or not below n.

    Warns
    -----
    LcodecWarning
        ``lcodec:undefinedSubsamples`` where y is constant in some subsamples, or determined by x:
        they are left out, and ``used`` says how many are not. Of fewer than two, ``se`` is NaN.

    Notes
    -----
    With T_m on B subsamples of m rows, :math:`se^2 = \operatorname{var}(T_m) \, m / (n - m)`: the
    variance of T falls like 1/n, and subsamples without replacement vary by 1/m - 1/n. The interval
    is T -+ z se with the normal quantile z.

    It is one for what T tends to with many samples, if T is nearly unbiased. With more than three
    columns in x and z together, T is biased towards 0 by more than se, and with two where y jumps:
    the interval is then one for the mean of T at this n. ``docs/intervals.md`` has the coverage.

    References
    ----------
    .. [1] D. Politis, J. Romano, "Large sample confidence regions based on subsamples under minimal
       assumptions", Ann. Statist. 22(4):2031-2050, 1994.
    .. [2] Z. Lin, F. Han, "On the failure of the bootstrap for Chatterjee's rank correlation",
       Biometrika, 2024, arXiv:2303.14088.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, z = np.random.default_rng(0).random((2, 500))
    >>> result = lcodec.codec_interval((x + z) % 1, z, x)
    >>> print(round(result.statistic, 3), round(result.low, 3), round(result.high, 3))
    0.887 0.805 0.969
    """
    level, n_resamples, size = _checked(level, n_resamples, subsample_size)
    ties = checks.choice(ties, "ties", TIE_RULES)
    n_neighbors = checks.neighbors(n_neighbors)
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    n_jobs = checks.jobs(n_jobs)
    response = checks.response(response)
    y_values, z_columns, x_columns = read_sample(y, z, x, missing, response=response)
    size = _size(size, len(y_values))
    n_neighbors = checks.neighbors_of(n_neighbors, size, " of a subsample")
    weights = sample_weights(z_columns, x_columns, standardize)

    def of_rows(rows: IntArray) -> float:
        return coefficient(
            Response.of(y_values[rows], response), np.take(z_columns, rows, axis=1),
            np.take(x_columns, rows, axis=1), weights, ties, seed, n_neighbors,
        )  # fmt: skip

    with jobs(n_jobs):
        whole = coefficient_of(
            Response.of(y_values, response), z_columns, x_columns, weights, ties, seed, n_neighbors
        )
        return _interval(whole, of_rows, len(y_values), size, level, n_resamples, seed)


@checks.known_options
def xi_interval(
    x: ArrayLike,
    y: ArrayLike,
    *,
    level: float = 0.95,
    n_resamples: int = 200,
    subsample_size: int | None = None,
    ties: measure.Ties = "average",
    seed: int = 0,
    missing: Missing = "refuse",
    response: Literal["ordered"] | None = None,
) -> IntervalResult:
    """Chatterjee's correlation of y with x, with its standard error and an interval.

    Parameters
    ----------
    x, y, ties, missing, response
        As in `xi`; n >= 11 samples.
    level, n_resamples, subsample_size, seed
        As in `codec_interval`.

    Returns
    -------
    IntervalResult
        As `codec_interval`. All are NaN but the last three, with the warning of `xi`, for constant
        y.

    Raises
    ------
    LcodecError
        As `xi` and `codec_interval`.

    Warns
    -----
    LcodecWarning
        ``lcodec:undefinedSubsamples`` where y is constant in some subsamples.

    References
    ----------
    .. [1] Z. Lin, F. Han, "On the failure of the bootstrap for Chatterjee's rank correlation",
       Biometrika, 2024, arXiv:2303.14088.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 300))
    >>> result = lcodec.xi_interval(x, x + noise)
    >>> print(round(result.statistic, 3), round(result.low, 3), round(result.high, 3))
    0.313 0.232 0.393
    """
    level, n_resamples, size = _checked(level, n_resamples, subsample_size)
    ties = checks.choice(ties, "ties", measure.TIE_RULES)
    seed = checks.whole_number(seed, "seed", 0)
    checks.ordered_response(response)
    x_values, y_values = measure.read_pair(x, y, missing, response)
    size = _size(size, len(y_values))

    def of_rows(rows: IntArray) -> float:
        return measure.xi_of(x_values[rows], Response.of(y_values[rows]), ties, seed)

    whole = measure.xi_of(x_values, Response.of(y_values), ties, seed)
    if math.isnan(whole):
        checks.warn_constant_response()
    return _interval(whole, of_rows, len(y_values), size, level, n_resamples, seed)


def _checked(
    level: object, n_resamples: object, subsample_size: object
) -> tuple[float, int, int | None]:
    """Check the options of both, but for what depends on the number of rows."""
    return (
        checks.fraction(level, "level"),
        checks.whole_number(n_resamples, "n_resamples", 2),
        None
        if subsample_size is None
        else checks.whole_number(subsample_size, "subsample_size", LEAST_SUBSAMPLE),
    )


def _size(size: int | None, n: int) -> int:
    """Return the rows of a subsample of n; by default floor(n^(3/4)) of IEEE operations."""
    if n <= LEAST_SUBSAMPLE:
        checks.fail("tooFewRows", f"an interval needs at least {LEAST_SUBSAMPLE + 1} rows, got {n}")
    if size is None:
        root = math.sqrt(math.sqrt(n))
        return max(LEAST_SUBSAMPLE, math.floor(root * root * root))
    if size >= n:
        checks.fail(
            "optionRange",
            f"`subsample_size` must be less than the number of rows, {n}, got {size}",
        )
    return size


def _interval(
    statistic: float,
    of_rows: Callable[[IntArray], float],
    n: int,
    m: int,
    level: float,
    n_resamples: int,
    seed: int,
) -> IntervalResult:
    """Return the interval around `statistic`, where `of_rows` gives it for some rows."""
    if math.isnan(statistic):
        return IntervalResult(statistic, math.nan, math.nan, math.nan, level, m, 0)
    every = np.array([of_rows(rows) for rows in _subsamples(n, m, n_resamples, seed)])
    values = every[~np.isnan(every)]
    if len(values) < n_resamples:
        checks.warn_undefined_subsamples(n_resamples - len(values), n_resamples)
    se = math.nan
    if len(values) > 1:
        deviation = values - left_to_right_sum(values) / len(values)
        variance = left_to_right_sum(deviation * deviation) / (len(values) - 1)
        se = math.sqrt(variance * m / (n - m))
    reach = -quantile((1.0 - level) / 2.0) * se
    return IntervalResult(
        statistic, se, statistic - reach, statistic + reach, level, m, len(values)
    )


def _subsamples(n: int, m: int, n_resamples: int, seed: int) -> Iterator[IntArray]:
    """Yield the rows (m,) of each subsample, ascending: the first m in the order of its number."""
    size = max(1, _BLOCK // n)
    for start in range(0, n_resamples, size):
        orders = permutations(n, range(start, min(start + size, n_resamples)), seed)
        yield from np.sort(orders[:, :m], axis=1)
