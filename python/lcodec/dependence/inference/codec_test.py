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
from lcodec.checks import FloatArray, Missing
from lcodec.dependence.arguments import read_sample, sample_weights, scaling
from lcodec.dependence.coefficient import Response, coefficient_of
from lcodec.dependence.inference.adjust import check_adjust, residuals
from lcodec.dependence.inference.exchange import warn_of_poor_exchange
from lcodec.dependence.inference.methods import METHODS, NULL_VARIANCE, Method, method_of
from lcodec.dependence.inference.resampling import reached
from lcodec.dependence.results import CodecTestResult
from lcodec.neighbors import Scaling, TieSets, nearest_rows
from lcodec.random.normal import upper_tail
from lcodec.random.permutation import permutations
from lcodec.resources import jobs

Ties = Literal["average", "first"]

TIE_RULES: tuple[Ties, ...] = get_args(Ties)


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
    response: Literal["ordered", "nominal"] | None = None,
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
    method = method_of(method, *sample)
    check_adjust(adjust, with_x=len(sample[2]) > 0)
    with jobs(n_jobs):
        if adjust is not None:
            sample_weights(sample[1], sample[2], standardize)  # a bad scale is refused unfitted
            order = permutations(len(sample[0]), range(n_resamples, n_resamples + 1), seed)[0]
            sample = (*residuals(*sample, adjust, order), sample[2])
        return _test(
            *sample, method, n_resamples, shuffle_neighbors, ties, n_neighbors, standardize, seed,
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
    n_neighbors: int,
    standardize: Scaling,
    seed: int,
    adjusted: bool,
) -> CodecTestResult:
    """Test with checked options; z and x are columns."""
    n = len(y)
    weights = sample_weights(z, x, standardize)
    response = Response.of(y)

    statistic = coefficient_of(response, z, x, weights, ties, seed, n_neighbors)
    if math.isnan(statistic):
        return CodecTestResult(statistic, statistic, method)
    if method == "asymptotic":
        p_value = upper_tail(statistic / math.sqrt(NULL_VARIANCE / n))
        return CodecTestResult(statistic, p_value, method)

    with_z, without_z, near = (
        TieSets(np.concatenate((x, z)), weights, ties, n_neighbors),
        None,
        None,
    )
    if method == "local_permutation":
        x_weights = weights[: len(x)]
        without_z = TieSets(x, x_weights, ties, n_neighbors)
        near = nearest_rows(x, x_weights, min(shuffle_neighbors, n - 1))
        warn_of_poor_exchange(response, z, near, n_resamples, seed, adjusted)
    count = reached(statistic, response, with_z, without_z, near, n_resamples, seed)
    return CodecTestResult(statistic, (1 + count) / (1 + n_resamples), method)
