"""The greedy search behind FOCI and LFOCI, and the inner loop that scores every column.

A `Table` knows its nearest neighbours in the columns chosen so far. FOCI runs on one table, LFOCI
on one noisy table per draw, whose coefficients are averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.arguments import Options
from lcodec.dependence.candidates import Candidates
from lcodec.dependence.coefficient import Response, conditional, share, unconditional
from lcodec.neighbors import backend_of, left_to_right_sum
from lcodec.resources import Report

Advance = Callable[[int], None]  # told how many candidates are scored


class Table:
    """Columns (p, n), a response (n,) and the columns S chosen so far; T(Y, X_j | X_S).

    A candidate j is a column, or one of `candidates`.
    """

    constant: Sequence[int] = ()  # columns of a response of several

    def __init__(
        self, columns: FloatArray, y: FloatArray, options: Options, weights: FloatArray,
        candidates: Candidates | None = None,
    ) -> None:  # fmt: skip
        self.columns, self.weights, self.options = columns, weights, options
        self.chosen: list[int] = []  # as `columns` counts them
        self._axes = None if candidates is None else candidates.axes
        self.response = Response.of(y, options.response)
        self._joint = None
        order = None if candidates is None else candidates.order
        if candidates is not None and order is not None:
            columns, weights = backend_of(columns).take(columns, order), weights[order]
            self._joint = Joint(columns, weights, self.response, options, candidates, order)
        self._search = backend_of(columns).search(
            columns, weights, self.response.labels,
            ties=options.ties, seed=options.seed, memory=options.memory_limit,
            n_neighbors=options.n_neighbors,
        )  # fmt: skip
        # the sum of values of rows with themselves less those of N, nearest in X_S: the same for
        # every j
        self._remaining = self.response.sum_spread
        self._conditional = False

    def choose(self, numbers: Sequence[int]) -> None:
        """Add columns to S."""
        if numbers:
            self.chosen += numbers
            if self._joint is not None:
                numbers = self._joint.places(numbers)
            self._search.start(numbers)
            self._chose()

    def add(self, number: int) -> None:
        """Add a candidate to S."""
        self.chosen += self.axes_of(number)
        if self._joint is None or len(self._joint.sets[number]) == 1:
            self._search.start([number])
        else:
            self._search.adopt(self._joint.sets[number].tolist(), self._joint.values(number))
        if self._joint is not None:
            self._joint.chosen += self._joint.sets[number].tolist()
        self._chose()

    def axes_of(self, number: int) -> list[int]:
        """Return the columns of a candidate."""
        return [number] if self._axes is None else self._axes[number].tolist()

    def _chose(self) -> None:
        self._conditional = True
        self._remaining = self._search.left_sum

    @property
    def is_constant(self) -> bool:
        """Whether y is constant."""
        return self.response.is_constant

    @property
    def determined(self) -> bool:
        """Whether y is constant, or a function of X_S in the sample: every coefficient is 0/0."""
        return self.response.is_constant or self._remaining == 0

    def cumulative(self) -> float:
        """T(Y, X_S)."""
        return float(unconditional(np.asarray(self._search.current_sum), self.response))

    def sums(self, numbers: IntArray, advance: Advance | None = None) -> FloatArray:
        """Return what orders T(Y, X_j | X_S): the sum of values of M(i), less N's, for every j."""
        if self._joint is None:
            return self._search.sums(numbers, advance)
        alone = np.array([len(self._joint.sets[number]) == 1 for number in numbers.tolist()])
        sums, done = np.empty(len(numbers)), int(np.count_nonzero(alone))
        sums[alone] = self._search.sums(numbers[alone], advance)
        if not alone.all():
            after = None if advance is None else lambda more: advance(done + more)
            sums[~alone] = self._joint.sums(numbers[~alone], self._search.current(), after)
        return sums

    def gains(self, sums: FloatArray) -> FloatArray:
        """Return T(Y, X_j | X_S) from its sums."""
        if self._conditional:
            return conditional(sums, self._remaining)
        return unconditional(sums, self.response)

    @property
    def current_sum(self) -> float:
        """sum_i min(R_i, R_N(i)) with N nearest in X_S."""
        return self._search.current_sum

    def shares(self, sums: FloatArray, given: bool | None = None) -> FloatArray:
        """Return what sums are of the denominator of T(Y, .); less N's, unless S had no column."""
        if self._conditional if given is None else given:
            return share(sums, self.response)
        return unconditional(sums, self.response)

    @property
    def left_share(self) -> float:
        """What is left of that denominator when S is known, 1 without columns in S."""
        return float(share(self._remaining, self.response)) if self._conditional else 1.0


