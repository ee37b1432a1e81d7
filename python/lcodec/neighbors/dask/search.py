"""The search among columns in chunks: a step scores each column on the worker that holds it.

A step sends the column chosen last to every worker and brings one number per candidate back. All
tasks are pure functions of chunks, chosen columns and options, so that dask can repeat them where a
worker is lost. What runs on workers stands in `lcodec.neighbors.dask.tasks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import dask
import numpy as np
from dask.delayed import Delayed

from lcodec import threads
from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.dask import tasks
from lcodec.neighbors.dask.running import results_of, sums_of, task_of
from lcodec.neighbors.gains import Labels

if TYPE_CHECKING:
    from lcodec.neighbors.dask.columns import DaskColumns


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
        self._columns, self._n = columns, len(labels)
        places = np.arange(len(columns))
        rule = tasks.Rule(ties, seed, n_neighbors, memory, threads.count())
        parts = zip(columns.parts(weights), columns.parts(places), strict=True)
        self._run, *self._held = dask.persist(
            task_of(tasks.Run, tasks.Small.of(labels), len(columns), rule),
            *(task_of(tasks.Held, *part) for part in parts),
        )
        self._chosen: list[Delayed] = []
        self.current_sum = self.left_sum = float("nan")

    def start(self, numbers: Sequence[int]) -> None:
        """Add columns to S."""
        self._add(list(dask.persist(*map(self._column, numbers))))

    def adopt(self, numbers: Sequence[int], values: FloatArray) -> None:
        """Add columns to S together, with their values."""
        columns = [self._column(number) for number in numbers]
        self._add(list(dask.persist(task_of(tasks.together, columns, values))))

    def _add(self, chosen: list[Delayed]) -> None:
        self._chosen += chosen
        ((_, sums),) = results_of([task_of(tasks.choice, self._run, self._chosen)])
        self.current_sum, self.left_sum = sums

    def current(self) -> FloatArray:
        """Return the values (n,) of what was chosen last; zeros before."""
        if not self._chosen:
            return np.zeros(self._n)
        ((_, values),) = results_of([task_of(tasks.current, self._run, self._chosen)])
        of_rows: FloatArray = values
        return of_rows

    def sums(self, numbers: IntArray, advance: Callable[[int], None] | None = None) -> FloatArray:
        """Return, for each candidate, the sum of its values less those at the last choice."""
        scored, beside, places = [], [], []
        for at, within, mine in self._columns.by_chunk(numbers):
            chunk, held = self._columns.chunks[at], self._held[at]
            wanted = np.zeros(self._columns.widths[at], dtype=bool)
            wanted[within] = True
            bits = np.packbits(wanted)
            scored.append(task_of(tasks.score, self._run, chunk, held, at, bits, self._chosen))
            beside.append(chunk)
            places.append(mine[np.argsort(within)])
        return sums_of(scored, beside, places, advance)

    def _column(self, number: int) -> Delayed:
        ((at, within, _),) = self._columns.by_chunk(np.array([number]))
        return task_of(tasks.take, self._columns.chunks[at], self._held[at], int(within[0]))
