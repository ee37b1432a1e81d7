"""Tests of independence and of conditional independence with CODEC.

Shi, Drton & Han, "On Azadkia-Chatterjee's conditional dependence coefficient", Bernoulli,
https://arxiv.org/abs/2108.06827; Runge, "Conditional independence testing
based on a nearest-neighbor estimator of conditional mutual information", AISTATS 2018.
"""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.dependence.arguments import read_sample, sample_weights, scaling
from lcodec.dependence.coefficient import Response, coefficient_of, conditional, unconditional
from lcodec.dependence.inference.adjust import check_adjust, residuals
from lcodec.dependence.results import CodecTestResult
from lcodec.neighbors import Scaling, TieSets, nearest_rows, sum_over_rows
from lcodec.random.normal import upper_tail
from lcodec.random.permutation import local_exchanges, permutations
from lcodec.resources import jobs

Method = Literal["permutation", "asymptotic", "local_permutation"]
Ties = Literal["average", "first"]

METHODS: tuple[Method, ...] = get_args(Method)
TIE_RULES: tuple[Ties, ...] = get_args(Ties)

# n Var T(Y, Z) under independence, continuous Y and Z in one dimension: 2/5 + (2/5) q + (4/5) o,
# q = 2/3 the chance that a nearest neighbour is mutual, o = 1/2 the mean number of other rows
# with the same nearest neighbour (Shi, Drton & Han)
NULL_VARIANCE = 16.0 / 15.0

_ROUNDING = 1e-12  # means over tie sets are rounded: statistics this close count as equal
_BLOCK = 2**20  # labels held at once

# the exchange is poor where y and z both lose more than this of the rank correlation of near rows;
# docs/conditional-test.md has the rates of the warning
_POOR = 0.07
_LARGE = 1000  # rows; with more, a smaller loss shifts T by as many standard errors
_LOOKED_AT = 20  # resamples; their mean varies little
_SCALE = 1024  # of ranks, so that sums of their products are exact


