"""FOCI, feature ordering by conditional independence, and its randomised form LFOCI.

Azadkia & Chatterjee (2021), Annals of Statistics 49(6):3070-3102, section 5; LFOCI: Mehta, Pal,
Singh & Ravi, "Deep Unlearning via Randomized Conditionally Independent Hessians", CVPR 2022.
"""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.dependence.coefficient import scaling, unconditional
from lcodec.dependence.response import Response
from lcodec.dependence.results import SelectionResult
from lcodec.neighbors import TIE_RULES, column_weights, tie_values
from lcodec.neighbors.distance import left_to_right_sum, variance
from lcodec.random.normal import gaussian
from lcodec.random.philox import FEATURES, RESPONSE

OPTIONS = ("max_features", "stop", "standardize", "ties", "seed")
_BLOCK = 2**23  # results held at once (64 MB): candidates are scored in blocks of this / n columns


def foci(
    X: object,
    y: object,
    *,
    max_features: int | None = None,
    stop: bool = True,
    standardize: str | None = "std",
    ties: str = "average",
    seed: int = 0,
    **unknown: NoReturn,
) -> SelectionResult:
    """Select features by FOCI: greedy forward selection with T(Y, X_j | X_S), stopping by itself.

    Each step adds the column that maximises the conditional dependence of y on it given the columns
    selected before, and the run ends at the first step whose best value is not positive. There is
    no tuning parameter, and the selected set may be empty. Equal scores go to the lowest column.

    Parameters
    ----------
    X : (n, p) array_like
        Features, n >= 3 samples. Constant columns are never candidates (a warning names them).
    y : (n,) array_like
        Response.
    max_features : int, optional
        Stop after this many columns; None (default) for no limit. 1 is the paper's cheap variant.
    stop : bool, default True
        False ranks every column, whatever its gain.
    standardize : {"std", "range", "none", None}, default "std"
        Divide each column by its standard deviation or its range inside the distance, or not.
    ties : {"average", "random", "first"}, default "average"
        Rule for a row with several nearest neighbours, as in `codec`.
    seed : int, default 0
        Seed of ``ties="random"``, in [0, 2^53).

    Returns
    -------
    SelectionResult
        ``selected``, ``scores``, ``cumulative``, ``stop_reason``, ``skipped``.

    Raises
    ------
    LcodecError
        For input of the wrong shape, size, type or scale, non-finite values and unknown options.

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
    """
    checks.no_unknown(unknown, OPTIONS)
    limit = None if max_features is None else checks.whole_number(max_features, "max_features", 1)
    stop = checks.flag(stop, "stop")
    standardize = scaling(standardize)
    ties = checks.choice(ties, "ties", TIE_RULES)
    seed = checks.whole_number(seed, "seed", 0)
    columns, response_values = _data(X, y)
    run = _Run(columns, response_values, standardize, ties, seed)
    return run.select(limit, stop)


