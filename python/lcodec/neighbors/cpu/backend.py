"""What the statistics ask of NumPy arrays."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors import sums
from lcodec.neighbors.backends import SetSums
from lcodec.neighbors.cpu.search import Search
from lcodec.neighbors.cpu.single import nearest_values
from lcodec.random.jitter import jitter

_BLOCK = 2**15  # values looked at at once
_SEARCHED = 1000  # values up to which a search for each is faster than their order


class CpuBackend(SetSums):
    """NumPy arrays, and Numba kernels; see `lcodec.neighbors.backends.Backend`."""

    search = Search
    jitter = staticmethod(jitter)
    nearest_values = staticmethod(nearest_values)
    variance = staticmethod(sums.variance)

    def columns_of(self, matrix: FloatArray) -> FloatArray:
        """Return the columns of a matrix (n, p), each contiguous; copied only where they are not.

        Tables lend their values for reading only. Kernels only read them, but Numba would compile
        all kernels once more for an array that says so.
        """
        columns = np.ascontiguousarray(matrix.T)
        return columns if columns.flags.writeable else np.asarray(_Lent(columns))

    def take(self, columns: FloatArray, numbers: IntArray) -> FloatArray:
        """Return some of the columns."""
        some: FloatArray = columns[numbers]
        return some

    def join(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return the columns of both."""
        return np.concatenate((first, second))

    def spread(self, columns: FloatArray) -> FloatArray:
        """Return largest less smallest value of each of `columns` (p, n)."""
        with np.errstate(over="ignore", invalid="ignore"):
            value: FloatArray = columns.max(axis=1) - columns.min(axis=1)
        return value

    def sizes(self, columns: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the smallest size above 0 and the largest of each of `columns` (p, n)."""
        p, n = columns.shape
        least, most, block = np.empty(p), np.empty(p), max(1, _BLOCK // n)
        for first in range(0, p, block):  # so that a copy stays small
            size = np.abs(columns[first : first + block])
            most[first : first + block] = size.max(axis=1)
            if size.min() == 0:
                size[size == 0] = np.inf
            least[first : first + block] = size.min(axis=1)
        return least, most

    def column(self, columns: FloatArray, number: int) -> FloatArray:
        """Return one of `columns` (p, n)."""
        values: FloatArray = columns[number]
        return values

    def ranks(self, y: FloatArray) -> tuple[IntArray, IntArray]:
        """Return how many values of `y` (n,) are below each one, and how many are not above it."""
        n = len(y)
        order = np.argsort(y)
        ordered = y[order]
        new = ordered[1:] != ordered[:-1]
        if new.all():
            at_most = np.empty(n, dtype=np.int64)
            at_most[order] = np.arange(1, n + 1)
            return at_most - 1, at_most
        if n < _SEARCHED:
            below, at_most = (np.searchsorted(ordered, y, side=side) for side in ("left", "right"))
            return below.astype(np.int64), at_most.astype(np.int64)
        starts = np.flatnonzero(np.append(True, new))  # of equal values
        stops = np.append(starts[1:], n)
        ranks = np.empty((2, n), dtype=np.int64)
        ranks[:, order] = np.repeat((starts, stops), stops - starts, axis=1)
        return ranks[0], ranks[1]


class _Lent:
    """The memory of a read-only array, as an array that does not say so."""

    def __init__(self, array: FloatArray) -> None:
        self.lender = array  # lives as long as an array made of this
        self.__array_interface__ = array.__array_interface__ | {"data": (array.ctypes.data, False)}