@checks.known_options
def codec_test(
    y: ArrayLike,
    z: ArrayLike,
    x: ArrayLike | None = None,
    *,
    method: Method | None = None,
    n_resamples: int = 999,
    shuffle_neighbors: int = 5,
    ties: Ties = "average",
    n_neighbors: int = 1,
    standardize: Scaling | None = "std",
    adjust: Any = None,
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    response: Literal["ordered"] | None = None,
) -> CodecTestResult:
    r"""Test whether y is independent of z, or conditionally independent of z given x.

    The test is one-sided: large values of the coefficient T speak against independence.

    Parameters
    ----------
    y : (n,) array_like
        Response, n >= 3 samples.
    z : (n,) or (n, q) array_like
        Variables whose additional effect on y is tested.
    x : (n,) or (n, p) array_like, optional
        Conditioning variables; None (default) or no columns for the unconditional test.
    method : {None, "permutation", "asymptotic", "local_permutation"}, default None
        ``"permutation"`` (default without `x`) permutes y; it is exact. ``"asymptotic"`` compares T
        with its normal limit; it needs `z` of one column and no repeated values in `y` or `z`.
        ``"local_permutation"`` (default with `x`, and needs it) exchanges y between rows that are
        near in x; it is approximate.
    n_resamples : int, default 999
        Number B of permutations. The p-value is (1 + b)/(1 + B), where b of them reach T.
    shuffle_neighbors : int, default 5
        How many rows nearest in x a row can exchange its response with in
        ``"local_permutation"``; at most n - 1 are used. Fewer than 5 reject too often.
    ties : {"average", "first"}, default "average"
        Rule for a row with several nearest neighbours, as in `codec`.
    n_neighbors : int, default 1
        The number K of nearest neighbours that count in T, as in `codec`; only 1 for now.
    standardize : {"std", "range", "none", None}, default "std"
        Divide each column of x and z by its standard deviation or by its range inside the distance,
        or not. `codec` does not by default.
    missing, n_jobs, response
        As in `codec`.
    adjust : {None, "kernel"} or regressor, default None
        With `x`: test residuals of y and z on x instead of y and z. It assumes additive noise,
        y = f(x) + e and z = g(x) + e' with e and e' independent of x. ``"kernel"``: kernel ridge
        regression, leave-one-out residuals, at most 10,000 rows. A regressor with
        ``fit(X, y)`` and ``predict(X)``, such as one of scikit-learn: residuals by five-fold
        cross-fitting, a fresh copy for each fold. Results with `adjust` are not the same to the
        bit on every machine.
    seed : int, default 0
        Seed of the permutations, in [0, 2^53).

    Returns
    -------
    CodecTestResult
        ``statistic`` (T as `codec` returns it with the same options; with `adjust`, T of the
        residuals), ``pvalue``, ``method``. Where T is undefined both are NaN, with the
        `LcodecWarning` of `codec`.

    Raises
    ------
    LcodecError
        For input of the wrong shape, size, type or scale, non-finite values, unknown options, and
        ``lcodec:optionValue`` for a method that does not fit the data.

    Warns
    -----
    LcodecWarning
        ``lcodec:poorExchange`` where exchanged responses, of y and of z, depend on x much less than
        the real ones: then a small p-value can come from x alone.

    Notes
    -----
    Power is low against local alternatives: under dependence that shrinks like
    :math:`n^{-1/2}` in a smooth family, the power of tests based on T tends to their level [1]_.
    They find strong relations of any shape, not weak monotone ones.

    ``"asymptotic"`` uses :math:`n \operatorname{Var} T \to 2/5 + (2/5) q_1 + (4/5) o_1 = 16/15`
    with :math:`q_1 = 2/3, o_1 = 1/2` [1]_ and mean 0, where T has mean -1/(n - 1) under
    independence: at 5 % it rejects 3.4 % of the time at n = 30, 3.8 % at 100, 4.8 % at 1000.

    ``"local_permutation"`` visits the rows in random order; each one not exchanged yet exchanges
    its response with a random one of its nearest rows in x that are not exchanged yet. Unlike in
    [2]_, where a row can receive a response that another row has too, every response is used
    once: copies of a response in near rows lower T, so that a true null is rejected the more often
    the more rows there are (10 % instead of 5 % at n = 1000). Rows at the same distance in x come
    in the order of their numbers, counted on from the row itself, so the order of rows must carry
    no information where x has many ties. The test takes y to be alike in near rows; where it is
    not, the level is off: for y = sin(6x) plus noise of 0.1, x normal, it rejects 7 % of true nulls
    at n = 100 and 3 % at n = 300, and with 20 neighbours 6 % and 1 %. With several columns in x
    rows are never near: if five determine y and z well, true nulls are rejected more often than
    not, unless `adjust` takes x out of them. ``docs/conditional-test.md`` has the rates.

    References
    ----------
    .. [1] H. Shi, M. Drton, F. Han, "On Azadkia-Chatterjee's conditional dependence coefficient",
       Bernoulli, arXiv:2108.06827.
    .. [2] J. Runge, "Conditional independence testing based on a nearest-neighbor estimator of
       conditional mutual information", AISTATS, PMLR 84:938-947, 2018.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, z = np.random.default_rng(0).random((2, 500))
    >>> y = (x + z) % 1
    >>> print(round(lcodec.codec_test(y, z).pvalue, 3), lcodec.codec_test(y, z, x).pvalue)
    0.39 0.001
    """
    method = None if method is None else checks.choice(method, "method", METHODS)
    n_resamples = checks.whole_number(n_resamples, "n_resamples", 1)
    shuffle_neighbors = checks.whole_number(shuffle_neighbors, "shuffle_neighbors", 1)
    ties = checks.choice(ties, "ties", TIE_RULES)
    n_neighbors = checks.neighbors(n_neighbors)
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    n_jobs = checks.jobs(n_jobs)
    response = checks.response(response)
    sample = read_sample(y, z, x, missing, response=response)
    checks.fewer_than_rows(n_neighbors, len(sample[0]))
    if n_neighbors > 1:
        checks.fail(
            "optionValue", "`n_neighbors` of `codec_test` must be 1 for now; `codec` takes more"
        )
    method = _method(method, *sample)
    check_adjust(adjust, with_x=len(sample[2]) > 0)
    with jobs(n_jobs):
        if adjust is not None:
            sample_weights(sample[1], sample[2], standardize)  # a bad scale is refused unfitted
            order = permutations(len(sample[0]), range(n_resamples, n_resamples + 1), seed)[0]
            sample = (*residuals(*sample, adjust, order), sample[2])
        return _test(
            *sample, method, n_resamples, shuffle_neighbors, ties, standardize, seed,
            adjust is not None,
        )  # fmt: skip