def lfoci(
    X: object,
    y: object,
    *,
    sigma: float = 0.01,
    max_features: int | None = None,
    stop: bool = True,
    standardize: str | None = "std",
    seed: int = 0,
    **unknown: NoReturn,
) -> SelectionResult:
    """Select features by LFOCI: FOCI on a table to which small Gaussian noise was added.

    The noise, added to the response and to every feature, removes all ties, and a column keeps its
    noise for the whole run. It is a pure function of seed, row and column, the same in every
    language.

    Parameters
    ----------
    X : (n, p) array_like
        Features. Constant columns stay constant, and are never candidates.
    y : (n,) array_like
        Response. A constant response stays constant.
    sigma : float, default 0.01
        Standard deviation of the noise: in units of each column's own standard deviation, or
        absolute when `standardize` is "none".
    max_features, stop, standardize
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
    checks.no_unknown(unknown, ("sigma", "max_features", "stop", "standardize", "seed"))
    sigma = checks.nonnegative(sigma, "sigma")
    limit = None if max_features is None else checks.whole_number(max_features, "max_features", 1)
    stop = checks.flag(stop, "stop")
    standardize = scaling(standardize)
    seed = checks.whole_number(seed, "seed", 0)
    columns, response_values = _data(X, y)
    relative = standardize != "none"
    noisy = _jitter(columns, sigma, relative, FEATURES, seed)
    noisy_response = _jitter(response_values[np.newaxis], sigma, relative, RESPONSE, seed)[0]
    return _Run(noisy, noisy_response, standardize, "average", seed).select(limit, stop)


def _data(X: object, y: object) -> tuple[FloatArray, FloatArray]:
    matrix = checks.matrix(X, "X")
    return np.ascontiguousarray(matrix.T), checks.vector(y, "y", rows=len(matrix), like="X")


def _jitter(
    columns: FloatArray, sigma: float, relative: bool, purpose: int, seed: int
) -> FloatArray:
    """Add Gaussian noise to `columns` (p, n); constant columns stay as they are."""
    scale = sigma * np.sqrt(variance(columns)) if relative else np.full(len(columns), sigma)
    scale[columns.max(axis=1) == columns.min(axis=1)] = 0.0
    numbers = np.arange(len(columns))
    noise = gaussian(columns.shape[1], numbers, draw=0, purpose=purpose, seed=seed)
    return columns + scale[:, np.newaxis] * noise


class _Run:
    """One greedy selection: the data, the columns chosen so far, and their nearest neighbours."""

    def __init__(
        self, columns: FloatArray, y: FloatArray, standardize: str, ties: str, seed: int
    ) -> None:
        self.columns = columns
        self.weights, _ = column_weights(columns, standardize, "X")
        self.response = Response.of(y)
        self.ties, self.seed = ties, seed
        constant = columns.max(axis=1) == columns.min(axis=1)
        self.skipped = np.flatnonzero(constant)
        self.candidates = np.flatnonzero(~constant)
        self.chosen: list[int] = []
        self.current: FloatArray | None = None  # min(R_i, R_N(i)) with N nearest in `chosen`

    def select(self, limit: int | None, stop: bool) -> SelectionResult:
        checks.warn_constant_columns(self.skipped, "X")
        if self.response.is_constant:
            checks.warn_constant_response()
        scores: list[float] = []
        cumulative: list[float] = []
        while not (reason := self._reason_to_end(limit)):
            sums = self._sums()
            best = int(np.argmax(sums))  # the first of equal sums: the lowest column
            gain = self._gain(sums[best])
            if stop and gain <= 0:
                reason = "no_gain"
                break
            scores.append(gain)
            current = self._choose(int(self.candidates[best]))
            cumulative.append(unconditional(float(left_to_right_sum(current)), self.response))
        return SelectionResult(
            np.asarray(self.chosen, dtype=np.int64),
            np.asarray(scores),
            np.asarray(cumulative),
            reason,
            self.skipped,
        )

    def _reason_to_end(self, limit: int | None) -> str:
        if self.response.is_constant or self._remaining() == 0:
            return "determined"
        if len(self.candidates) == 0:
            return "exhausted"
        return "max_features" if len(self.chosen) == limit else ""

    def _remaining(self) -> float:
        """Return the denominator of every candidate; it is 0 when `chosen` determine y."""
        if self.current is None:
            return self.response.sum_spread
        return float(left_to_right_sum(self.response.at_most - self.current))

    def _sums(self) -> FloatArray:
        """Return what orders T(Y, X_j | X_S), for every j: sum_i min(R_i, R_M(i)), less N's."""
        block = max(1, _BLOCK // self.columns.shape[1])
        starts = range(0, len(self.candidates), block)
        return np.concatenate([self._block(self.candidates[s : s + block]) for s in starts])

    def _block(self, numbers: NDArray[np.int64]) -> FloatArray:
        values = self._values(numbers)
        return left_to_right_sum(values if self.current is None else values - self.current)

    def _gain(self, total: float) -> float:
        """T(Y, X_j | X_S) from its sum."""
        if self.current is None:
            return unconditional(total, self.response)
        return float(total / self._remaining())

    def _values(self, numbers: NDArray[np.int64]) -> FloatArray:
        return tie_values(
            self.response.at_most,
            self.columns[self.chosen],
            self.weights[self.chosen],
            self.columns[numbers],
            self.weights[numbers],
            ties=self.ties,
            seed=self.seed,
            step=len(self.chosen),
            ids=numbers,
        )

    def _choose(self, number: int) -> FloatArray:
        self.current = self._values(np.array([number]))[0]
        self.chosen.append(number)
        self.candidates = self.candidates[self.candidates != number]
        return self.current
