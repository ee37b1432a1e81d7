"""Columns of a dask array: its chunks stay on the workers, and each worker reads its own.

Whatever scheduler dask would use runs the tasks: the current client of a cluster, or threads of
this process.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import dask
import numpy as np
from dask.delayed import Delayed
from numpy.typing import NDArray

from lcodec import checks, threads
from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.checks.data import enough_complete, matrix_shape, real, refuse_nonfinite
from lcodec.neighbors.cpu.backend import CpuBackend
from lcodec.neighbors.dask import tasks
from lcodec.neighbors.dask.running import results_of, sums_of, task_of
from lcodec.neighbors.dask.search import DaskSearch
from lcodec.neighbors.gains import Labels


def read_columns(
    X: Any, y: object, missing: Missing, read_response: Callable[..., FloatArray]
) -> tuple[DaskColumns, FloatArray]:
    """Return the columns of a dask array X (n, p), left on the workers, and y, (n,) or (n, q).

    The checks and their messages are those of arrays in memory; each chunk is checked where it is.
    """
    real(np.empty((0,) * X.ndim, dtype=X.dtype), "X")  # refuses types that are no numbers
    X = X[:, np.newaxis] if X.ndim == 1 else X
    if any(np.isnan(extent) for extent in X.shape):
        checks.fail(
            "unknownChunks",
            "`X` must have chunks of known sizes; call its compute_chunk_sizes() before",
        )
    matrix_shape(X.shape, "X")
    columns = DaskColumns.of(_whole_columns(X))
    of_chunks = columns.each(tasks.missing_values, missing)
    counts = np.hstack([counts for counts, _ in of_chunks])
    if counts[int(missing == "drop") :].any():
        refuse_nonfinite(counts, "X", missing)
    size: dict[str, Any] = {"rows": len(X), "like": "X", "like_columns": len(columns)}
    response = read_response(y, "y", **size)
    if missing == "refuse":
        return columns, response
    keep = np.logical_not(np.isnan(response.reshape(len(response), -1)).any(axis=1))
    for _, rows in of_chunks:
        keep[rows] = False
    left = int(np.count_nonzero(keep))
    if left == len(keep):
        return columns, response
    enough_complete(left, len(keep), "X")
    return columns.mapped(tasks.keep_rows, left, np.packbits(keep)), response[keep]


def _whole_columns(X: Any) -> Any:
    """Return X with all rows in each chunk.

    An array that is chunked by rows only becomes one of as many column chunks of the same size.
    """
    rows, parts = X.numblocks
    if rows == 1:
        return X
    chunks = {0: -1} if parts > 1 else {0: -1, 1: -(-X.shape[1] // rows)}
    return X.rechunk(chunks, method="tasks")  # dask repeats single tasks when a worker is lost


class DaskColumns:
    """Columns (p, n) in `chunks` that the workers hold: arrays (c, n), whose c are `widths`.

    Column k is the one that is held at place k of the chunks one after the other, or `order`[k].
    """

    search: ClassVar = DaskSearch

    def __init__(
        self, chunks: Sequence[Delayed], widths: Sequence[int], n: int,
        order: IntArray | None = None,
    ) -> None:  # fmt: skip
        self.chunks, self.widths, self.n = list(chunks), list(widths), n
        self._starts = np.append(0, np.cumsum(self.widths)).astype(np.int64)
        self._order = order
        self._spread: FloatArray | None = None

    @classmethod
    def of(cls, X: Any) -> DaskColumns:
        """Take over the chunks of X, whose columns are whole."""
        blocks = zip(X.to_delayed()[0], X.chunks[1], strict=True)
        kept = [(task_of(tasks.read, block), width) for block, width in blocks if width]
        return cls(
            dask.persist(*(chunk for chunk, _ in kept)), [width for _, width in kept], X.shape[0]
        )

    @classmethod
    def columns_of(cls, matrix: FloatArray) -> DaskColumns:
        """Return the columns of a matrix (n, p) of this process, as one chunk."""
        chunk = task_of(np.ascontiguousarray, matrix.T)
        return cls(dask.persist(chunk), [matrix.shape[1]], len(matrix))

    def __len__(self) -> int:
        return int(self._starts[-1]) if self._order is None else len(self._order)

    def take(self, numbers: IntArray) -> DaskColumns:
        """Return some of the columns, in this order; they stay where they are."""
        return DaskColumns(self.chunks, self.widths, self.n, self._places(numbers))

    def join(self, other: DaskColumns) -> DaskColumns:
        """Return the columns of both."""
        after = int(self._starts[-1])
        order = None
        if self._order is not None or other._order is not None:
            mine, theirs = (one._places(np.arange(len(one))) for one in (self, other))
            order = np.append(mine, after + theirs)
        chunks, widths = self.chunks + other.chunks, self.widths + other.widths
        return DaskColumns(chunks, widths, self.n, order)

    def each(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Return what a function of a chunk returns for each of them."""
        wanted = [task_of(function, chunk, *arguments) for chunk in self.chunks]
        results = dict(results_of(wanted, self.chunks))
        return [results[at] for at in range(len(self.chunks))]

    def mapped(self, function: Callable[..., Any], n: int, *arguments: Any) -> DaskColumns:
        """Return the columns of n rows that a function makes of each chunk."""
        chunks = [task_of(function, chunk, *arguments) for chunk in self.chunks]
        return DaskColumns(dask.persist(*chunks), self.widths, n, self._order)

    def spread(self) -> FloatArray:
        """Return largest less smallest value of each column."""
        if self._spread is None:
            self._spread = self._of_columns(self.each(CpuBackend().spread))
        return self._spread

    def variance(self) -> FloatArray:
        """Return the sample variance of each column, whatever the order of its rows."""
        return self._of_columns(self.each(tasks.variance))

    def sizes(self) -> tuple[FloatArray, FloatArray]:
        """Return the smallest size above 0 and the largest of each column."""
        least, most = zip(*self.each(CpuBackend().sizes), strict=True)
        return self._of_columns(least), self._of_columns(most)

    def _of_columns(self, of_chunks: Sequence[FloatArray]) -> FloatArray:
        """Return numbers of columns in their order, from those of each chunk."""
        held = np.concatenate(of_chunks)
        return held if self._order is None else held[self._order]

    def column(self, number: int) -> FloatArray:
        """Return one column (n,), here."""
        ((at, within, _),) = self.by_chunk(np.array([number]))
        ((_, columns),) = results_of([task_of(tasks.columns_at, self.chunks[at], within)])
        values: FloatArray = columns[0]
        return values

    def jitter(self, scale: FloatArray, *, draw: int, purpose: int, seed: int) -> DaskColumns:
        """Return the columns plus Gaussian noise of standard deviations `scale` (p,)."""
        assert self._order is None  # the noise of a column is that of its number
        parts = zip(self.chunks, self.parts(scale), self._starts.tolist()[:-1], strict=True)
        chunks = [
            task_of(tasks.noisy, chunk, some, first, draw, purpose, seed)
            for chunk, some, first in parts
        ]
        return DaskColumns(dask.persist(*chunks), self.widths, self.n)

    def nearest_values(
        self, weights: FloatArray, labels: Labels, *, ties: str, seed: int, step: int,
        n_neighbors: int = 1, number: int = 0, memory: int | None = None,
    ) -> FloatArray:  # fmt: skip
        """Return the values (n,) of the nearest rows in all columns, as those of a candidate."""
        rule = tasks.Rule(ties, seed, n_neighbors, memory, threads.count())
        small = tasks.Small.of(labels)
        task = task_of(tasks.nearest, self._together(), weights, small, rule, step, number)
        ((_, values),) = results_of([task])
        of_rows: FloatArray = values
        return of_rows

    def sums_of_sets(
        self, weights: FloatArray, labels: Labels, chosen: IntArray, sets: Sequence[IntArray],
        less: FloatArray, *, numbers: IntArray, ties: str, seed: int, n_neighbors: int = 1,
        memory: int | None = None, advance: Callable[[int], None] | None = None,
    ) -> FloatArray:  # fmt: skip
        """Return what `lcodec.neighbors.backends.SetSums` does, each set where it begins."""
        rule = tasks.Rule(ties, seed, n_neighbors, memory, threads.count())
        small = tasks.Small.of(labels)
        given = task_of(tasks.Given, self.take(chosen)._together(), weights[chosen])
        step = dask.persist(task_of(tasks.Step, small, rule, given, less))[0]
        wanted, homes, members = [], [], []
        for at, _, mine in self.by_chunk(np.array([some[0] for some in sets])):
            homes.append(self.chunks[at])
            members.append(mine)
            those = [sets[k] for k in mine.tolist()]
            columns, place = np.unique(np.concatenate(those), return_inverse=True)
            places = np.split(place, np.cumsum([len(some) for some in those])[:-1])
            wanted.append(
                task_of(tasks.sums_of_sets, step, self.take(columns)._together(), weights[columns],
                        places, numbers[mine])
            )  # fmt: skip
        return sums_of(wanted, homes, members, advance)

    def parts(self, values: NDArray[Any]) -> list[NDArray[Any]]:
        """Return, of a value of each column, those of each chunk in which they are held."""
        held = values
        if self._order is not None:
            held = np.zeros(self._starts[-1], dtype=values.dtype)
            held[self._order] = values
        return np.split(held, self._starts[1:-1])

    def by_chunk(self, numbers: IntArray) -> Iterator[tuple[int, IntArray, IntArray]]:
        """Yield chunks, where some columns are in them, and which of the numbers these are."""
        held = self._places(numbers)
        order = np.argsort(held, kind="stable")
        edges = np.searchsorted(held[order], self._starts)
        for at, (first, last) in enumerate(itertools.pairwise(edges.tolist())):
            if first < last:
                mine = order[first:last]
                yield at, held[mine] - self._starts[at], mine

    def _places(self, numbers: IntArray) -> IntArray:
        return numbers if self._order is None else self._order[numbers]

    def _together(self) -> Delayed:
        """Return the columns (p, n) as one array, on one worker."""
        parts, places = [], []
        for at, within, mine in self.by_chunk(np.arange(len(self))):
            parts.append(task_of(tasks.columns_at, self.chunks[at], within))
            places.append(mine)
        return task_of(tasks.joined, parts, places, self.n)
