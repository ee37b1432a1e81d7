"""FOCI on a dask array: its chunks stay on the workers, and each worker searches its own columns.

A step sends the column chosen last to every worker and brings one number per candidate back. All
tasks are pure functions of chunks, chosen columns and options, so that dask can repeat them where a
worker is lost. Whatever scheduler dask would use runs them: the current client of a cluster, or
threads of this process. What runs on workers stands in `lcodec.neighbors.dask.tasks`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import Any, ClassVar

import dask
import numpy as np
from dask.base import get_scheduler
from dask.delayed import Delayed
from numpy.typing import NDArray

from lcodec import checks, threads
from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.checks.data import enough_complete, matrix_shape, real, refuse_nonfinite
from lcodec.neighbors.cpu.backend import CpuBackend
from lcodec.neighbors.dask import tasks
from lcodec.neighbors.gains import Labels, is_class


def read_columns(
    X: Any, y: object, missing: Missing, read_response: Callable[..., FloatArray]
) -> tuple[DaskColumns, FloatArray]:
    """Return the columns of a dask array X (n, p), left on the workers, and y (n,).

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
    response = read_response(y, "y", **size, several=False)
    if missing == "refuse":
        return columns, response
    keep = ~np.isnan(response)
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


class DaskSearch:
    """The search of `lcodec.neighbors.cpu.search.Search` among columns in chunks on workers."""

    def __init__(
        self,
        columns: DaskColumns,
        weights: FloatArray,
        labels: Labels,
        *,
        ties: str = "average",
        seed: int = 0,
        memory: int | None = None,
        n_neighbors: int = 1,
    ) -> None:
        self._columns = columns
        small = labels.astype(np.int32)  # there are fewer than 2^21 rows
        held = [
            _task(tasks.Run, small, is_class(labels), len(columns), ties, seed, memory,
                  threads.count(), n_neighbors),
            *(_task(np.array, columns.of_chunk(weights, at)) for at in range(len(columns.chunks))),
        ]  # fmt: skip
        self._run, *self._weights = dask.persist(*held)
        self._chosen: list[Delayed] = []
        self.current_sum = self.left_sum = float("nan")

    def start(self, numbers: Sequence[int]) -> None:
        """Add columns to S."""
        columns = list(dask.persist(*map(self._column, numbers)))
        self._chosen += columns
        ((_, sums),) = _results([_task(tasks.choice, self._run, self._chosen)])
        self.current_sum, self.left_sum = sums

    def sums(self, numbers: IntArray, advance: Callable[[int], None] | None = None) -> FloatArray:
        """Return, for each candidate, the sum of its values less those at the last choice."""
        starts = self._columns.starts
        edges = np.searchsorted(numbers, starts)
        scored, beside, places = [], [], []
        for at, (chunk, weights) in enumerate(
            zip(self._columns.chunks, self._weights, strict=True)
        ):
            if edges[at] == edges[at + 1]:
                continue
            mine = np.zeros(starts[at + 1] - starts[at], dtype=bool)
            mine[numbers[edges[at] : edges[at + 1]] - starts[at]] = True
            scored.append(
                _task(tasks.score, self._run, chunk, weights, int(starts[at]), np.packbits(mine),
                      self._chosen)
            )  # fmt: skip
            beside.append(chunk)
            places.append(slice(edges[at], edges[at + 1]))
        sums, done = np.empty(len(numbers)), 0
        with closing(_results(scored, beside)) as results:
            for at, some in results:
                sums[places[at]] = some
                done += len(some)
                if advance is not None:
                    advance(done)
        return sums

    def _column(self, number: int) -> Delayed:
        starts = self._columns.starts
        at = int(np.searchsorted(starts, number, side="right")) - 1
        return _task(
            tasks.take, self._columns.chunks[at], self._weights[at], int(starts[at]),
            int(number - starts[at]),
        )  # fmt: skip


