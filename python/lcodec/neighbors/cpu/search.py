"""The neighbour search of FOCI on the CPU: which method a step uses, and in which blocks.

A step scores candidates j by the nearest rows in the columns (S, j). S empty: a sort per candidate.
One column in S: walks along its sorted values. More: lists of near rows or near leaves of a tree,
found once per step. For several neighbours of many rows there are cells beside these. Large groups
of rows that are equal in S: each is one place of a tree, and its sorted values are searched; in one
column only where they would make the walks long. All methods return the same bits; `prepare` takes
the cheapest.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.backends import ColumnSearch
from lcodec.neighbors.cpu import axis, groups, leaves, lists, runs
from lcodec.neighbors.cpu.groups import GROUP, places_of, refine
from lcodec.neighbors.cpu.several import axis as several_axis
from lcodec.neighbors.cpu.several import cells, line, places
from lcodec.neighbors.cpu.several import leaves as several_leaves
from lcodec.neighbors.cpu.several import lists as several_lists
from lcodec.neighbors.cpu.tree import LEAF, Tree, build
from lcodec.neighbors.gains import Labels, own_values
from lcodec.neighbors.sums import add_rows
from lcodec.neighbors.ties import Choice
from lcodec.resources import default_limit, threads_for

PER_VALUE = 48  # bytes of a value while it is scored: data in two orders, places, sums, the value
PER_ENTRY = 14  # bytes of an entry of a list
_VALUES = 2**19  # values scored at once: small enough for caches, large enough for threads
_VALUES_OF_SEVERAL = 2**21  # of more than one neighbour: more candidates pay for a list of rows
# Fewer candidates do not pay for lists of rows (bench/engine/choice.py): with two chosen columns
# and many rows the lists are long and near leaves nearly as good. With many chosen columns most
# leaves are near, more than are listed, and lists pay at once.
PAYING, PAYING_LATE, LATE = 24, 150, 3000
PAYING_SOON, SOON = 4, 5
NEAR = 48  # leaves that are listed
# On one chosen column, walks of about n^(1/2) rows pass over the equals of a row. Up to this many
# times that length, in the mean over rows, they are faster than a search of groups.
ALIKE = 3


class Method(NamedTuple):
    """How a step finds neighbours, and what it prepared for that.

    It holds no reference to a search: in a cycle of references the data would outlive the run.
    """

    name: str
    kernel: Callable[..., None]
    prepared: tuple[Any, ...]

    def fill(self, of: Search, out: FloatArray, numbers: IntArray) -> None:
        """Write the values of candidates of a search."""
        sorting = self.name in ("runs", "groups", "cells")
        shared = (of.sorted_rows(numbers),) if sorting else ()
        self.kernel(
            out, of.labels, of.columns, numbers, of.ids[numbers], of.weights,
            *self.prepared, *shared, of.choice,
        )  # fmt: skip


class Search(ColumnSearch):
    """The search on the CPU; `ids` (p,) are column numbers for "random", 0, 1, ... by default."""

    def __init__(
        self,
        columns: FloatArray,
        weights: FloatArray,
        labels: Labels,
        *,
        ties: str = "average",
        seed: int = 0,
        memory: int | None = None,
        ids: IntArray | None = None,
        step: int | None = None,
        n_neighbors: int = 1,
    ) -> None:
        self.columns, self.weights, self.labels = columns, weights, labels
        self._own_values = own_values(labels)[np.newaxis]
        self._ties, self._seed, self._step = ties, seed, step
        self._memory = default_limit() if memory is None else memory
        self.ids = np.arange(len(columns)) if ids is None else ids
        self._neighbors = n_neighbors
        self._chosen = []  # by their ids
        self._axes: list[tuple[FloatArray, np.float64]] = []  # with their weights
        self._group = np.zeros(len(labels), dtype=np.int64)
        self._method: Method | None = None
        self._prepared = 0  # for how many candidates
        self._orders: dict[int, NDArray[np.int32]] = {}

    def condition(self, numbers: Sequence[int]) -> None:
        """Add columns to S without their values."""
        for number in numbers:
            self._group = refine(self._group, self.columns[number])
            self._chosen = [*self._chosen, int(self.ids[number])]
            self._axes = [*self._axes, (self.columns[number], self.weights[number])]
            self._method, self._prepared = None, 0

    def current(self) -> FloatArray:
        """Return the values (n,) of the column chosen last."""
        n = len(self.labels)
        values: FloatArray = np.zeros(n) if self._current is None else self._current[0]
        return values

    def adopt(self, numbers: Sequence[int], values: FloatArray) -> None:
        """Add columns to S together, with their values."""
        self._current = values[np.newaxis]
        self.condition(numbers)

    def on(
        self,
        columns: FloatArray,
        weights: FloatArray,
        ids: IntArray,
        orders: dict[int, NDArray[np.int32]] | None = None,
    ) -> Search:
        """Return a search with the same S among other columns; it shares what is prepared.

        `orders` keeps the sorted rows of these columns from one step to another.
        """
        other = copy.copy(self)
        other.columns, other.weights, other.ids, other._best = columns, weights, ids, None
        other._orders = {} if orders is None else orders
        return other

    def sums(self, numbers: IntArray, advance: Callable[[int], None] | None = None) -> FloatArray:
        """Return the sums of `ColumnSearch`, by the method that pays for all candidates."""
        self.prepare(len(numbers))
        return super().sums(numbers, advance)

    def _sum(self, values: FloatArray, less: FloatArray | None = None) -> FloatArray:
        return add_rows(values, less)

    def _copy(self, values: FloatArray, at: int) -> FloatArray:
        return values[at : at + 1].copy()

    def values(self, numbers: IntArray) -> FloatArray:
        """Return the values (k, n) of some candidates."""
        self.prepare(len(numbers))
        assert self._method is not None
        out = np.empty((len(numbers), len(self.labels)))
        with threads_for(64 * out.size):
            self._method.fill(self, out, numbers)
        return out

    @property
    def _block(self) -> int:
        """How many candidates are scored at once; each takes up to `PER_VALUE` bytes per row."""
        n = len(self.labels)
        values = _VALUES if self._neighbors == 1 else _VALUES_OF_SEVERAL
        wanted = max(2 * lists.BLOCK, values // n)
        return max(1, min(wanted, self._memory // (4 * PER_VALUE * n)))

    @property
    def choice(self) -> Choice:
        """How the value of a row follows from its tie set in this step."""
        return Choice.of(self._ties, self._counter, self._seed, self._neighbors)

    def prepare(self, candidates: int) -> None:
        """Choose the method of this step for so many candidates, and prepare it."""
        if candidates <= self._prepared:
            return
        self._prepared = candidates
        of = self._of_several if self._neighbors > 1 else self._of_one
        with threads_for(64 * candidates * len(self.labels)):
            self._method = of(len(self._chosen), candidates)

    def _of_one(self, axes: int, candidates: int) -> Method:
        """Return the method for the nearest row alone."""
        n = len(self.labels)
        if axes == 0:
            return Method("runs", runs.fill, ())
        sizes = np.bincount(self._group)
        most = int(sizes.max())
        if axes == 1 and sizes @ sizes <= ALIKE * n**1.5:
            window = 16 if n < 5000 else 32 if n < 50_000 else axis.WINDOW
            return self._by_axis(axis.fill, window)
        if most > GROUP:
            return self._by_groups(GROUP)
        tree = build(*self._points())
        length, gathered = lists.lengths(n, axes, candidates)
        length = max(length, most + lists.STRIDE)
        fits = PER_ENTRY * n * length <= self._memory // 2
        paying = PAYING_LATE if axes == 2 and n > LATE else PAYING
        if axes >= SOON and n > NEAR * LEAF:
            paying = PAYING_SOON
        if fits and candidates >= paying:
            return self._by_lists(tree, length, gathered)
        return self._by_leaves(tree)

    def _points(self) -> tuple[FloatArray, FloatArray]:
        """Return the columns in S (s, n), and their weights."""
        points = np.array([column for column, _ in self._axes]).reshape(-1, len(self.labels))
        return points, np.array([weight for _, weight in self._axes])

    def _of_several(self, axes: int, candidates: int) -> Method:
        """Return the method for more than one neighbour."""
        wanted, n = self._neighbors, len(self.labels)
        if axes == 0:
            return Method("runs", line.fill, ())
        large = int(np.bincount(self._group).max()) > GROUP
        listing = axes > 1 and several_lists.pay(n, axes, candidates, self._memory // 4)
        if cells.pay(n, axes) and not (large or listing):
            return Method("cells", cells.fill, cells.prepared(*self._points(), wanted))
        if axes == 1 and not large:
            return self._by_axis(several_axis.fill, axis.WINDOW)
        prepared = places.prepared(self._group, *self._points(), self._memory // 2, wanted)
        if large:
            return Method("groups", places.fill, prepared)
        tree, _, of_rows = prepared
        if listing:
            near = leaves.near_leaves(tree, several_lists.LEAVES)
            return Method("lists", several_lists.fill, (tree, near, of_rows))
        return Method("leaves", several_leaves.fill, prepared)

    def _by_groups(self, most: int) -> Method:
        prepared = places_of(self._group, *self._points(), self._memory // 2, most)
        return Method("groups", groups.fill, prepared)

    def sorted_rows(self, numbers: IntArray) -> NDArray[np.int32]:
        """Return the rows in the order of each of some columns; kept from step to step."""
        if not self._chosen or self._memory < 16 * self.columns.size:
            return np.argsort(self.columns[numbers], axis=1).astype(np.int32)
        missing = np.array([j for j in numbers if j not in self._orders], dtype=np.int64)
        if len(missing):
            orders = np.argsort(self.columns[missing], axis=1).astype(np.int32)
            runs.sort_equal(
                len(missing), orders, self.columns, missing, self.labels, self.choice.rule
            )
            self._orders.update(zip(missing.tolist(), orders, strict=True))
        return np.stack([self._orders[j] for j in numbers.tolist()])

    def _by_axis(self, fill: Callable[..., None], window: int) -> Method:
        ((chosen, weight),) = self._axes
        rows = np.argsort(chosen).astype(np.int32)
        return Method("axis", fill, (chosen[rows], rows, weight, window))

    def _by_lists(self, tree: Tree, length: int, gathered: int) -> Method:
        near = leaves.near_leaves(tree, -(-gathered // LEAF) + 1)
        near_rows = lists.nearest(tree, near, length, gathered)
        return Method("lists", lists.fill, (tree, near_rows))

    def _by_leaves(self, tree: Tree) -> Method:
        return Method("leaves", leaves.fill, (tree, leaves.near_leaves(tree, NEAR)))
