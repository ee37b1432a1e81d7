"""What the statistics ask of data on a CUDA device. Tables stay; arrays (n,) and (p,) return."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.backends import SetSums
from lcodec.neighbors.cuda.device import CupyDevice
from lcodec.neighbors.cuda.search import CudaSearch, key
from lcodec.neighbors.gains import Labels

_BLOCKS = 2**13


class CudaBackend(SetSums):
    """Functions of arrays on one device; see `lcodec.neighbors.backends.Backend`."""

    def __init__(self, device: CupyDevice) -> None:
        self.device, self.search = device, partial(CudaSearch, device=device)

    def columns_of(self, matrix: Any) -> Any:
        """Return the columns of a matrix (n, p) as its transpose: kernels read along its rows."""
        with self.device.active():
            return self.device.arrays.ascontiguousarray(matrix).T

    def take(self, columns: Any, numbers: IntArray) -> Any:
        """Return some of the columns."""
        with self.device.active():
            return columns[self.device.arrays.asarray(numbers)]

    def join(self, first: Any, second: Any) -> Any:
        """Return the columns of both."""
        with self.device.active():
            return self.device.arrays.concatenate((first, second))

    def spread(self, columns: Any) -> FloatArray:
        """Return largest less smallest value of each of `columns` (p, n)."""
        return self._per_column("column_spreads", columns)

    def variance(self, columns: Any) -> FloatArray:
        """Return the sample variance of each of `columns` (p, n), in any order of rows."""
        return self._per_column("column_variances", columns)

    def sizes(self, columns: Any) -> tuple[FloatArray, FloatArray]:
        """Return the smallest size above 0 and the largest of each of `columns` (p, n)."""
        return self._per_column("column_least", columns), self._per_column("column_most", columns)

    def column(self, columns: Any, number: int) -> FloatArray:
        """Return one of `columns` (p, n), in host memory."""
        with self.device.active():
            return self.device.host(self.device.arrays.ascontiguousarray(columns[number]))

    def ranks(self, y: Any) -> tuple[IntArray, IntArray]:
        """Return how many values of `y` (n,) are below each one, and how many are not above it."""
        with self.device.active():
            xp = self.device.arrays
            ordered = xp.sort(y)
            below = self.device.host(xp.searchsorted(ordered, y, side="left"))
            at_most = self.device.host(xp.searchsorted(ordered, y, side="right"))
        return below.astype(np.int64), at_most.astype(np.int64)

    def jitter(self, columns: Any, scale: FloatArray, *, draw: int, purpose: int, seed: int) -> Any:
        """Return `columns` (p, n) plus the noise of `lcodec.random.jitter`."""
        p, n = columns.shape
        if p == 0:
            return columns
        with self.device.active():
            xp = self.device.arrays
            table, out = xp.ascontiguousarray(columns.T), xp.empty((n, p))
            self.device.launch(
                "add_noise", (min(_BLOCKS, -(-n * p // self.device.threads)), 1),
                (self.device.threads, 1), table, np.int64(p), np.int32(n), xp.asarray(scale),
                np.uint32(draw), np.uint32(purpose), *key(seed), out,
            )  # fmt: skip
        return out.T

    def nearest_values(
        self, columns: Any, weights: FloatArray, labels: Labels, **options: Any
    ) -> FloatArray:
        """Return the values (n,) of the nearest rows in all of `columns` (q, n)."""
        return self.search(columns, weights, labels, **options).alone()

    def _per_column(self, kernel: str, columns: Any) -> FloatArray:
        p, n = columns.shape
        if p == 0:
            return np.empty(0)
        with self.device.active():
            table = self.device.arrays.ascontiguousarray(columns.T)
            out = self.device.arrays.empty(p)
            self.device.launch(
                kernel, (-(-p // self.device.threads), 1), (self.device.threads, 1),
                table, np.int64(p), np.int32(n), out,
            )  # fmt: skip
            return self.device.host(out)
