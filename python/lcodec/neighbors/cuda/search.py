"""The greedy search on a CUDA device, with the bits of the CPU.

Once per step every row lists the other rows by their distance in the chosen columns S. A candidate
x walks the list, ``d = d_S + (x_i - x_m)^2 w``, and stops when the next d_S exceeds the least d.
Rows whose list ends before that are searched in full. Without S, each candidate is sorted. Several
neighbours, and classes, have a kernel of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.backends import ColumnSearch
from lcodec.neighbors.cuda.device import CupyDevice
from lcodec.neighbors.gains import CLASSES
from lcodec.neighbors.ties import TIE_RULES
from lcodec.random.philox import split_seed

_AT_ONCE = 4  # AT_ONCE in 5_step.cu
_MOST_VALUES = 2**25  # (row, candidate) pairs held at once, 12 bytes each
_BLOCKS = 2**13  # enough to keep every multiprocessor busy
_NULL = np.int64(0)


class CudaSearch(ColumnSearch):
    """The search on a CUDA device; a transposed (n, p) array is used as it is, any other copied."""

    def __init__(
        self,
        columns: Any,
        weights: Any,
        labels: Any,
        *,
        device: CupyDevice,
        ties: str = "average",
        seed: int = 0,
        memory: int | None = None,
        step: int | None = None,
        n_neighbors: int = 1,
        number: int = 0,
    ) -> None:
        self._count, self._number = np.int32(n_neighbors), np.int64(number)
        self._classes = np.int32(labels.dtype == CLASSES)
        self._device, self._rule = device, np.int32(TIE_RULES.index(ties))
        self._memory = device.memory if memory is None else memory
        self._key, self._step = key(seed), step
        with device.active():
            xp = device.arrays
            self._p, self._n = columns.shape
            self._table = xp.ascontiguousarray(columns.T)
            self._weights = xp.asarray(weights, dtype=np.float64)
            self._labels = xp.asarray(labels).astype(np.int32)
            own = xp.ones_like(self._labels) if self._classes else self._labels
            self._own_values = own.astype(np.float64)[:, np.newaxis]
        self._chosen = []
        self._lists: tuple[Any, Any] | None = None  # made when a step first needs them

    def condition(self, numbers: Sequence[int]) -> None:
        """Add columns to S without their values."""
        self._chosen.extend(map(int, numbers))
        self._lists = None

    @property
    def _block(self) -> int:
        most: int = min(_MOST_VALUES, self._memory // 24) // self._n  # the other half is for lists
        return max(1, most)

    def _sum(self, values: Any, less: Any = None) -> FloatArray:
        count, threads = values.shape[1], self._device.threads
        with self._device.active():
            out = self._device.arrays.empty(count)
            self._device.launch(
                "sums_over_rows", (-(-count // threads), 1), (threads, 1),
                values, np.int32(count), np.int32(self._n), _NULL if less is None else less, out,
            )  # fmt: skip
            return self._device.host(out)

    def _copy(self, values: Any, at: int) -> Any:
        with self._device.active():
            return values[:, at : at + 1].copy()

    def values(self, numbers: IntArray) -> Any:
        """Return the values (n, k) of the nearest rows in S and each of these columns."""
        xp, n, k = self._device.arrays, self._n, len(numbers)
        with self._device.active():
            values, queue = xp.empty((n, k)), xp.empty(n * k, dtype=np.uint32)
            out = (values, queue, xp.zeros(1, dtype=np.uint32))
            scored = (
                self._table, np.int64(self._p), xp.ascontiguousarray(xp.asarray(numbers)),
                np.int32(k), self._weights, np.int32(n), self._labels, self._rule,
            )  # fmt: skip
            chosen = self._chosen_columns()
            if self._several:
                self._search_several(scored, values)
                return values
            if self._chosen:
                self._walk(scored, chosen, out)
            else:
                self._line(scored, out)
            threads = self._device.threads
            self._device.launch(
                "finish", (min(_BLOCKS, -(-n * k // threads)), 1), (threads, 1),
                *scored, *chosen, np.int32(len(self._chosen)), np.uint32(self._counter), *self._key,
                *out,
            )  # fmt: skip
            return values

    def current(self) -> FloatArray:
        """Return the values (n,) of the column chosen last."""
        if self._current is None:
            return np.zeros(self._n)
        with self._device.active():
            return self._device.host(self._current[:, 0])

    def adopt(self, numbers: Sequence[int], values: FloatArray) -> None:
        """Add columns to S together, with their values."""
        with self._device.active():
            self._current = self._device.arrays.asarray(values)[:, np.newaxis]
        self.condition(numbers)

    def alone(self) -> FloatArray:
        """Return the values (n,) of the nearest rows in all columns, without scoring any."""
        with self._device.active():
            if self._p == 1 and not self._number:
                return self._device.host(self.values(np.array([0]))[:, 0])
            self.condition(range(self._p))
            threads = min(64, self._device.threads)
            values = self._device.arrays.empty(self._n)
            if self._several:
                nothing = (
                    self._table, np.int64(self._p), _NULL, np.int32(1), self._weights,
                    np.int32(self._n), self._labels, self._rule,
                )  # fmt: skip
                self._search_several(nothing, values)
                return self._device.host(values)
            self._device.launch(
                "nearest_rows", (-(-self._n // threads), 1), (threads, 1),
                *self._chosen_columns(), np.int32(self._p), np.int32(self._n), self._labels,
                self._rule, np.uint32(self._counter), *self._key, values,
            )  # fmt: skip
            return self._device.host(values)

    @property
    def _several(self) -> bool:
        return bool(self._count > 1 or self._classes or self._number)

    def _search_several(self, scored: tuple[Any, ...], values: Any) -> None:
        """Search each candidate, or none where its numbers are null, together with S."""
        lists, bounds, stride = _NULL, _NULL, 0
        if self._chosen:
            if self._lists is None:
                self._lists = self._make_lists(*self._chosen_columns())
            lists, bounds = self._lists
            stride = lists.shape[1]
        threads = self._device.threads
        self._device.launch(
            "nearest_several", (min(_BLOCKS, -(-values.size // threads)), 1), (threads, 1),
            *scored, *self._chosen_columns(), np.int32(len(self._chosen)),
            np.uint32(self._counter), *self._key, lists, bounds, np.int32(stride), self._count,
            self._classes, self._number, values,
        )  # fmt: skip

    def _line(self, scored: tuple[Any, ...], out: tuple[Any, ...]) -> None:
        """Search each candidate alone."""
        xp, n = self._device.arrays, self._n
        room = 1 << (n - 1).bit_length() if n > self._device.capacity else 0
        blocks = min(out[0].shape[1], _BLOCKS)
        if room:
            blocks = max(1, min(blocks, self._memory // 4 // (12 * room)))
        far = xp.empty(max(1, blocks * room)), xp.empty(max(1, blocks * room), dtype=np.int32)
        self._device.launch(
            "nearest_on_line", (blocks, 1), (self._device.threads, 1),
            *scored, *far, np.int32(room), *out,
        )  # fmt: skip

    def _walk(self, scored: tuple[Any, ...], chosen: tuple[Any, Any], out: tuple[Any, ...]) -> None:
        """Search each candidate together with S."""
        if self._lists is None:
            self._lists = self._make_lists(*chosen)
        lists, bounds = self._lists
        across, down = self._device.tile
        columns = -(-out[0].shape[1] // across)
        rows = min(-(-self._n // down), max(1, 2 * _BLOCKS // columns))
        self._device.launch(
            "walk", (columns, rows), self._device.tile,
            *scored, lists, bounds, np.int32(lists.shape[1]), *out,
        )  # fmt: skip

    def _make_lists(self, chosen: Any, weights: Any) -> tuple[Any, Any]:
        """Return the list (n, stride, 2) of every row, in the layout of `Entry`, and its bound."""
        xp, n = self._device.arrays, self._n
        room = self._memory // 2 // (16 * n)
        length = int(min(n - 1, self._device.capacity // 2, max(2 * _AT_ONCE, room)))
        stride = -(-length // _AT_ONCE) * _AT_ONCE
        lists, bounds = xp.empty((n, stride, 2)), xp.empty(n)
        self._device.launch(
            "neighbour_lists", (min(n, _BLOCKS), 1), (self._device.threads, 1),
            chosen, weights, np.int32(len(self._chosen)), np.int32(n), self._labels,
            np.int32(length), np.int32(stride), lists, bounds,
        )  # fmt: skip
        return lists, bounds

    def _chosen_columns(self) -> tuple[Any, Any]:
        """Return the columns (s, n) of S, contiguous, and their weights."""
        xp = self._device.arrays
        numbers = xp.asarray(self._chosen, dtype=np.int64)
        return xp.ascontiguousarray(self._table[:, numbers].T), self._weights[numbers]


def key(seed: int) -> list[np.uint32]:
    """Return the key of a seed as kernels take it."""
    return [np.uint32(word) for word in split_seed(seed)]
