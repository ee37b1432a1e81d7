"""How stable the choice of FOCI is: how often it selects each column on random parts of the rows.

Meinshausen & Buehlmann (2010), "Stability selection", JRSS B 72(4):417-473.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, LcodecWarning, Missing
from lcodec.dependence.arguments import (
    LEAST_SUBSAMPLE,
    Features,
    Options,
    read_features,
    warn_constant,
)
from lcodec.dependence.results import StabilityResult
from lcodec.dependence.selection.best_of_all import (
    BestOfAll,
    needs_exchanges,
    needs_fixed_ties,
    needs_one_response,
)
from lcodec.dependence.selection.greedy import Ending, search
from lcodec.dependence.selection.vectors import table_of, weights_of
from lcodec.neighbors import Scaling, Ties, backend_of
from lcodec.random.permutation import permutations
from lcodec.random.philox import SUBSAMPLE
from lcodec.resources import Report, jobs, reporting


@checks.known_options
def foci_stability(
    X: ArrayLike,
    y: ArrayLike | str,
    *,
    n_resamples: int = 100,
    fraction: float = 0.5,
    given: Sequence[int | str] | None = None,
    groups: Sequence[Any] | None = None,
    max_features: int | None = None,
    stop: bool | Literal["gain", "test"] = True,
    min_gain: float = 0.0,
    level: float = 0.05,
    n_exchanges: int = 199,
    shuffle_neighbors: int = 5,
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = "std",
    ties: Ties = "average",
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    memory_limit: int | None = None,
    progress: bool | Report = False,
    response: Literal["ordered", "nominal"] | None = None,
) -> StabilityResult:
    """Return how often FOCI selects each column on random subsamples of the rows.

    A column that is selected on nearly all subsamples is a choice of the data; one that is selected
    on few of them is a choice of these rows.

    Parameters
    ----------
    X : (n, p) array_like or table
        Features, as in `foci`.
    y : (n,) or (n, r) array_like, or str
        Response, as in `foci`.
    n_resamples : int, default 100
        Number of subsamples.
    fraction : float, default 0.5
        Part of the rows that a subsample has, in (0, 1): floor(fraction n) rows, at least 10, drawn
        without replacement, in their order in X.
    seed : int, default 0
        Seed of the subsamples, and of `foci` on each of them, in [0, 2^53).
    n_exchanges : int, default 199
        With ``stop="test"``: what is `n_resamples` in `foci`.
    n_neighbors : int or "auto", default 1
        As in `foci`; less than the number of rows of a subsample.
    progress : bool or callable, default False
        True shows a bar. A function is called as ``progress(run, done, runs)`` after each
        subsample, where run and done are both the number of subsamples so far. An exception that
        it raises ends the runs.
    given, groups, max_features, stop, min_gain, level, shuffle_neighbors, standardize, ties
    missing, n_jobs, memory_limit, response
        As in `foci`. Arrays on devices and dask arrays are brought to this machine.

    Returns
    -------
    StabilityResult
        ``frequency``, ``n_resamples``, ``size``, ``names``.

    Raises
    ------
    LcodecError
        As `foci`, and for a `fraction` that keeps fewer than 10 rows.

    Notes
    -----
    Columns that are constant in a subsample are not selected there, and where y is constant nothing
    is; warnings are about the whole table only, and come once.

    References
    ----------
    .. [1] N. Meinshausen, P. Buehlmann, "Stability selection", J. R. Stat. Soc. B 72(4):417-473,
       2010.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> X = np.random.default_rng(0).normal(size=(500, 4))
    >>> y = X[:, 3] * X[:, 1] + X[:, 3]
    >>> lcodec.foci_stability(X, y, n_resamples=50).frequency
    array([0., 1., 0., 1.])
    """
    n_resamples = checks.whole_number(n_resamples, "n_resamples", 1)
    fraction = checks.fraction(fraction, "fraction")
    test = BestOfAll.of(level, n_exchanges, shuffle_neighbors, "n_exchanges")
    ending = Ending.of(max_features, stop, min_gain, test)
    options = Options.of(
        standardize, ties, seed, n_jobs, memory_limit, progress, response, n_neighbors
    )
    needs_fixed_ties(ending, options.ties)
    needs_exchanges(ending, test, "n_exchanges")
    data = read_features(X, y, given, missing, response=options.response, groups=groups)
    needs_one_response(ending, data.y)
    rows = len(data.y)
    size = math.floor(fraction * rows)
    if size < LEAST_SUBSAMPLE:
        checks.fail(
            "optionRange",
            f"`fraction` must keep at least {LEAST_SUBSAMPLE} of the rows, "
            f"got {checks.describe(fraction)} of {rows}",
        )
    options = options.of_rows(size)
    backend = backend_of(data.columns)
    columns = np.stack([backend.column(data.columns, j) for j in range(len(data.columns))])
    values = _here(data.y)
    data = data._replace(columns=columns)
    weights_of(columns, values, data, options)  # refuses and warns
    warn_constant(data, data.candidates.varying(_constant(columns), data.given)[1])
    same = values.min(axis=0) == values.max(axis=0)
    if same.any():
        checks.warn_constant_response(np.flatnonzero(same).tolist() if same.ndim else ())
    candidates = data.candidates
    times = np.zeros(candidates.total)
    with jobs(options.n_jobs), reporting(options.progress, "run", "run") as report:
        for run in range(n_resamples):
            order = permutations(rows, range(run, run + 1), options.seed, SUBSAMPLE)[0]
            some = np.sort(order[:size])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LcodecWarning)
                part = data._replace(columns=columns.take(some, axis=1), y=values[some])
                selected = _select(part, ending, options)
            times[candidates.numbers[selected]] += 1
            if report is not None:
                report(run + 1, run + 1, n_resamples)
    return StabilityResult(times / n_resamples, n_resamples, size, _names(data, y))


def _here(y: FloatArray) -> FloatArray:
    """Return a response on this machine."""
    backend = backend_of(y)
    if y.ndim == 1:
        return backend.column(y[np.newaxis], 0)
    return np.stack([backend.column(y.T, k) for k in range(y.shape[1])], axis=1)


def _select(data: Features, ending: Ending, options: Options) -> IntArray:
    """Return which candidates FOCI selects on some of the rows."""
    table = table_of(data.columns, data.y, data, options)
    table.choose(data.given)
    left, _ = data.candidates.varying(_constant(data.columns), data.given)
    return np.array(search([table], left, ending).selected, dtype=np.int64)


def _constant(columns: FloatArray) -> NDArray[np.bool_]:
    constant: NDArray[np.bool_] = columns.min(axis=1) == columns.max(axis=1)
    return constant


def _names(data: Features, y: object) -> tuple[str, ...]:
    """Return the names of candidates, with that of the response at its place among the columns."""
    candidates = data.candidates
    if not candidates.names:
        return ()
    names = dict(zip(candidates.numbers.tolist(), candidates.names, strict=True))
    return tuple(names.get(number, str(y)) for number in range(candidates.total))
