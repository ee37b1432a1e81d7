"""Tests of independence and of conditional independence with CODEC.

Shi, Drton & Han, "On Azadkia-Chatterjee's conditional dependence coefficient", Bernoulli,
https://arxiv.org/abs/2108.06827; Runge, "Conditional independence testing
based on a nearest-neighbor estimator of conditional mutual information", AISTATS 2018.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import Missing
from lcodec.dependence.arguments import read_sample, sample_weights
from lcodec.dependence.inference.adjust import check_adjust, residuals
from lcodec.dependence.inference.conditions import Conditions
from lcodec.dependence.inference.methods import Method, Plan, Ties, method_of
from lcodec.dependence.inference.together import Given, together
from lcodec.dependence.results import CodecTestResult
from lcodec.neighbors import Scaling
from lcodec.random.permutation import permutations
from lcodec.resources import jobs


@checks.known_options
def codec_test(
    y: ArrayLike,
    z: ArrayLike,
    x: ArrayLike | None = None,
    *,
    method: Method | None = None,
    n_resamples: int = 999,
    max_exceedances: int | None = None,
    shuffle_neighbors: int = 5,
    ties: Ties = "average",
    n_neighbors: checks.Neighbors = 1,
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
    method : {None, "moments", "permutation", "asymptotic", "local_permutation"}, default None
        ``"moments"`` (default without `x` if `z` has 50 different rows) compares T with a normal
        distribution that has the mean and variance of T over all n! permutations of y; these two
        are exact.
        ``"permutation"`` (the other default without `x`, and with `max_exceedances`) permutes y
        at random; its level is exact. ``"asymptotic"`` compares T with its normal limit; it needs
        one neighbor, `z` of one column and no repeated values in `y` or `z`, and ``"moments"`` is
        better.
        ``"local_permutation"`` (default with `x`, and needs it) exchanges y between rows that are
        near in x; it is approximate.
    n_resamples : int, default 999
        Number B of permutations, where the method has any. The p-value is (1 + b)/(1 + B), where b
        of them reach T.
    max_exceedances : int, optional
        Stop as soon as so many permutations reach T: the p-value is then `max_exceedances` divided
        by the number of permutations used [3]_. It is as valid, and large p-values take few
        permutations: with h = 10, one of about 0.5 takes about 20. To decide at a level, B =
        h/level - 1 is enough: 199 at 5 %. None (default) uses all B.
    shuffle_neighbors : int, default 5
        How many rows nearest in x a row can exchange its response with in
        ``"local_permutation"``; at most n - 1 are used. Fewer than 5 reject too often.
    ties : {"average", "first"}, default "average"
        Rule for a row with several nearest neighbours, as in `codec`.
    n_neighbors : int or "auto", default 1
        The number K of nearest neighbours that count in T, as in `codec`.
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
        residuals), ``pvalue``, ``method``, ``n_resamples`` (permutations used), ``z`` (how many
        standard deviations T is above its mean under the null, in ``"moments"`` and
        ``"asymptotic"``; else NaN). Where T is undefined it is NaN and so are p-value and ``z``,
        with the `LcodecWarning` of `codec`.

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
    They find strong relations of any shape, not weak monotone ones. More neighbours find weaker
    ones: see ``docs/which-test.md``.

    ``"moments"``: T is a sum over pairs of rows of a weight of the neighbour graph times
    min(R_i, R_j), or times 1 for equal classes. Mean and variance of such a sum over all
    permutations have closed forms [4]_, for any number of columns, any K and any ties. They cost
    O(n log n) beside the search for neighbours. The normal tail is an approximation, and a bad one
    where `z` has few different rows: with four values it rejects 8 % instead of 5 %. Where all
    permutations give the same T (`z` constant, K = n - 1), the p-value is 1 and ``z`` is NaN.

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
    .. [3] J. Besag, P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78(2):301-304, 1991.
    .. [4] N. Mantel, "The detection of disease clustering and a generalized regression approach",
       Cancer Research 27:209-220, 1967.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, z = np.random.default_rng(0).random((2, 500))
    >>> y = (x + z) % 1
    >>> print(round(lcodec.codec_test(y, z).pvalue, 3), lcodec.codec_test(y, z, x).pvalue)
    0.362 0.001
    """
    plan = Plan.of(
        method=method, n_resamples=n_resamples, max_exceedances=max_exceedances,
        shuffle_neighbors=shuffle_neighbors, ties=ties, n_neighbors=n_neighbors,
        standardize=standardize, seed=seed, n_jobs=n_jobs, response=response,
        adjusted=adjust is not None,
    )  # fmt: skip
    y, z, x = read_sample(y, z, x, missing, response=plan.response)
    plan = plan.of_rows(len(y))
    method = method_of(plan, y, z, x)
    check_adjust(adjust, with_x=len(x) > 0, nominal=plan.response == "nominal")
    with jobs(plan.n_jobs):
        if adjust is not None:
            sample_weights(z, x, plan.standardize)  # a bad scale is refused unfitted
            order = permutations(len(y), range(plan.n_resamples, plan.n_resamples + 1), plan.seed)
            y, z = residuals(y, z, x, adjust, order[0])
        weights = sample_weights(z, x, plan.standardize)
        x_weights, z_weights = weights[: len(x)], weights[len(x) :]
        outcome = together(
            y, Conditions.of(x, x_weights, plan), [Given(z, z_weights)], method, plan
        )
    statistic, pvalue, used, deviations = (values.tolist()[0] for values in outcome)
    if math.isnan(deviations):
        deviations = math.nan  # the same object in all results, so that equal ones are equal
    return CodecTestResult(statistic, pvalue, method, used, deviations)
