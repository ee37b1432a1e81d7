"""FOCI, feature ordering by conditional independence, and its randomised form LFOCI.

Azadkia & Chatterjee (2021), Annals of Statistics 49(6):3070-3102, section 5; LFOCI: Mehta, Pal,
Singh & Ravi, "Deep Unlearning via Randomized Conditionally Independent Hessians", CVPR 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import Missing
from lcodec.dependence.arguments import Features, Options, read_features, warn_constant, with_noise
from lcodec.dependence.results import SelectionResult
from lcodec.dependence.selection.best_of_all import (
    BestOfAll,
    needs_exchanges,
    needs_fixed_ties,
    needs_one_response,
)
from lcodec.dependence.selection.copies import copies
from lcodec.dependence.selection.greedy import Ending, Table, search
from lcodec.dependence.selection.vectors import table_of
from lcodec.neighbors import Scaling, Ties, backend_of
from lcodec.random.philox import FEATURES, RESPONSE
from lcodec.resources import Report, jobs, reporting


@checks.known_options
def foci(
    X: ArrayLike,
    y: ArrayLike | str,
    *,
    given: Sequence[int | str] | None = None,
    groups: Sequence[Any] | None = None,
    max_features: int | None = None,
    stop: bool | Literal["gain", "test"] = True,
    min_gain: float = 0.0,
    level: float = 0.05,
    n_resamples: int = 999,
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
) -> SelectionResult:
    """Select features by FOCI: greedy forward selection with T(Y, X_j | X_S), stopping by itself.

    Each step adds the column that maximises the conditional dependence of y on it given the columns
    selected before, and the run ends at the first step whose best value is not positive. There is
    no tuning parameter, and the selected set may be empty. Equal scores go to the lowest column.

    Parameters
    ----------
    X : (n, p) array_like or table
        Features, n >= 3 samples: a table of pandas, polars, pyarrow or xarray, a structured array,
        or any array. Constant columns are never candidates (a warning names them). A column of
        categories, ordered or not, is one candidate: a group of indicators, in which two different
        categories are at squared distance 1; "std" divides that by the sum of their variances.
    y : (n,) or (n, r) array_like, or str
        Response, of several columns as in `codec`, or its name where it is a column of the table X;
        then the other columns are the features, and keep their numbers. Text or categories with
        ``response="nominal"``.
    given : sequence of int or str, or (p,) bool, optional
        Columns that are in the set from the start: by number from 0, by name, or by a mask.
    groups : sequence of sequences of int or str, or (p,) sequence of int or str, optional
        Columns that are selected together, as the codes of a category or the coordinates of a
        place: a list of the columns of each group, listed as for `given`, or a label for each
        column of X. A group is one candidate, and its distance is the sum over its columns, each
        divided as `standardize` says. The result numbers candidates: the groups in the order given,
        or in which labels first come, and after them the columns in no group. `given` holds all
        columns of a group or none.
    max_features : int, optional
        Stop after this many columns; None (default) or infinity for no limit. 1 is the paper's
        cheap variant.
    stop : {True, False, "gain", "test"}, default True
        When the run ends by itself. True or "gain": at the first best gain that is not positive.
        False: never; every column is ranked. "test": at the first step whose best column is not
        significant as the best of all, for y of one column; see Notes.
    min_gain : float, default 0
        Stop at the first step whose best coefficient is not above this. Features of few values
        need about 0.05: their gains scatter around 0, and the best of many is above it. With
        ``stop="test"`` the default is no bound: the test decides alone.
    level : float, default 0.05
        With ``stop="test"``: the largest p-value of a column that is selected, in (0, 1).
    n_resamples : int, default 999
        With ``stop="test"``: how often responses are exchanged at each step: p is
        (1 + b)/(1 + n_resamples), where the best coefficient of b exchanges reaches the real one.
    shuffle_neighbors : int, default 5
        With ``stop="test"``: among how many rows nearest in the selected columns a row exchanges
        its response, as in `codec_test`; at most n - 1 are used.
    n_neighbors : int or "auto", default 1
        The number K of nearest neighbours that count, as in `codec`. More find weaker and finer
        relations among few rows. K = 10 takes four to six times as long as 1.
    standardize : {"std", "range", "none", None}, default "std"
        Divide each column by its standard deviation or its range inside the distance, or not.
        `codec` does not by default: ``codec(y, X[:, s[k]], X[:, s[:k]], standardize="std")`` is
        the score of step k, where s is what was selected.
    ties : {"average", "random", "first"}, default "average"
        Rule for a row with several nearest neighbours, as in `codec`; "random" only without
        ``stop="test"``.
    seed : int, default 0
        Seed of ``ties="random"`` and of the exchanges of ``stop="test"``, in [0, 2^53).
    missing : {"refuse", "drop"}, default "refuse"
        What to do with rows that have NaN: an error, or leave them out and say how many.
    n_jobs : int, optional
        Threads, counted as joblib does: -1 for every processor, -2 for all but one; None (default)
        for as many as Numba is set to. The result does not depend on it.
    memory_limit : int, optional
        Bytes, at least 2^20, that the search may take beside the data and the result; None
        (default) for a quarter of the machine's memory, infinity for no limit. The result does not
        depend on it.
    progress : bool or callable, default False
        True shows a bar. A function is called as ``progress(step, scored, candidates)`` after each
        block of candidates: the step from 1, how many of its candidates are scored, and how many
        there are. An exception that it raises ends the run.
    response : {None, "ordered", "nominal"}, default None
        As in `codec`: "ordered" states that larger numbers in y mean more, "nominal" that its
        values are classes without order.

    Returns
    -------
    SelectionResult
        ``selected``, ``scores``, ``cumulative``, ``stop_reason``, ``skipped``, ``names``,
        ``columns``, ``pvalues``.

    Raises
    ------
    LcodecError
        For input of the wrong shape, size, type or scale, non-finite values and unknown options.

    Notes
    -----
    ``stop="test"`` finds the best candidate for each exchange of the responses, and compares the
    best coefficients with the real one, so the number of candidates is accounted for.
    The first step (without `given`) is exact: all rows exchange responses, and if y is independent
    of all columns together, anything is selected with probability at most `level`. Later steps
    exchange responses between rows that are near in the selected columns, as ``codec_test`` does
    with x, and are approximate. The level is that of each step, not of the whole set.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021, section 5.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> X = np.random.default_rng(0).normal(size=(500, 6))
    >>> y = X[:, 4] * X[:, 1] + X[:, 4]
    >>> result = lcodec.foci(X, y)
    >>> result.selected
    array([4, 1])
    >>> result.stop_reason
    'no_gain'
    >>> lcodec.foci(X, y, given=[4]).selected
    array([1])
    >>> grouped = lcodec.foci(X, y, groups=["a", "b", "b", "c", "c", "c"])
    >>> grouped.names, grouped.columns
    (('c', 'b'), (array([3, 4, 5]), array([1, 2])))
    >>> grape = np.array(["barbera", "barolo"])[(X[:, 2] + X[:, 5] > 0).astype(int)]
    >>> lcodec.foci(X, grape, response="nominal").selected
    array([5, 2])
    """
    test = BestOfAll.of(level, n_resamples, shuffle_neighbors)
    ending = Ending.of(max_features, stop, min_gain, test)
    options = Options.of(
        standardize, ties, seed, n_jobs, memory_limit, progress, response, n_neighbors
    )
    needs_fixed_ties(ending, options.ties)
    needs_exchanges(ending, test)
    data = read_features(X, y, given, missing, response=options.response, groups=groups)
    needs_one_response(ending, data.y)
    options = options.of_rows(len(data.y))

    def plain() -> list[Table]:
        return [table_of(data.columns, data.y, data, options)]

    return _select(plain, data, ending, options)


@checks.known_options
def lfoci(
    X: ArrayLike,
    y: ArrayLike | str,
    *,
    sigma: float = 0.01,
    draws: int = 1,
    given: Sequence[int | str] | None = None,
    groups: Sequence[Any] | None = None,
    max_features: int | None = None,
    stop: bool = True,
    min_gain: float = 0.0,
    n_neighbors: checks.Neighbors = 1,
    standardize: Scaling | None = "std",
    seed: int = 0,
    missing: Missing = "refuse",
    n_jobs: int | None = None,
    memory_limit: int | None = None,
    progress: bool | Report = False,
    response: Literal["ordered", "nominal"] | None = None,
) -> SelectionResult:
    """Select features by LFOCI: FOCI on a table to which small Gaussian noise was added.

    The noise, added to the response and to every feature, removes all ties, and a column keeps its
    noise for the whole run. A nominal response has none, since classes have no distances. The noise
    is a pure function of seed, row, column and draw, the same in every language.

    Parameters
    ----------
    X : (n, p) array_like or table
        Features. Constant columns stay constant, and are never candidates.
    y : (n,) or (n, r) array_like, or str
        Response, as in `foci`. A constant response stays constant.
    sigma : float, default 0.01
        Standard deviation of the noise: in units of each column's own standard deviation, or
        absolute when `standardize` is "none".
    draws : int, default 1
        Independent noisy tables, whose coefficients are averaged at every step.
    given, groups, max_features, stop, min_gain, n_neighbors, standardize, missing, n_jobs
    memory_limit, progress, response
        As in `foci`.
    seed : int, default 0
        Seed of the noise, in [0, 2^53).

    Returns
    -------
    SelectionResult
        As `foci`.

    Raises
    ------
    LcodecError
        As `foci`, and for a negative or infinite `sigma`.

    References
    ----------
    .. [1] R. Mehta, S. Pal, V. Singh, S. N. Ravi, "Deep Unlearning via Randomized Conditionally
       Independent Hessians", CVPR 2022.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec
    >>> X = np.random.default_rng(0).integers(0, 9, size=(500, 6))
    >>> lcodec.lfoci(X, X[:, 4] * X[:, 1] + X[:, 4]).selected
    array([4, 1])
    """
    sigma = checks.nonnegative(sigma, "sigma")
    draws = checks.whole_number(draws, "draws", 1)
    ending = Ending.of(max_features, stop, min_gain)
    options = Options.of(
        standardize, "average", seed, n_jobs, memory_limit, progress, response, n_neighbors
    )
    data = read_features(X, y, given, missing, response=options.response, noise=True, groups=groups)
    options = options.of_rows(len(data.y))
    nominal = options.response == "nominal"  # classes have no noise
    responses = backend_of(data.y).columns_of(data.y.reshape(len(data.y), -1))
    clean = [(data.columns, "X", FEATURES, data.names), (responses, "y", RESPONSE, ())]
    noisy_columns, *noisy_y = (
        with_noise(
            columns, sigma, options.standardize, name, purpose=purpose, seed=options.seed,
            names=names,
        )
        for columns, name, purpose, names in clean[: 1 if nominal else 2]
    )  # fmt: skip

    def noisy(draw: int) -> Table:
        values = data.y if nominal else noisy_y[0](draw=draw).T
        if len(responses) == 1:
            values = values.reshape(-1)
        return table_of(noisy_columns(draw=draw), values, data, options)

    return _select(lambda: [noisy(draw) for draw in range(draws)], data, ending, options)


def _select(
    make_tables: Callable[[], list[Table]], data: Features, ending: Ending, options: Options
) -> SelectionResult:
    """Search among what varies and is not given; the tables differ by their noise."""
    candidates = data.candidates
    with jobs(options.n_jobs), reporting(options.progress) as report:
        tables = make_tables()
        constant = backend_of(data.columns).spread(data.columns) == 0
        left, skipped = candidates.varying(constant, data.given)
        warn_constant(data, skipped)
        if tables[0].is_constant:
            checks.warn_constant_response(tables[0].constant)
        for table in tables:
            table.choose(data.given)
        path = search(tables, left, ending, report)
        indicators = {axis for some in data.categories for axis in some}
        alone = [int(candidates.axes[c][0]) for c in path.selected if len(candidates.axes[c]) == 1]
        copied = copies(
            partial(backend_of(data.columns).column, data.columns),
            [axis for axis in data.given if axis not in indicators],
            [axis for axis in alone if axis not in indicators],
        )
        checks.warn_copied_columns(copied, "X", data.names)
    return SelectionResult(
        candidates.numbers[np.asarray(path.selected, dtype=np.int64)],
        np.asarray(path.scores),
        np.asarray(path.cumulative),
        path.reason,
        candidates.numbers[skipped],
        tuple(candidates.names[c] for c in path.selected) if candidates.names else (),
        tuple(candidates.columns[c] for c in path.selected),
        np.asarray(path.p_values),
    )
