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
from lcodec.neighbors.cpu.single import nearest_values
from lcodec.neighbors.gains import CLASSES, RANKS, Labels, is_class
from lcodec.neighbors.sums import sum_over_rows
from lcodec.random import jitter
from lcodec.resources import default_limit, jobs

Bits = NDArray[np.uint8]

_one_at_a_time = threading.Lock()


class Small(NamedTuple):
    """Labels as they are sent: there are fewer than 2^21 rows."""

    labels: NDArray[np.int32]
    classes: bool

    @classmethod
    def of(cls, labels: Labels) -> Small:
        """Return them, in half the bytes."""
        return cls(labels.astype(np.int32), is_class(labels))

    def whole(self) -> Labels:
        """Return the labels."""
        labels: Labels = self.labels.astype(CLASSES if self.classes else RANKS)  # type: ignore[assignment]
        return labels


class Rule(NamedTuple):
    """The options of a search, and how many threads a process takes that is no worker."""

    ties: str
    seed: int
    n_neighbors: int
    memory: int | None
    local_threads: int

    def limit(self) -> int:
        """Return the bytes to use: by default a quarter of what the worker or the machine has."""
        if self.memory is not None:
            return self.memory
        worker = _worker()
        least = worker.memory_manager.memory_limit if worker else None
        return least // 4 if least else default_limit()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let kernels run on all threads of the worker, and no other task's beside them."""
        worker = _worker()
        with _one_at_a_time, jobs(worker.state.nthreads if worker else self.local_threads):
            yield


class Held(NamedTuple):
    """What belongs to the columns of a chunk."""

    weights: FloatArray  # (c,)
    numbers: IntArray  # (c,)


class Chosen(NamedTuple):
    """Columns in S that were added at once, with their values if these are known."""

    numbers: IntArray  # (k,)
    columns: FloatArray  # (k, n)
    weights: FloatArray  # (k,)
    values: FloatArray | None = None  # (n,)


class Given(NamedTuple):
    """Columns (s, n) in S, and their weights."""

    columns: FloatArray
    weights: FloatArray


class Step(NamedTuple):
    """What the candidates of several columns share in one step."""

    small: Small
    rule: Rule
    given: Given
    less: FloatArray  # (n,), the values of what was chosen last


class Run:
    """The response and the options of a search, with what the last step prepared.

    The lists of a step depend on nothing but this and the chosen columns. Each worker makes them
    once for all its chunks and keeps them here, until dask forgets this object; they are never
    sent.
    """

    def __init__(self, small: Small, p: int, rule: Rule) -> None:
        self.small, self.p, self.rule = small, p, rule
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if not key.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def _forget(self) -> None:
        self._at: list[tuple[int, ...]] = []
        self._search: Search | None = None
        self._orders: dict[int, dict[int, NDArray[np.int32]]] = {}
        self._ordered = 0  # bytes of the chunks whose orders are kept

    @contextmanager
    def after(self, chosen: Sequence[Chosen]) -> Iterator[Search]:
        """Yield the search with these columns in S, for nobody else at the same time."""
        numbers = [tuple(some.numbers.tolist()) for some in chosen]
        with self.rule.alone():
            at, search = self._at, self._search
            if search is None or at != numbers[: len(at)]:
                at, search = [], self._start()
            for some in chosen[len(at) : -1]:
                search = _on(search, some)
                search.condition(range(len(some.numbers)))
            if len(at) < len(chosen):
                last = chosen[-1]
                search = _on(search, last)
                if last.values is None:
                    search.choose(0)
                else:
                    search.adopt(range(len(last.numbers)), np.array(last.values))
            self._at, self._search = numbers, search
            yield search

    def orders(self, at: int, columns: FloatArray) -> dict[int, NDArray[np.int32]]:
        """Return where the orders of a chunk's columns are kept, half its bytes, if they fit."""
        if at not in self._orders:
            if 2 * (self._ordered + columns.nbytes) > self.rule.limit():
                return {}
            self._ordered += columns.nbytes
            self._orders[at] = {}
        return self._orders[at]

    def _start(self) -> Search:
        labels, rule = self.small.whole(), self.rule
        nothing = np.empty((0, len(labels)))
        return Search(
            nothing, np.empty(0), labels, ties=rule.ties, seed=rule.seed, memory=rule.limit(),
            n_neighbors=rule.n_neighbors,
        )  # fmt: skip


