"""Where data lie decides what computes with them: this host, a CUDA device, or torch.

Tables stay where they are; vectors of n or p numbers are exchanged as NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, arrays
from lcodec.neighbors import sums
from lcodec.neighbors.cpu import single
from lcodec.neighbors.cpu.search import Search
from lcodec.random.jitter import jitter as host_jitter

IntArray = NDArray[np.int64]


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


class HostBackend:
    """NumPy arrays, and Numba kernels."""

    search = Search
    jitter = staticmethod(host_jitter)
    nearest_values = staticmethod(single.nearest_values)
    variance = staticmethod(sums.variance)

    def columns_of(self, matrix: FloatArray) -> FloatArray:
        """Return the columns of a matrix (n, p), each contiguous."""
        return np.ascontiguousarray(matrix.T)

    def join(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return the columns of both."""
        return np.concatenate((first, second))

    def spread(self, columns: FloatArray) -> FloatArray:
        """Return largest less smallest value of each of `columns` (p, n)."""
        with np.errstate(over="ignore", invalid="ignore"):
            value: FloatArray = columns.max(axis=1) - columns.min(axis=1)
        return value

    def ranks(self, y: FloatArray) -> tuple[IntArray, IntArray]:
        """Return how many values of `y` (n,) are below each one, and how many are not above it."""
        ordered = np.sort(y)
        below = np.searchsorted(ordered, y, side="left")
        return below.astype(np.int64), np.searchsorted(ordered, y, side="right").astype(np.int64)


def backend_of(array: Any) -> Backend:
    """Return the backend for an array that `checks` has returned."""
    library = arrays.library(array)
    if library == "cupy":
        from lcodec.neighbors.cuda import CudaBackend, CupyDevice

        return CudaBackend(CupyDevice(array))
    if library == "torch":
        from lcodec.neighbors.torch.backend import TorchBackend

        return TorchBackend()
    if library == "lcodec":  # columns elsewhere: their own class does all that a backend does
        return cast(Backend, type(array))
    return _HOST


_HOST = HostBackend()
