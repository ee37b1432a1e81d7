"""The coefficient and its test for all ordered pairs of columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.dependence.coefficient import Response, unconditional
from lcodec.dependence.display import Listing, Shown, maps, pairs
from lcodec.dependence.inference.methods import Plan, Ties
from lcodec.dependence.inference.resampling import Resampling, p_values
from lcodec.neighbors import TieSets, backend_of, column_weights
from lcodec.random.permutation import drawn_permutations
from lcodec.resources import jobs

if TYPE_CHECKING:
    from matplotlib.axes import Axes


METHODS: tuple[Literal["permutation"], ...] = ("permutation",)


@dataclass(frozen=True, eq=False)
class CodecMatrix(Shown):
    """T and its p-value for all ordered pairs of columns; the same fields as in MATLAB.

    ``plot()`` draws the coefficients as a heat map, as ``plot_codec_matrix`` does in MATLAB. Row i
    and column j show T(X_j, X_i): a row is a predictor, a column a response. Colours go from 0 to
    1, and negative coefficients have that of 0; what is NaN stays blank. Matrices of at most 12
    columns have the numbers in the cells.

    Attributes
    ----------
    statistic : (p, p) float64
        Entry (i, j) is T(X_j, X_i), how well column i alone tells column j, the response. NaN on
        the diagonal and for constant columns.
    pvalue : (p, p) float64
        Entry (i, j) tests whether columns i and j are independent, with j as the response; NaN
        where the coefficient is. No correction for the number of tests is made.
    method : str
        The method of the tests.
    n_resamples : (p, p) int64
        Permutations that each test used.
    skipped : (c,) int64
        Constant columns.
    names : tuple of str
        Column names of a table, else empty.
    """

    statistic: FloatArray
    pvalue: FloatArray
    method: str
    n_resamples: IntArray
    skipped: IntArray
    names: tuple[str, ...]

    def _draw(self, ax: Axes | None) -> Axes:
        return maps.heat_map(ax, self.statistic, self.names or range(len(self.statistic)))

    def listing(self) -> Listing:
        """Return a row for each pair: predictor, response, statistic, pvalue, n_resamples."""
        p = len(self.statistic)
        places = [(i, j) for i in range(p) for j in range(p) if i != j]
        columns = {
            **pairs(self.statistic, places, self.names, "statistic"),
            "pvalue": [float(self.pvalue[place]) for place in places],
            "n_resamples": [int(self.n_resamples[place]) for place in places],
        }
        title = f"{len(places)} ordered pairs of {p} columns, tests by {self.method}"
        return Listing(title, columns, by="statistic")


@checks.known_options
def codec_matrix(
    X: ArrayLike,
    *,
    method: Literal["permutation"] | None = None,
    n_resamples: int = 999,
    max_exceedances: int | None = None,
    ties: Ties = "average",
    n_neighbors: checks.Neighbors = 1,
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
) -> CodecMatrix:
    """Return T(X_j, X_i) and its p-value for all ordered pairs of columns.

    Unlike a correlation, T has a direction: it is near 1 where column i determines column j, which
    does not make j determine i. Neighbours are found once for each column, and the permutations of
    a response serve all predictors.

    Parameters
    ----------
    X : (n, p) array_like or table
        Variables, n >= 3 samples. Every column is taken as ordered.
    method, n_resamples, max_exceedances, ties, n_neighbors, seed, n_jobs
        As in `codec_test` without x; the method is always ``"permutation"``.
    missing : {"refuse", "drop"}, default "refuse"
        What to do with NaN: ``"drop"`` leaves out the rows in which any column has one.

    Returns
    -------
    CodecMatrix
        ``statistic`` (p, p), ``pvalue`` (p, p), ``method``, ``n_resamples``, ``skipped``,
        ``names``, and a method ``plot``. Entry (i, j) of `statistic` is ``codec(X[:, j], X[:, i])``
        with the same options, and that of `pvalue` is that of ``codec_test`` with
        ``method="permutation"`` and ``standardize="none"``: the scale of a single column changes
        none of its neighbours.

    Raises
    ------
    LcodecError
        As `codec_test`.

    Warns
    -----
    LcodecWarning
        ``lcodec:constantColumn`` for constant columns, which have no coefficient.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> X[:, 2] = X[:, 0] ** 2
    >>> lcodec.codec_matrix(X, max_exceedances=10).statistic.round(2)
    array([[  nan,  0.  ,  0.99],
           [ 0.  ,   nan,  0.06],
           [ 0.31, -0.  ,   nan]])
    """
    plan = Plan.of(
        method=method, n_resamples=n_resamples, max_exceedances=max_exceedances, ties=ties,
        n_neighbors=n_neighbors, seed=seed, n_jobs=n_jobs, methods=METHODS,
    )  # fmt: skip
    missing = checks.choice(missing, "missing", checks.MISSING)
    names = checks.names_of(X)
    (matrix,) = checks.complete([checks.matrix(X, "X", missing=missing)], "X", missing)
    plan = plan.of_rows(len(matrix))
    columns = backend_of(matrix).columns_of(matrix)
    weights, _ = column_weights(columns, "none", "X", names=names, alone=True)
    varying = np.flatnonzero(weights)
    skipped = np.flatnonzero(weights == 0)
    checks.warn_constant_columns(skipped.tolist(), "X", names)
    shape = (len(columns), len(columns))
    statistic, pvalue = np.full(shape, np.nan), np.full(shape, np.nan)
    used = np.zeros(shape, dtype=np.int64)
    with jobs(plan.n_jobs):
        sets = [TieSets(columns[[i]], weights[[i]], plan.ties, plan.n_neighbors) for i in varying]
        responses = [Response.of(columns[j]) for j in varying]
        labels = np.array([response.labels for response in responses])
        for i, one in zip(varying, sets, strict=True):
            sums = one.sums(labels)
            for j, total, response in zip(varying, sums, responses, strict=True):
                if i != j:
                    statistic[i, j] = unconditional(total, response)
        resampling = Resampling(
            plan.n_resamples, plan.max_exceedances, drawn_permutations(len(matrix), plan.seed)
        )
        for j, response in zip(varying, responses, strict=True):
            others = varying != j
            rest = varying[others]
            predictors = [one for one, other in zip(sets, others, strict=True) if other]
            pvalue[rest, j], used[rest, j] = p_values(
                statistic[rest, j], response, predictors, resampling
            )
    return CodecMatrix(statistic, pvalue, "permutation", used, skipped, names)