# What dask hands over may be read-only, for which kernels would be compiled again: hence copies.
def _on(search: Search, some: Chosen) -> Search:
    return search.on(np.array(some.columns), np.array(some.weights), np.array(some.numbers))


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


def take(columns: FloatArray, held: Held, at: int) -> Chosen:
    """Return a column that every worker will need."""
    some = slice(at, at + 1)
    return Chosen(held.numbers[some].copy(), columns[some].copy(), held.weights[some].copy())


def together(chosen: Sequence[Chosen], values: FloatArray) -> Chosen:
    """Return columns that are chosen at once, with their values."""
    numbers, columns, weights, _ = zip(*chosen, strict=True)
    return Chosen(np.concatenate(numbers), np.concatenate(columns), np.concatenate(weights), values)


def columns_at(columns: FloatArray, at: IntArray) -> FloatArray:
    """Return a copy of some columns."""
    some: FloatArray = columns[at]
    return some


def joined(parts: Sequence[FloatArray], places: Sequence[IntArray], n: int) -> FloatArray:
    """Return columns (k, n) from parts, whose columns belong at these places."""
    columns = np.empty((sum(map(len, parts)), n))
    for part, place in zip(parts, places, strict=True):
        columns[place] = part
    return columns


def choice(run: Run, chosen: Sequence[Chosen]) -> tuple[float, float]:
    """Return the sums that a search knows of what was chosen last."""
    with run.after(chosen) as search:
        return search.current_sum, search.left_sum


def current(run: Run, chosen: Sequence[Chosen]) -> FloatArray:
    """Return the values (n,) of what was chosen last."""
    with run.after(chosen) as search:
        return search.current().copy()


def score(
    run: Run, columns: FloatArray, held: Held, at: int, candidates: Bits, chosen: Sequence[Chosen]
) -> FloatArray:
    """Return the sums of the columns of chunk `at` whose bits are set."""
    numbers = np.flatnonzero(_flags(candidates, len(columns)))
    with run.after(chosen) as search:
        search.prepare(run.p)
        weights, ids = np.array(held.weights), np.array(held.numbers)
        here = search.on(columns, weights, ids, run.orders(at, columns))
        return here.sums(numbers)


def nearest(
    columns: FloatArray, weights: FloatArray, small: Small, rule: Rule, step: int, number: int
) -> FloatArray:
    """Return the values (n,) of the nearest rows in all columns."""
    with rule.alone():
        return _nearest(np.array(columns), np.array(weights), small.whole(), rule, step, number)


def sums_of_sets(
    step: Step, columns: FloatArray, weights: FloatArray, sets: Sequence[IntArray],
    numbers: IntArray,
) -> FloatArray:  # fmt: skip
    """Return the sum of the values of each set of columns, with those in S, less the last ones."""
    labels, given, less = step.small.whole(), step.given, np.array(step.less)
    sums, size = np.empty(len(sets)), len(given.columns)
    with step.rule.alone():
        for k, some in enumerate(sets):
            values = _nearest(
                np.concatenate((given.columns, columns[some])),
                np.append(given.weights, weights[some]), labels, step.rule, size, int(numbers[k]),
            )  # fmt: skip
            sums[k] = sum_over_rows(values, less)
    return sums


def _nearest(
    columns: FloatArray, weights: FloatArray, labels: Labels, rule: Rule, step: int, number: int
) -> FloatArray:
    return nearest_values(
        columns, weights, labels, ties=rule.ties, seed=rule.seed, step=step,
        n_neighbors=rule.n_neighbors, number=number, memory=rule.limit(),
    )  # fmt: skip


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
