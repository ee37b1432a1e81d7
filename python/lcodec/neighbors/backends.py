"""What the statistics ask of data, wherever they lie.

Tables stay where they are; vectors of n or p numbers are exchanged as NumPy arrays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.gains import Labels
from lcodec.neighbors.sums import sum_over_rows


class ColumnSearch(ABC):
    """The greedy search: values of candidates given the columns chosen so far, S.

    The value of row i for candidate j is `gain`(labels[i], labels[m]) over the rows m nearest to i
    in the columns (S, j): the mean over the tie set, or one of its rows (`ties`); of several
    neighbours, the mean over those that are nearer than the last one and over what is left for the
    tie set of that one. Every engine returns the same bits.

    Parameters
    ----------
    columns : (p, n) float64
        Data columns, where the engine computes.
    weights : (p,) float64
        Their weights in the distance.
    labels : (n,) int64 or int32
        Ranks, whole numbers below 2^31, or numbers of classes, from 0; see `gains`.
    ties : {"average", "random", "first"}
        Rule for a row with several nearest rows.
    seed : int
        Seed of "random".
    memory : int, optional
        Bytes that lists and blocks may take; by default a quarter of the machine's memory, or of
        what is free on a device.
    step : int, optional
        Third counter word of the random choice; the number of chosen columns by default.
    n_neighbors : int
        How many nearest rows count.
    """

    _chosen: list[int]
    _step: int | None
    _own_values: Any  # the value of each row with itself, in the layout of `values` of one column
    _current: Any = None  # values of the column chosen last
    # the candidate of the largest sum, after so many columns were chosen, and its values
    _best: tuple[tuple[int, int], Any] | None = None

    @abstractmethod
    def condition(self, numbers: Sequence[int]) -> None:
        """Add columns to S without their values."""

    @abstractmethod
    def values(self, numbers: IntArray) -> Any:
        """Return the values of some candidates, where the engine computes."""

    @abstractmethod
    def _sum(self, values: Any, less: Any = None) -> FloatArray:
        """Sum over rows, in no order, the values of each column less those of one."""

    @abstractmethod
    def _copy(self, values: Any, at: int) -> Any:
        """Return a copy of the values of one column, in the layout of `values` of it alone."""

    @property
    @abstractmethod
    def _block(self) -> int:
        """How many candidates are scored at once."""

    def start(self, numbers: Sequence[int]) -> None:
        """Start with these columns in S."""
        if numbers:
            self.condition(numbers[:-1])
            self.choose(numbers[-1])

    def choose(self, number: int) -> None:
        """Add a column to S."""
        if self._best is not None and self._best[0] == (len(self._chosen), number):
            self._current = self._best[1]
        else:
            self._current = self.values(np.array([number]))
        self.condition([number])

    def sums(self, numbers: IntArray, advance: Callable[[int], None] | None = None) -> FloatArray:
        """Return, for each candidate, the sum of its values less those at the last choice.

        `advance` is told how many candidates are done.
        """
        sums, block, largest = np.empty(len(numbers)), self._block, -np.inf
        for first in range(0, len(numbers), block):
            some = numbers[first : first + block]
            values = self.values(some)
            of_some = self._sum(values, self._current)
            at = int(of_some.argmax())
            if of_some[at] > largest:  # it may be chosen next, and is not looked for again
                key = len(self._chosen), int(some[at])
                largest, self._best = of_some[at], (key, self._copy(values, at))
            sums[first : first + block] = of_some
            if advance is not None:
                advance(first + len(some))
        return sums

    @abstractmethod
    def current(self) -> FloatArray:
        """Return the values (n,) of the column chosen last, on this host; zeros before any."""

    @abstractmethod
    def adopt(self, numbers: Sequence[int], values: FloatArray) -> None:
        """Add columns to S together; `values` (n,), from this host, are those of their choice."""

    @property
    def current_sum(self) -> float:
        """Sum over rows of the values of the column chosen last."""
        return float(self._sum(self._current)[0])

    @property
    def left_sum(self) -> float:
        """Sum over rows of their values with themselves less those values."""
        return float(self._sum(self._own_values, self._current)[0])

    @property
    def _counter(self) -> int:
        return len(self._chosen) if self._step is None else self._step


class Backend(Protocol):
    """What the statistics ask of data. `columns` are (p, n), one row per column."""

    def columns_of(self, matrix: Any) -> Any:
        """Return the columns of a matrix (n, p), ready for the other functions."""

    def take(self, columns: Any, numbers: IntArray) -> Any:
        """Return some of the columns, in this order."""

    def join(self, first: Any, second: Any) -> Any:
        """Return the columns of both."""

    def spread(self, columns: Any) -> FloatArray:
        """Return largest less smallest value of each column."""

    def variance(self, columns: Any) -> FloatArray:
        """Return the sample variance of each column, whatever the order of its rows."""

    def sizes(self, columns: Any) -> tuple[FloatArray, FloatArray]:
        """Return the smallest size above 0, or infinity, and the largest of each column."""

    def column(self, columns: Any, number: int) -> FloatArray:
        """Return one of the columns (n,), in host memory."""

    def ranks(self, y: Any) -> tuple[IntArray, IntArray]:
        """Return how many values of `y` (n,) are below each one, and how many are not above it."""

    def jitter(self, columns: Any, scale: FloatArray, *, draw: int, purpose: int, seed: int) -> Any:
        """Return columns plus Gaussian noise of standard deviations `scale` (p,)."""

    def search(
        self,
        columns: Any,
        weights: FloatArray,
        labels: Labels,
        *,
        ties: str,
        seed: int,
        memory: int | None = None,
        n_neighbors: int = 1,
    ) -> ColumnSearch:
        """Return a search among columns."""

    def nearest_values(
        self,
        columns: Any,
        weights: FloatArray,
        labels: Labels,
        *,
        ties: str,
        seed: int,
        step: int,
        n_neighbors: int = 1,
        number: int = 0,
        memory: int | None = None,
    ) -> FloatArray:
        """Return the values (n,) of the nearest rows in all columns, as those of a candidate."""

    def sums_of_sets(
        self,
        columns: Any,
        weights: FloatArray,
        labels: Labels,
        chosen: IntArray,
        sets: Sequence[IntArray],
        less: FloatArray,
        *,
        numbers: IntArray,
        ties: str,
        seed: int,
        n_neighbors: int = 1,
        memory: int | None = None,
        advance: Callable[[int], None] | None = None,
    ) -> FloatArray:
        """Return, for candidates that are sets of columns, the sum of values less those of `less`.

        `chosen` are the columns in S, which come first in the distance; `numbers` are the numbers
        of the candidates. `advance` is told how many are done.
        """


class SetSums:
    """The sums of sets of columns, one after the other, for a backend to inherit."""

    def sums_of_sets(
        self: Any,
        columns: Any,
        weights: FloatArray,
        labels: Labels,
        chosen: IntArray,
        sets: Sequence[IntArray],
        less: FloatArray,
        *,
        numbers: IntArray,
        advance: Callable[[int], None] | None = None,
        **rule: Any,
    ) -> FloatArray:
        """Return the sums that `Backend.sums_of_sets` describes."""
        sums, step = np.empty(len(sets)), len(chosen)
        for k, some in enumerate(sets):
            mine = np.append(chosen, some)
            values = self.nearest_values(
                self.take(columns, mine), weights[mine], labels, step=step, number=int(numbers[k]),
                **rule,
            )  # fmt: skip
            sums[k] = sum_over_rows(values, less)
            if advance is not None:
                advance(k + 1)
        return sums
