"""The greedy search for a response of several columns: FOCI with the T of Ansari & Fuchs.

Every column of the response has a table, in which the columns of the response before it are in the
distance from the start, before all features. See `lcodec.dependence.vectors` for the formula.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.arguments import Features, Options, feature_weights
from lcodec.dependence.candidates import Candidates
from lcodec.dependence.selection.greedy import Advance, Table
from lcodec.dependence.vectors import constant_columns
from lcodec.neighbors import backend_of, column_weights, left_to_right_sum


def table_of(columns: FloatArray, y: FloatArray, data: Features, options: Options) -> Table:
    """Return the table of columns (p, n), those of `data` or these with noise, and a response.

    It is one column (n,), or several, (n, q).
    """
    weights = weights_of(columns, y, data, options)
    if y.ndim == 1:
        return Table(columns, y, options, weights, data.candidates)
    backend = backend_of(columns)
    joined = backend.join(backend.columns_of(_before(y)), columns)
    return VectorTable(joined, y, options, weights, data.candidates)


def weights_of(columns: FloatArray, y: FloatArray, data: Features, options: Options) -> FloatArray:
    """Return the weights of the columns of such a table; of several responses, theirs first."""
    own = data.own_weights(options.standardize)
    if y.ndim == 1:
        return feature_weights(columns, options, data.names, own)
    before = backend_of(columns).columns_of(_before(y))
    y_weights, reach = column_weights(before, options.standardize, "y")
    return np.append(y_weights, feature_weights(columns, options, data.names, own, reach=reach))


def _before(y: FloatArray) -> FloatArray:
    """Return the responses that are in a distance: all but the last."""
    return y[:, :-1]


class VectorTable(Table):
    """Columns (q - 1 + p, n), those of the response first, and a response (n, q); T(Y, X_j | X_S).

    T is a fraction of two sums over the columns of the response. The denominator is the same for
    every j, so that the numerators order them.
    """

    def __init__(
        self, columns: FloatArray, y: FloatArray, options: Options, weights: FloatArray,
        candidates: Candidates,
    ) -> None:  # fmt: skip
        if options.memory_limit is not None:
            options = options._replace(memory_limit=options.memory_limit // y.shape[1])
        self._features = y.shape[1] - 1  # where they start, as columns and as candidates
        axes = [np.array([k]) for k in range(self._features)]
        axes += [self._features + mine for mine in candidates.axes]
        candidates = candidates._replace(axes=tuple(axes))
        self._tables = [Table(columns, column, options, weights, candidates) for column in y.T]
        self.constant = constant_columns([table.response for table in self._tables])
        for k, table in enumerate(self._tables):
            table.choose(range(k))
        self._start = [0.0, *(table.current_sum for table in self._tables[1:])]
        self._all = float("nan") if self.is_constant else self._left

    def choose(self, numbers: Sequence[int]) -> None:
        """Add features to S."""
        for table in self._tables:
            table.choose([self._features + number for number in numbers])

    def add(self, number: int) -> None:
        """Add a candidate to S."""
        for table in self._tables:
            table.add(self._features + number)

    @property
    def is_constant(self) -> bool:
        """Whether a column of y is constant."""
        return len(self.constant) > 0

    @property
    def determined(self) -> bool:
        """Whether a column of y is constant, or y is a function of X_S in the sample: T is 0/0."""
        return self.is_constant or self._left == 0

    def cumulative(self) -> float:
        """T(Y, X_S)."""
        reached = [
            table.shares(np.asarray(table.current_sum - start), given=k > 0)
            for k, (table, start) in enumerate(zip(self._tables, self._start, strict=True))
        ]
        return float(left_to_right_sum(np.array(reached))) / self._all

    def sums(self, numbers: IntArray, advance: Advance | None = None) -> FloatArray:
        """Return what orders T(Y, X_j | X_S): its numerator, for every j."""
        q = len(self._tables)

        def part(k: int) -> Advance | None:
            if advance is None:
                return None
            return lambda done: advance((k * len(numbers) + done) // q)

        gained = [
            table.shares(table.sums(self._features + numbers, part(k)))
            for k, table in enumerate(self._tables)
        ]
        return left_to_right_sum(np.stack(gained, axis=-1))

    def gains(self, sums: FloatArray) -> FloatArray:
        """Return T(Y, X_j | X_S) from its numerators."""
        return sums / self._left

    @property
    def _left(self) -> float:
        """The denominator of every candidate."""
        return float(left_to_right_sum(np.array([table.left_share for table in self._tables])))
