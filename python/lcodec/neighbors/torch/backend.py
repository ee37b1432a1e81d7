"""What the statistics ask of torch tensors. Tables stay; arrays (n,) and (p,) return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.backends import SetSums
from lcodec.neighbors.gains import Labels
from lcodec.neighbors.torch.search import TorchSearch, add_rows, host
from lcodec.random.normal import gaussian

if TYPE_CHECKING:
    from torch import Tensor


class TorchBackend(SetSums):
    """Functions of torch tensors; see `lcodec.neighbors.backends.Backend`."""

    search = TorchSearch

    def columns_of(self, matrix: Tensor) -> Tensor:
        """Return the columns of a matrix (n, p), each contiguous."""
        return matrix.T.contiguous()

    def take(self, columns: Tensor, numbers: IntArray) -> Tensor:
        """Return some of the columns."""
        return columns[numbers.tolist()]

    def join(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the columns of both."""
        import torch

        return torch.cat((first, second))

    def spread(self, columns: Tensor) -> FloatArray:
        """Return largest less smallest value of each of `columns` (p, n)."""
        return host(columns.amax(dim=1) - columns.amin(dim=1))

    def variance(self, columns: Tensor) -> FloatArray:
        """Return the sample variance of each of `columns` (p, n), in any order of rows."""
        n = columns.shape[1]
        mean = add_rows(columns, host(columns.abs().amax(dim=1))) / n
        deviation = columns - mean[:, None]
        squares = deviation.mul_(deviation)
        return host(add_rows(squares, host(squares.amax(dim=1))) / (n - 1))

    def sizes(self, columns: Tensor) -> tuple[FloatArray, FloatArray]:
        """Return the smallest size above 0 and the largest of each of `columns` (p, n)."""
        size = columns.abs()
        most = host(size.amax(dim=1))
        return host(size.masked_fill_(size == 0, np.inf).amin(dim=1)), most

    def column(self, columns: Tensor, number: int) -> FloatArray:
        """Return one of `columns` (p, n), in host memory."""
        return host(columns[number])

    def ranks(self, y: Tensor) -> tuple[IntArray, IntArray]:
        """Return how many values of `y` (n,) are below each one, and how many are not above it."""
        import torch

        ordered, values = y.sort().values, y.contiguous()
        below, at_most = (torch.searchsorted(ordered, values, right=r) for r in (False, True))
        return below.cpu().numpy(), at_most.cpu().numpy()

    def jitter(
        self, columns: Tensor, scale: FloatArray, *, draw: int, purpose: int, seed: int
    ) -> Tensor:
        """Return `columns` (p, n) plus the noise of `lcodec.random.jitter`, made on the host."""
        numbers = np.arange(len(columns))
        noise = gaussian(columns.shape[1], numbers, draw=draw, purpose=purpose, seed=seed)
        return columns + columns.new_tensor(scale[:, np.newaxis] * noise)

    def nearest_values(
        self, columns: Tensor, weights: FloatArray, labels: Labels, **options: Any
    ) -> FloatArray:
        """Return the values (n,) of the nearest rows in all of `columns` (q, n)."""
        return self.search(columns, weights, labels, **options).alone()
