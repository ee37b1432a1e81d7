"""The neighbour search of FOCI on the CPU: which method a step uses, and in which blocks.

A step scores candidates j by the nearest rows in the columns (S, j). S empty: a sort per candidate.
One column in S: walks along its sorted values. More: lists of near rows or near leaves of a tree,
found once per step. Columns with many equal rows: one sorted list per group of rows that are equal
in S. All methods return the same bits; `prepare` takes the cheapest.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.cpu import axis, leaves, lists, runs
from lcodec.neighbors.cpu.groups import groups_of, refine
from lcodec.neighbors.cpu.tree import LEAF, Tree, build
from lcodec.neighbors.sums import add_in_order
from lcodec.neighbors.ties import TIE_RULES
from lcodec.random.philox import split_seed
from lcodec.resources import default_limit, threads_for

GROUP = 32  # a larger group of rows equal in S is searched by its sorted values
PER_VALUE = 32  # bytes of a value while it is scored: data in two orders, places, the value
PER_ENTRY = 14  # bytes of an entry of a list
_VALUES = 2**19  # values scored at once: small enough for caches, large enough for threads
# Fewer candidates do not pay for lists of rows (bench/engine/choice.py): with two chosen columns
# and many rows the lists are long and near leaves nearly as good; otherwise they soon pay.
PAYING, PAYING_LATE, LATE = 24, 150, 3000


class Method(NamedTuple):
    """How a step finds neighbours, and what it prepared for that.

    ``fill(of, out, numbers)`` writes the values of candidates of the search `of`. It holds no
    reference to that search: in a cycle of references the data would outlive the run.
    """

    name: str
    fill: Callable[..., None]


class Search:
    """Values of candidates given the columns chosen so far, S.

    The value of row i for candidate j is min(labels[i], labels[m]) over the rows m nearest to i in
    the columns (S, j): the mean over the tie set, or one of its rows (`ties`).

    Parameters
    ----------
    columns : (p, n) float64
        Data columns.
    weights : (p,) float64
        Their weights in the distance.
    labels : (n,) int64
        Whole numbers, one per row.
    ties : {"average", "random", "first"}
        Rule for a row with several nearest rows.
    seed : int
        Seed of "random".
    memory : int, optional
        Bytes that lists and blocks may take; a quarter of the machine's memory by default.
    ids : (p,) int64, optional
        Column numbers for the random choice; 0, 1, ... by default.
    step : int, optional
        Third counter word of the random choice; the number of chosen columns by default.
    """

    def __init__(
        self,
        columns: FloatArray,
        weights: FloatArray,
        labels: IntArray,
        *,
        ties: str = "average",
        seed: int = 0,
        memory: int | None = None,
        ids: IntArray | None = None,
        step: int | None = None,
    ) -> None:
        self.columns, self.weights, self.labels = columns, weights, labels
        self._rule, self._key = TIE_RULES.index(ties), split_seed(seed)
        self._memory = default_limit() if memory is None else memory
        self._step = step
        self._ids = np.arange(len(columns)) if ids is None else ids
        self._chosen: list[int] = []  # by their ids
        self._axes: list[tuple[FloatArray, np.float64]] = []  # with their weights
        self._group = np.zeros(len(labels), dtype=np.int64)
        self._current: FloatArray | None = None
        self._method: Method | None = None
        self._prepared = 0  # for how many candidates
        self._orders: dict[int, NDArray[np.int32]] = {}

    def start(self, numbers: Sequence[int]) -> None:
        """Start with these columns in S."""
        if numbers:
            self.condition(numbers[:-1])
            self.choose(numbers[-1])

    def condition(self, numbers: Iterable[int]) -> None:
        """Add columns to S without their values."""
        for number in numbers:
            self._add(number)

    def choose(self, number: int) -> None:
        """Add a column to S."""
        self._current = self.values(np.array([number]))[0]
        self._add(number)

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
        other.columns, other.weights, other._ids = columns, weights, ids
        other._orders = {} if orders is None else orders
        return other

    def sums(self, numbers: IntArray, advance: Callable[[int], None] | None = None) -> FloatArray:
        """Return, for each candidate, the sum of its values less those at the last choice.

        Rows are added in order. `advance` is told how many candidates are done.
        """
        less = np.zeros(len(self.labels)) if self._current is None else self._current
        sums = np.empty(len(numbers))
        self.prepare(len(numbers))
        block = self._block
        for first in range(0, len(numbers), block):
            some = numbers[first : first + block]
            values = self.values(some)
            with threads_for(values.size):
                add_in_order(values, less, sums[first : first + block])
            if advance is not None:
                advance(first + len(some))
        return sums

    @property
    def current_sum(self) -> float:
        """Sum over rows, in order, of the values of the column chosen last."""
        assert self._current is not None
        return float(np.cumsum(self._current)[-1])

    @property
    def left_sum(self) -> float:
        """Sum over rows, in order, of the labels less those values."""
        assert self._current is not None
        return float(np.cumsum(self.labels - self._current)[-1])

    def values(self, numbers: IntArray) -> FloatArray:
        """Return the values (k, n) of some candidates."""
        self.prepare(len(numbers))
        assert self._method is not None
        out = np.empty((len(numbers), len(self.labels)))
        with threads_for(64 * out.size):
            self._method.fill(self, out, numbers)
        return out

    def _add(self, number: int) -> None:
        self._group = refine(self._group, self.columns[number])
        self._chosen = [*self._chosen, int(self._ids[number])]
        self._axes = [*self._axes, (self.columns[number], self.weights[number])]
        self._method, self._prepared = None, 0

    @property
    def _block(self) -> int:
        """How many candidates are scored at once; each takes up to `PER_VALUE` bytes per row."""
        n = len(self.labels)
        wanted = max(2 * lists.BLOCK, _VALUES // n)
        return max(1, min(wanted, self._memory // (4 * PER_VALUE * n)))

    def _table(
        self, numbers: IntArray
    ) -> tuple[IntArray, FloatArray, IntArray, IntArray, FloatArray]:
        return self.labels, self.columns, numbers, self._ids[numbers], self.weights

    @property
    def _options(self) -> tuple[int, int, np.uint64, np.uint64]:
        step = len(self._chosen) if self._step is None else self._step
        return (self._rule, step, *self._key)

    def prepare(self, candidates: int) -> None:
        """Choose the method of this step for so many candidates, and prepare it."""
        if candidates <= self._prepared:
            return
        self._prepared = candidates
        sizes = np.bincount(self._group)
        axes, n = len(self._chosen), len(self.labels)
        if axes == 0 or sizes.max() > GROUP or 4 * len(sizes) <= 3 * n:
            self._method = self._by_runs(sizes)
            return
        if axes == 1:
            self._method = self._by_axis()
            return
        tree = build(*self._points())
        length, gathered = lists.lengths(n, axes, candidates)
        length = max(length, int(sizes.max()) + lists.STRIDE)
        fits = PER_ENTRY * n * length <= self._memory // 2
        paying = PAYING_LATE if axes == 2 and n > LATE else PAYING
        if fits and (candidates >= paying or gathered >= n):
            self._method = self._by_lists(tree, length, gathered)
        else:
            self._method = self._by_leaves(tree)

    def _points(self) -> tuple[FloatArray, FloatArray]:
        """Return the columns in S (s, n), and their weights."""
        points = np.array([column for column, _ in self._axes]).reshape(-1, len(self.labels))
        return points, np.array([weight for _, weight in self._axes])

    def _by_runs(self, sizes: IntArray) -> Method:
        member = np.empty(len(sizes), dtype=np.int64)
        member[self._group] = np.arange(len(self._group))
        points, weights = self._points()
        groups = groups_of(self._group, sizes, points[:, member], weights)

        def fill(of: Search, out: FloatArray, numbers: IntArray) -> None:
            runs.fill(
                out, *of._table(numbers), of._sorted(numbers),
                groups, *of._options,
            )  # fmt: skip

        return Method("runs", fill)

    def _sorted(self, numbers: IntArray) -> NDArray[np.int32]:
        """Return the rows in the order of each of some columns; kept where S has few groups."""
        if not self._chosen or self._memory < 16 * self.columns.size:
            return np.argsort(self.columns[numbers], axis=1).astype(np.int32)
        missing = np.array([j for j in numbers if j not in self._orders], dtype=np.int64)
        if len(missing):
            orders = np.argsort(self.columns[missing], axis=1).astype(np.int32)
            runs.sort_equal(orders, self.columns, missing, self.labels, self._rule)
            self._orders.update(zip(missing.tolist(), orders, strict=True))
        return np.stack([self._orders[j] for j in numbers.tolist()])

    def _by_axis(self) -> Method:
        ((chosen, weight),) = self._axes
        rows = np.argsort(chosen).astype(np.int32)
        sorted_column = chosen[rows]
        n = len(rows)
        window = 16 if n < 5000 else 32 if n < 50_000 else axis.WINDOW

        def fill(of: Search, out: FloatArray, numbers: IntArray) -> None:
            axis.fill(
                out, *of._table(numbers), sorted_column, rows,
                weight, window, of._parts(len(numbers)), *of._options,
            )  # fmt: skip

        return Method("axis", fill)

    def _by_lists(self, tree: Tree, length: int, gathered: int) -> Method:
        near = leaves.near_leaves(tree, -(-gathered // LEAF) + 1)
        near_rows = lists.nearest(tree, near, length, gathered)

        def fill(of: Search, out: FloatArray, numbers: IntArray) -> None:
            lists.fill(
                out, *of._table(numbers), tree, near_rows,
                of._parts(-(-len(numbers) // lists.BLOCK)), *of._options,
            )  # fmt: skip

        return Method("lists", fill)

    def _by_leaves(self, tree: Tree) -> Method:
        near = leaves.near_leaves(tree, 48)

        def fill(of: Search, out: FloatArray, numbers: IntArray) -> None:
            leaves.fill(
                out, *of._table(numbers), tree, near,
                of._parts(1), *of._options,
            )  # fmt: skip

        return Method("leaves", fill)

    def _parts(self, tasks: int) -> int:
        """Return in how many parts to cut the rows, so that all threads have work."""
        wanted = -(-4 * numba.get_num_threads() // tasks)
        return max(1, min(wanted, len(self.labels) // 256))
