"""What is given in a test, and what is found in it once, however many tests ask for it.

A search for a graph tests many pairs of columns given the same few. So what was found in the last
conditions is kept, as long as it is small, and recognised by the values of the columns.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from typing import NamedTuple

from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.inference.methods import Plan
from lcodec.neighbors import TieSets, nearest_rows
from lcodec.random.permutation import Drawn, local_exchanges

MOST_KEPT = 32  # conditions; a table of 20 columns has as many single ones, and then pairs
SMALL = 2**18  # bytes of columns, or of tie sets, up to which they are kept


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
            TieSets(columns, weights, ties, n_neighbors),
            rows,
            Drawn(lambda resamples: local_exchanges(rows, resamples, seed), len(rows)),
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
        if columns.nbytes > SMALL:
            return cls(columns, weights, Near.of(columns, weights, *settings))
        key = (columns.tobytes(), weights.tobytes(), *settings)
        near = lately.get(key)
        if near is None:
            near = Near.of(columns.copy(), weights, *settings)  # the caller may change the columns
            lately.keep(key, near)
        return cls(columns, weights, near)


class _Lately:
    """What was asked for last. Each step is one for other threads, so that it needs no lock."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Near] = {}  # the last one is at the end

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> Near | None:
        """Return what is kept."""
        near = self._kept.pop(key, None)
        if near is not None:
            self._kept[key] = near
        return near

    def keep(self, key: Hashable, near: Near) -> None:
        """Keep it, unless it is large."""
        if near.sets.held > SMALL:
            return
        self._kept[key] = near
        with suppress(RuntimeError, StopIteration):  # another thread was quicker
            while len(self._kept) > MOST_KEPT:
                self._kept.pop(next(iter(self._kept)), None)

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()


lately = _Lately()