class Joint:
    """Candidates of several columns: the values of each are those of one set of columns.

    Columns stand in an order where candidate c begins at place c, which is the number that random
    ties count.
    """

    def __init__(
        self, columns: FloatArray, weights: FloatArray, response: Response, options: Options,
        candidates: Candidates, order: IntArray,
    ) -> None:  # fmt: skip
        self._columns, self._weights, self._labels = columns, weights, response.labels
        self._rule: dict[str, Any] = {
            "ties": options.ties, "seed": options.seed, "n_neighbors": options.n_neighbors,
            "memory": options.memory_limit,
        }  # fmt: skip
        self._place = np.argsort(order)
        self.sets = [self._place[axes] for axes in candidates.axes]
        self.chosen: list[int] = []

    def places(self, numbers: Sequence[int]) -> list[int]:
        """Return the places of columns that are added to S, and note them."""
        places: list[int] = self._place[list(numbers)].tolist()
        self.chosen += places
        return places

    def values(self, number: int) -> FloatArray:
        """Return the values (n,) of the nearest rows in S and all columns of a candidate."""
        some = np.array([*self.chosen, *self.sets[number].tolist()])
        backend = backend_of(self._columns)
        return backend.nearest_values(
            backend.take(self._columns, some), self._weights[some], self._labels,
            step=len(self.chosen), number=number, **self._rule,
        )  # fmt: skip

    def sums(self, numbers: IntArray, less: FloatArray, advance: Advance | None) -> FloatArray:
        """Return the sum of those values, less those of `less`, of each of some candidates."""
        return backend_of(self._columns).sums_of_sets(
            self._columns, self._weights, self._labels, np.array(self.chosen, dtype=np.int64),
            [self.sets[number] for number in numbers.tolist()], less,
            numbers=numbers, advance=advance, **self._rule,
        )  # fmt: skip


def score(
    tables: Sequence[Table], candidates: IntArray, advance: Advance | None = None
) -> tuple[int, FloatArray]:
    """Return the position of the best candidate, the lowest among equals, and all coefficients.

    One table is decided by its sums, which are integers when there are no ties; several by the mean
    of their coefficients, added in order. `advance` is told how many candidates are done.
    """

    def share(number: int) -> Advance | None:
        if advance is None:
            return None
        return lambda done: advance((number * len(candidates) + done) // len(tables))

    sums = [table.sums(candidates, share(number)) for number, table in enumerate(tables)]
    gains = [table.gains(of_table) for table, of_table in zip(tables, sums, strict=True)]
    mean = _mean(gains)
    return int(np.argmax(sums[0] if len(tables) == 1 else mean)), mean


def _mean(of_tables: Sequence[FloatArray]) -> FloatArray:
    """Return the mean over the tables, added in order."""
    if len(of_tables) == 1:
        return of_tables[0]
    return left_to_right_sum(np.stack(of_tables, axis=-1)) / len(of_tables)


class StepTest(Protocol):
    """A test of the best candidate of a step; it is chosen where the p-value is at most `level`."""

    @property
    def level(self) -> float:
        """The largest p-value of a column that is chosen."""

    def p_value(self, table: Table, candidates: IntArray, statistic: float) -> float:
        """Return how probable a best coefficient of `statistic` is, where no candidate matters."""


class Ending(NamedTuple):
    """When a search ends: after `limit` columns, or by a test, or at a small gain (`stop`).

    With a test, the gain ends a search only where `min_gain` is not 0.
    """

    limit: int | None
    stop: bool
    min_gain: float
    test: StepTest | None = None

    @classmethod
    def of(
        cls, max_features: object, stop: object, min_gain: object, test: StepTest | None = None
    ) -> Ending:
        """Check the options of `foci`; `stop` can be "test" where there is one."""
        limit = None
        if max_features is not None and not checks.is_infinite(max_features):
            limit = checks.whole_number(max_features, "max_features", 1)
        how = checks.flag(stop, "stop") if test is None else checks.stopping(stop)
        least = checks.nonnegative(min_gain, "min_gain")
        if how == "test":
            return cls(limit, least > 0, least, test)
        return cls(limit, how, least)


class Path(NamedTuple):
    """What a search found."""

    selected: list[int]
    scores: list[float]
    cumulative: list[float]
    reason: str
    p_values: list[float]


def search(
    tables: Sequence[Table], candidates: IntArray, ending: Ending, report: Report | None = None
) -> Path:
    """Add the best candidate until there is a reason to end; a test needs to be of one table."""
    selected: list[int] = []
    scores: list[float] = []
    cumulative: list[float] = []
    p_values: list[float] = []

    def ended(reason: str) -> Path:
        return Path(selected, scores, cumulative, reason, p_values)

    while True:
        if any(table.determined for table in tables):
            return ended("determined")
        if len(candidates) == 0:
            return ended("exhausted")
        if len(selected) == ending.limit:
            return ended("max_features")
        advance = None
        if report is not None:
            advance = partial(_tell, report, len(selected) + 1, len(candidates))
        best, gains = score(tables, candidates, advance)
        if ending.stop and gains[best] <= ending.min_gain:
            return ended("no_gain")
        if ending.test is not None:
            p_values.append(ending.test.p_value(tables[0], candidates, float(gains[best])))
            if p_values[-1] > ending.test.level:
                return ended("not_significant")
        selected.append(int(candidates[best]))
        scores.append(float(gains[best]))
        for table in tables:
            table.add(selected[-1])
        cumulative.append(float(_mean([np.array(table.cumulative()) for table in tables])))
        candidates = np.delete(candidates, best)


def _tell(report: Report, step: int, candidates: int, scored: int) -> None:
    report(step, scored, candidates)
