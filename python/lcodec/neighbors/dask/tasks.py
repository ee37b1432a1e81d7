"""What workers do with a chunk of columns (c, n); every function here is pure.

Kernels run one at a time in a process, as a kernel uses all threads that its worker has.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.checks.data import nonfinite, real
from lcodec.neighbors import sums
from lcodec.neighbors.cpu.search import Search
from lcodec.neighbors.gains import CLASSES, RANKS, Labels
from lcodec.random import jitter
from lcodec.resources import default_limit, jobs

Bits = NDArray[np.uint8]

_one_at_a_time = threading.Lock()


class Chosen(NamedTuple):
    """A column in S."""

    number: int
    column: FloatArray  # (n,)
    weight: np.float64


class Run:
    """The response and the options of a search, with what the last step prepared.

    The lists of a step depend on nothing but this and the chosen columns. Each worker makes them
    once for all its chunks and keeps them here, until dask forgets this object; they are never
    sent.
    """

    def __init__(
        self, labels: NDArray[np.int32], classes: bool, p: int, ties: str, seed: int,
        memory: int | None, local_threads: int, n_neighbors: int = 1,
    ) -> None:  # fmt: skip
        self.labels, self.classes = labels, classes
        self.p, self.ties, self.seed = p, ties, seed
        self.memory, self.local_threads = memory, local_threads
        self.n_neighbors = n_neighbors
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if not key.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def _forget(self) -> None:
        self._at: list[int] = []
        self._search: Search | None = None
        self._orders: dict[int, dict[int, NDArray[np.int32]]] = {}
        self._ordered = 0  # bytes of the chunks whose orders are kept

    @contextmanager
    def after(self, chosen: Sequence[Chosen]) -> Iterator[Search]:
        """Yield the search with these columns in S, for nobody else at the same time."""
        numbers = [column.number for column in chosen]
        worker = _worker()
        count = worker.state.nthreads if worker else self.local_threads
        with _one_at_a_time, jobs(count):
            at, search = self._at, self._search
            if search is None or at != numbers[: len(at)]:
                at, search = [], self._start()
            for column in chosen[len(at) : -1]:
                search = _on(search, column)
                search.condition([0])
            if len(at) < len(chosen):
                search = _on(search, chosen[-1])
                search.choose(0)
            self._at, self._search = numbers, search
            yield search

    def orders(self, first: int, columns: FloatArray) -> dict[int, NDArray[np.int32]]:
        """Return where the orders of a chunk's columns are kept, half its bytes, if they fit."""
        if first not in self._orders:
            if 2 * (self._ordered + columns.nbytes) > self._limit():
                return {}
            self._ordered += columns.nbytes
            self._orders[first] = {}
        return self._orders[first]

    def _start(self) -> Search:
        nothing = np.empty((0, len(self.labels)))
        labels: Labels = self.labels.astype(CLASSES if self.classes else RANKS)  # type: ignore[assignment]
        return Search(
            nothing, np.empty(0), labels, ties=self.ties, seed=self.seed, memory=self._limit(),
            n_neighbors=self.n_neighbors,
        )  # fmt: skip

    def _limit(self) -> int:
        """Return the bytes to use: by default a quarter of what the worker or the machine has."""
        if self.memory is not None:
            return self.memory
        worker = _worker()
        least = worker.memory_manager.memory_limit if worker else None
        return least // 4 if least else default_limit()


def _on(search: Search, last: Chosen) -> Search:
    # copies: what dask hands over may be read-only, for which kernels would be compiled again
    return search.on(np.array([last.column]), np.array([last.weight]), np.array([last.number]))


def read(block: Any) -> FloatArray:
    """Return the columns of a chunk (n, c) of the user's array, each contiguous.

    Objects are read without their columns, whose numbers a chunk does not know and cannot name.
    """
    values = block.reshape(-1) if block.dtype == object else block
    return np.ascontiguousarray(real(values, "X").reshape(block.shape).T)


def missing_values(columns: FloatArray, missing: Missing) -> tuple[IntArray, IntArray]:
    """Return how many NaN and infinite values each column has, and the rows to drop."""
    rows = np.flatnonzero(np.isnan(columns).any(axis=0)) if missing == "drop" else np.empty(0, int)
    return nonfinite(columns.T), rows


def keep_rows(columns: FloatArray, keep: Bits) -> FloatArray:
    """Return the rows of data whose bits are set."""
    return np.ascontiguousarray(columns[:, _flags(keep, columns.shape[1])])


def variance(columns: FloatArray) -> FloatArray:
    """Return the sample variance of each column."""
    with _one_at_a_time:
        return sums.variance(columns)


def noisy(
    columns: FloatArray, scale: FloatArray, first: int, draw: int, purpose: int, seed: int
) -> FloatArray:
    """Return the columns plus the noise of columns first, first + 1, ... of the data."""
    with _one_at_a_time:
        return jitter.jitter(columns, scale, draw=draw, purpose=purpose, seed=seed, first=first)


def take(columns: FloatArray, weights: FloatArray, first: int, at: int) -> Chosen:
    """Return a column that every worker will need."""
    return Chosen(first + at, columns[at].copy(), weights[at])


def values_of(columns: FloatArray, at: int) -> FloatArray:
    """Return a column that the caller needs."""
    values: FloatArray = columns[at].copy()
    return values


def choice(run: Run, chosen: Sequence[Chosen]) -> tuple[float, float]:
    """Return the sums that a search knows of the column chosen last."""
    with run.after(chosen) as search:
        return search.current_sum, search.left_sum


def score(
    run: Run, columns: FloatArray, weights: FloatArray, first: int, candidates: Bits,
    chosen: Sequence[Chosen],
) -> FloatArray:  # fmt: skip
    """Return the sums of the columns whose bits are set."""
    numbers = np.flatnonzero(_flags(candidates, len(columns)))
    with run.after(chosen) as search:
        search.prepare(run.p)
        ids, orders = first + np.arange(len(columns)), run.orders(first, columns)
        return search.on(columns, weights, ids, orders).sums(numbers)


def _flags(bits: Bits, count: int) -> NDArray[np.bool_]:
    return np.unpackbits(bits, count=count).astype(bool)


def _worker() -> Any:
    """Return the worker of a cluster that runs this, or None."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return distributed.get_worker()
    except ValueError:
        return None
