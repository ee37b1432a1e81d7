"""What is found once in the columns of tests, however many tests ask for it.

A search for a graph tests many pairs of columns given the same few, and at first all pairs given
nothing. So what was found in the last columns is kept, as long as it is small, and recognised by
their values.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.inference.methods import Plan
from lcodec.neighbors import GraphSums, TieSets, graph_sums, nearest_rows
from lcodec.random.permutation import Drawn, local_exchanges

MOST_KEPT = 32  # conditions; a table of 20 columns has as many single ones, and then pairs
MOST_SETS = 128  # tie sets; the same pairs and triples come again for many responses
SMALL = 2**18  # bytes of columns, or of tie sets, up to which they are kept


class Neighbors(NamedTuple):
    """Nearest rows in columns, and the sums of their graph where these were asked for."""

    sets: TieSets
    graph: GraphSums | None

    @classmethod
    def of(
        cls, columns: FloatArray, weights: FloatArray, ties: str, n_neighbors: int,
        graph: bool = False,
    ) -> Neighbors:  # fmt: skip
        """Find them in columns (p, n), unless they were found lately."""
        rule = (ties, n_neighbors)

        def find(columns: FloatArray) -> Neighbors:
            sums = graph_sums(columns, weights, *rule) if graph else None
            return cls(TieSets(columns, weights, *rule), sums)

        return lately_neighbors.find(find, columns, weights, *rule, graph)


class Near(NamedTuple):
    """What the rows near each row say."""

    sets: TieSets
    rows: IntArray  # (n, k) to exchange responses with
    exchanges: Drawn  # the row whose response each row is given

    @classmethod
    def of(
        cls, columns: FloatArray, weights: FloatArray, ties: str, n_neighbors: int,
        shuffle_neighbors: int, seed: int,
    ) -> Near:  # fmt: skip
        """Find it in columns (p, n)."""
        rows = nearest_rows(columns, weights, min(shuffle_neighbors, columns.shape[1] - 1))
        return cls(
            Neighbors.of(columns, weights, ties, n_neighbors).sets,
            rows,
            Drawn(partial(local_exchanges, rows, seed), len(rows)),
        )


class Conditions(NamedTuple):
    """Columns (p, n) with their weights, and what is found in them; they may be none."""

    columns: FloatArray
    weights: FloatArray
    near: Near | None = None

    @classmethod
    def of(cls, columns: FloatArray, weights: FloatArray, plan: Plan) -> Conditions:
        """Find it, unless it was found lately."""
        if not len(columns):
            return cls(columns, weights)
        settings = (plan.ties, plan.n_neighbors, plan.shuffle_neighbors, plan.seed)
        near = lately.find(
            lambda columns: Near.of(columns, weights, *settings), columns, weights, *settings
        )
        return cls(columns, weights, near)


Found = TypeVar("Found", Near, Neighbors)


class _Lately:
    """What was asked for last. Each step is one for other threads, so that it needs no lock."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._kept: dict[Hashable, Any] = {}  # the last one is at the end

    def __len__(self) -> int:
        return len(self._kept)

    def find(
        self, find: Callable[[FloatArray], Found], columns: FloatArray, weights: FloatArray,
        *settings: Hashable,
    ) -> Found:  # fmt: skip
        """Return what is kept for these columns, or what `find` makes of them; keep what is small.

        `settings` say, with their number, what is looked for.
        """
        if columns.nbytes > SMALL:
            return find(columns)
        key = (columns.tobytes(), weights.tobytes(), *settings)
        found: Found | None = self._kept.pop(key, None)
        if found is None:
            found = find(columns.copy())  # the caller may change the columns
            if found.sets.held > SMALL:
                return found
        self._kept[key] = found
        with suppress(RuntimeError, StopIteration):  # another thread was quicker
            while len(self._kept) > self._most():
                self._kept.pop(next(iter(self._kept)), None)
        return found

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()


lately, lately_neighbors = _Lately(lambda: MOST_KEPT), _Lately(lambda: MOST_SETS)