def _test(
    y: FloatArray,
    z: FloatArray,
    x: FloatArray,
    method: Method,
    n_resamples: int,
    shuffle_neighbors: int,
    ties: Ties,
    standardize: Scaling,
    seed: int,
    adjusted: bool,
) -> CodecTestResult:
    """Test with checked options; z and x are columns."""
    n = len(y)
    weights = sample_weights(z, x, standardize)
    response = Response.of(y)

    statistic = coefficient_of(response, z, x, weights, ties, seed)
    if math.isnan(statistic):
        return CodecTestResult(statistic, statistic, method)
    if method == "asymptotic":
        p_value = upper_tail(statistic / math.sqrt(NULL_VARIANCE / n))
        return CodecTestResult(statistic, p_value, method)

    reached, with_z = 0, TieSets(np.concatenate((x, z)), weights, ties)
    if method == "local_permutation":
        x_weights = weights[: len(x)]
        without_z = TieSets(x, x_weights, ties)
        near = nearest_rows(x, x_weights, min(shuffle_neighbors, n - 1))
        _warn_of_poor_exchange(response, z, near, n_resamples, seed, adjusted)
    size = max(8, _BLOCK // n)
    for start in range(0, n_resamples, size):
        resamples = range(start, min(start + size, n_resamples))
        if method == "permutation":
            labels = response.at_most[permutations(n, resamples, seed)]
            values = unconditional(sum_over_rows(with_z.means(labels)), response)
        else:
            labels = response.at_most[local_exchanges(near, resamples, seed)]
            without_ranks = without_z.means(labels)
            values = conditional(
                sum_over_rows(with_z.means(labels) - without_ranks),
                sum_over_rows(labels - without_ranks),
            )
        # a resample without a value counts against rejection
        reached += int(np.count_nonzero(~(values < statistic - _ROUNDING)))
    return CodecTestResult(statistic, (1 + reached) / (1 + n_resamples), method)


def _warn_of_poor_exchange(
    response: Response, z: FloatArray, near: IntArray, n_resamples: int, seed: int, adjusted: bool
) -> None:
    """Warn where exchanged responses resemble those of near rows much less than the real ones.

    A real response then depends on x more than an exchanged one, and z, which depends on x too,
    tells more about it. So both have to lose: the column of z that loses most counts.
    """
    resamples = range(min(n_resamples, _LOOKED_AT))
    exchanges = local_exchanges(near, resamples, seed)
    of_y = _near_correlations(response.at_most, near, exchanges)
    of_z = max(
        (_near_correlations(Response.of(column).at_most, near, exchanges) for column in z),
        key=lambda pair: pair[0] - pair[1],
    )
    bound = _POOR * min(1.0, math.sqrt(math.sqrt(_LARGE / len(near))))
    if min(before - after for before, after in (of_y, of_z)) > bound:
        way_out = "use residuals of `y` and `z` on `x` (in Python `adjust`)"
        if adjusted:
            way_out = "use another regressor in `adjust`"
        checks.warn(
            "poorExchange",
            "rows near in `x` are too far apart for a trustworthy p-value: exchanging values "
            "between them lowers the rank correlation of near rows "
            f"from {of_y[0]:.2f} to {of_y[1]:.2f} in `y` and from {of_z[0]:.2f} to {of_z[1]:.2f} "
            f"in `z`; {way_out}, fewer columns of `x`, or more rows",
        )


def _near_correlations(
    at_most: IntArray, near: IntArray, exchanges: IntArray
) -> tuple[float, float]:
    """Return the rank correlation of rows and those near them, before and after exchanges."""
    n, count = near.shape
    scaled = at_most * _SCALE // n
    ranks = scaled - scaled.sum() // n
    square = int((ranks**2).sum()) * count
    if square == 0:
        return 0.0, 0.0

    def products(values: IntArray) -> int:
        return int((values * values[near].sum(axis=1)).sum())

    after = sum(products(ranks[rows]) for rows in exchanges)
    return products(ranks) / square, after / (square * len(exchanges))


def _method(method: Method | None, y: FloatArray, z: FloatArray, x: FloatArray) -> Method:
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
