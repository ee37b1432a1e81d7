"""What the statistics ask of data, wherever they lie.

Tables stay where they are; vectors of n or p numbers are exchanged as NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from lcodec.checks import FloatArray, IntArray


class ColumnSearch(Protocol):
    """The greedy search; see `lcodec.neighbors.cpu.search.Search`."""

    def start(self, numbers: Sequence[int]) -> None:
        """Add columns to S."""

    def sums(self, numbers: IntArray, advance: Callable[[int], None] | None = None) -> FloatArray:
        """Return, for each candidate, the sum of its values less those at the last choice."""

    @property
    def current_sum(self) -> float:
        """Sum over rows, in order, of the values of the column chosen last."""

    @property
    def left_sum(self) -> float:
        """Sum over rows, in order, of the labels less those values."""


class Backend(Protocol):
    """What the statistics ask of data. `columns` are (p, n), one row per column."""

    def columns_of(self, matrix: Any) -> Any:
        """Return the columns of a matrix (n, p), ready for the other functions."""

    def join(self, first: Any, second: Any) -> Any:
        """Return the columns of both."""

    def spread(self, columns: Any) -> FloatArray:
        """Return largest less smallest value of each column."""

    def variance(self, columns: Any) -> FloatArray:
        """Return the sample variance of each column, summed in row order."""

    def ranks(self, y: Any) -> tuple[IntArray, IntArray]:
        """Return how many values of `y` (n,) are below each one, and how many are not above it."""

    def jitter(self, columns: Any, scale: FloatArray, *, draw: int, purpose: int, seed: int) -> Any:
        """Return columns plus Gaussian noise of standard deviations `scale` (p,)."""

    def search(
        self,
        columns: Any,
        weights: FloatArray,
        labels: IntArray,
        *,
        ties: str,
        seed: int,
        memory: int | None = None,
    ) -> ColumnSearch:
        """Return a search among columns."""

    def nearest_values(
        self,
        columns: Any,
        weights: FloatArray,
        labels: IntArray,
        *,
        ties: str,
        seed: int,
        step: int,
    ) -> FloatArray:
        """Return the values (n,) of the nearest rows in all columns."""
