"""The coefficient of every column at once: one step of FOCI.

Azadkia & Chatterjee (2021), Annals of Statistics 49(6):3070-3102.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, Missing
from lcodec.dependence.arguments import Features, Options, read_features
from lcodec.dependence.selection.greedy import Table, score
from lcodec.dependence.selection.vectors import table_of
from lcodec.neighbors import Scaling, Ties
from lcodec.resources import jobs


@checks.known_options
def codec_scores(
    X: ArrayLike,
    y: ArrayLike | str,
    given: Sequence[int | str] | None = None,
    *,
    groups: Sequence[Any] | None = None,
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = "std",
    ties: Ties = "average",
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    memory_limit: int | None = None,
    response: Literal["ordered", "nominal"] | None = None,
) -> FloatArray:
    """Return T(Y, X_j | X_given) of every column j at once: one step of FOCI.

    Parameters
    ----------
    X : (n, p) array_like or table
        Features, n >= 3 samples.
    y : (n,) or (n, r) array_like, or str
        Response, of several columns as in `codec`, or its name where it is a column of the table X.
    given : sequence of int or str, or (p,) bool, optional
        Conditioning columns of X, by number from 0, by name, or by a mask; None (default) for none.
    groups, n_neighbors, standardize, ties, seed, missing, n_jobs, memory_limit, response
        As in `foci`.

    Returns
    -------
    (p,) float64
        The coefficients. 0 for the given columns, which add nothing, and for a column that is the
        response. With `groups`, one for each candidate: the groups, then the columns in no group
        other than the response. All NaN, with a warning, for constant y and when y is a function of
        the given columns in the sample.

    Raises
    ------
    LcodecError
        As `foci`.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> lcodec.codec_scores(X, X[:, 0] + X[:, 1], given=[0]).round(2)
    array([ 0.  ,  0.92, -0.02])
    """
    options = Options.of(
        standardize, ties, seed, n_jobs, memory_limit, response=response, n_neighbors=n_neighbors
    )
    data = read_features(X, y, given, missing, response=options.response, groups=groups)
    options = options.of_rows(len(data.y))
    scores = np.zeros(data.candidates.total)
    with jobs(options.n_jobs):
        table = table_of(data.columns, data.y, data, options)
        scores[data.candidates.numbers] = _scores(table, data)
    return scores


def _scores(table: Table, data: Features) -> FloatArray:
    table.choose(data.given)
    scores = np.zeros(len(data.candidates.axes))
    if table.determined:
        if table.is_constant:
            checks.warn_constant_response(table.constant)
        else:
            checks.warn_determined_response("given")
        return np.full_like(scores, np.nan)
    others = np.setdiff1d(np.arange(len(scores)), data.candidates.among(data.given))
    if len(others):
        scores[others] = score([table], others)[1]
    return scores
