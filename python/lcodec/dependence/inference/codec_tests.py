"""Tests of many columns for one response: what they share is computed once."""

from __future__ import annotations

from typing import Any, Literal

from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, Missing
from lcodec.dependence.arguments import read_sample
from lcodec.dependence.inference.adjust import check_adjust, residuals
from lcodec.dependence.inference.conditions import Conditions
from lcodec.dependence.inference.methods import Method, Names, Plan, Ties, method_of
from lcodec.dependence.inference.together import Given, together
from lcodec.dependence.results import CodecTestsResult
from lcodec.neighbors import Scaling, column_weights
from lcodec.random.permutation import permutations
from lcodec.resources import jobs


@checks.known_options
def codec_tests(
    Z: ArrayLike,
    y: ArrayLike,
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
) -> CodecTestsResult:
    """Test for each column of Z whether y is independent of it, or so given x.

    Each test is that of `codec_test` on this column with the same method, to the bit. The rows near
    in x, the permutations and the part of T that has no z are computed once for all columns, so
    that many columns take much less time than as many calls.

    Parameters
    ----------
    Z : (n, p) array_like or table
        Columns to be tested, each by itself.
    y : (n,) array_like
        Response, n >= 3 samples.
    x : (n,) or (n, q) array_like, optional
        Conditioning variables; None (default) or no columns for unconditional tests.
    method, n_resamples, max_exceedances, shuffle_neighbors, ties, n_neighbors, standardize, adjust
    seed, n_jobs, response
        As in `codec_test`; one method is chosen for all columns, so without `x` it is
        ``"permutation"`` where any of them has fewer than 50 different values. All columns see the
        same permutations, those of a single test with this seed: their p-values are each valid, and
        not independent of each other.
    missing : {"refuse", "drop"}, default "refuse"
        What to do with NaN: ``"drop"`` leaves out, for all tests, the rows in which any of the
        columns of Z, y and x has one.

    Returns
    -------
    CodecTestsResult
        ``statistic`` (p,), ``pvalue`` (p,), ``method``, ``n_resamples`` (p,) and ``names``. No
        correction for the number of tests is made.

    Raises
    ------
    LcodecError
        As `codec_test`.

    Warns
    -----
    LcodecWarning
        As `codec_test`; ``lcodec:poorExchange`` once, for the column where it is worst.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021.
    .. [2] J. Besag, P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78(2):301-304, 1991.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> x, *Z = np.random.default_rng(0).random((4, 500))
    >>> y = (x + Z[1]) % 1
    >>> result = lcodec.codec_tests(np.column_stack(Z), y, x, max_exceedances=10)
    >>> result.pvalue.round(3), result.n_resamples
    (array([0.769, 0.001, 0.37 ]), array([ 13, 999,  27]))
    """
    plan = Plan.of(
        method=method, n_resamples=n_resamples, max_exceedances=max_exceedances,
        shuffle_neighbors=shuffle_neighbors, ties=ties, n_neighbors=n_neighbors,
        standardize=standardize, seed=seed, n_jobs=n_jobs, response=response,
        adjusted=adjust is not None,
    )  # fmt: skip
    labels = checks.names_of(Z)
    y, z, x = read_sample(y, Z, x, missing, response=plan.response, name="Z")
    plan = plan.of_rows(len(y))
    method = method_of(plan, y, z, x, each=True)
    check_adjust(adjust, with_x=len(x) > 0, nominal=plan.response == "nominal")

    def weights() -> tuple[FloatArray, FloatArray]:
        of_x, reach = column_weights(x, plan.standardize, "x")
        return of_x, column_weights(z, plan.standardize, "Z", reach=reach, alone=True)[0]

    with jobs(plan.n_jobs):
        if adjust is not None:
            weights()  # a bad scale is refused unfitted
            order = permutations(len(y), range(plan.n_resamples, plan.n_resamples + 1), plan.seed)
            y, z = residuals(y, z, x, adjust, order[0])
        x_weights, z_weights = weights()
        columns = [Given(z[k : k + 1], z_weights[k : k + 1]) for k in range(len(z))]
        outcomes = together(
            y, Conditions.of(x, x_weights, plan), columns, method, plan, Names(tested="Z")
        )
    return CodecTestsResult(
        outcomes.statistic, outcomes.pvalue, method, outcomes.n_resamples, outcomes.z, labels
    )