class DaskColumns:
    """Columns (p, n) in `chunks` that the workers hold: arrays (c, n), whose c are `widths`."""

    search: ClassVar = DaskSearch

    def __init__(self, chunks: list[Delayed], widths: Sequence[int], n: int) -> None:
        self.chunks = list(dask.persist(*chunks))
        self.starts = np.append(0, np.cumsum(widths))
        self.n = n
        self._spread: FloatArray | None = None

    @classmethod
    def of(cls, X: Any) -> DaskColumns:
        """Take over the chunks of X, whose columns are whole."""
        blocks = zip(X.to_delayed()[0], X.chunks[1], strict=True)
        kept = [(_task(tasks.read, block), width) for block, width in blocks if width]
        return cls([chunk for chunk, _ in kept], [width for _, width in kept], X.shape[0])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def each(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Return what a function of a chunk returns for each of them."""
        wanted = [_task(function, chunk, *arguments) for chunk in self.chunks]
        results = dict(_results(wanted, self.chunks))
        return [results[at] for at in range(len(self.chunks))]

    def mapped(self, function: Callable[..., Any], n: int, *arguments: Any) -> DaskColumns:
        """Return the columns of n rows that a function makes of each chunk."""
        chunks = [_task(function, chunk, *arguments) for chunk in self.chunks]
        return DaskColumns(chunks, np.diff(self.starts).tolist(), n)

    def spread(self) -> FloatArray:
        """Return largest less smallest value of each column."""
        if self._spread is None:
            self._spread = np.concatenate(self.each(CpuBackend().spread))
        return self._spread

    def variance(self) -> FloatArray:
        """Return the sample variance of each column, whatever the order of its rows."""
        return np.concatenate(self.each(tasks.variance))

    def sizes(self) -> tuple[FloatArray, FloatArray]:
        """Return the smallest size above 0 and the largest of each column."""
        least, most = zip(*self.each(CpuBackend().sizes), strict=True)
        return np.concatenate(least), np.concatenate(most)

    def column(self, number: int) -> FloatArray:
        """Return one column (n,), here."""
        at = int(np.searchsorted(self.starts, number, side="right")) - 1
        wanted = _task(tasks.values_of, self.chunks[at], int(number - self.starts[at]))
        ((_, column),) = _results([wanted])
        values: FloatArray = column
        return values

    def jitter(self, scale: FloatArray, *, draw: int, purpose: int, seed: int) -> DaskColumns:
        """Return the columns plus Gaussian noise of standard deviations `scale` (p,)."""
        chunks = [
            _task(tasks.noisy, chunk, self.of_chunk(scale, at), int(self.starts[at]), draw, purpose,
                  seed)
            for at, chunk in enumerate(self.chunks)
        ]  # fmt: skip
        return DaskColumns(chunks, np.diff(self.starts).tolist(), self.n)

    def of_chunk(self, values: NDArray[Any], at: int) -> NDArray[Any]:
        """Return those of p values that belong to a chunk."""
        return values[self.starts[at] : self.starts[at + 1]]


def _task(function: Callable[..., Any], *arguments: Any) -> Delayed:
    task: Delayed = dask.delayed(function, pure=False)(*arguments)
    return task


def _results(
    wanted: Sequence[Delayed], beside: Sequence[Delayed] = ()
) -> Generator[tuple[int, Any], None, None]:
    """Yield the places and results of tasks: on a cluster as they finish, else one by one.

    On a cluster each task runs where its chunk in `beside` is, unless that worker is lost or others
    are idle. Kernels use all threads, so that tasks in this process gain nothing from running
    together.
    """
    client = getattr(get_scheduler(collections=wanted[:1]), "__self__", None)
    if client is None:
        yield from ((at, task.compute()) for at, task in enumerate(wanted))
        return
    from distributed import as_completed

    futures = _started(client, wanted, beside)
    place = {future.key: at for at, future in enumerate(futures)}
    completed: Iterable[Any] = as_completed(futures)
    try:
        for future in completed:
            yield place[future.key], future.result()
    except BaseException:  # no task goes on, and dask forgets an error that refers to its futures
        client.cancel(futures)
        raise


def _started(client: Any, wanted: Sequence[Delayed], beside: Sequence[Delayed]) -> list[Any]:
    """Return the futures of tasks, which prefer the workers that hold the chunks beside them."""
    holders = client.who_has(list(beside)) if beside else {}
    groups: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(wanted)):
        workers = tuple(holders.get(beside[at].key, ())) if beside else ()
        groups.setdefault(workers, []).append(at)
    futures: list[Any] = [None] * len(wanted)
    for workers, places in groups.items():
        where = {"workers": list(workers), "allow_other_workers": True} if workers else {}
        some = client.compute([wanted[at] for at in places], **where)
        for at, future in zip(places, some, strict=True):
            futures[at] = future
    return futures
