"""Random orders of rows that are the same in every language: rows sorted by their Philox words.

Each row and resample has one counter, (row, 0, resample, 5). Its first two words place the row in
the order (equal words: by row); the third makes the row's choice in a local exchange.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.random.philox import PERMUTATION, philox4x32, split_seed
from lcodec.resources import threads_for

Orders = NDArray[np.int32]  # (b, n) rows
_COST = 2**7  # operations per row and resample: ten rounds, and its share of a sort
_KEPT = 2**18  # rows of all resamples that are kept together, at most


def first_words(n: int, *, purpose: int, seed: int) -> NDArray[np.uint64]:
    """Return the first word (n,) of the counters (row, 0, 0, purpose)."""
    out = np.empty(n, dtype=np.uint64)
    _first_words(out, purpose, *split_seed(seed))
    return out


def permutations(n: int, resamples: range, seed: int, purpose: int = PERMUTATION) -> IntArray:
    """Return, for each resample, the rows 0..n-1 in random order, (resamples, n)."""
    out = np.empty((len(resamples), n), dtype=np.int64)
    permute(seed, resamples.start, out, purpose)
    return out


def permute(seed: int, first: int, out: IntArray | Orders, purpose: int = PERMUTATION) -> None:
    """Write the permutations of the resamples from `first` on into `out` (b, n)."""
    with threads_for(_COST * out.size):
        _permute(len(out), out, first, purpose, *split_seed(seed))


def local_exchanges(near: IntArray, seed: int, first: int, out: Orders) -> None:
    """Write the row whose response each row is given into `out` (b, n), for resamples from `first`.

    Rows are visited in random order. A row that has not been exchanged yet is exchanged with one of
    its rows of `near` (n, k) that have not either, each with the same probability; if none is left,
    it keeps its own response. So every response is used exactly once.
    """
    ordered = _orders if out.size > _KEPT else _kept_orders
    with threads_for((_COST + near.shape[1]) * out.size):
        _exchange(len(out), out, near, *ordered(len(near), first, len(out), seed))


class Drawn:
    """Orders of n rows for resamples, which `draw` writes: the first are kept once drawn.

    `draw` is given the first resample and room (b, n) for it and those that follow.
    """

    def __init__(self, draw: Callable[[int, Orders], None], n: int) -> None:
        self._draw, self._drawn = draw, 0
        self._kept = np.empty((_KEPT // n, n), dtype=np.int32)  # takes memory when it is written

    def __call__(self, resamples: range) -> Orders:
        """Return them (resamples, n), not to be changed."""
        kept, drawn = self._kept, self._drawn
        if resamples.stop > len(kept):
            kept = np.empty((len(resamples), kept.shape[1]), dtype=np.int32)
            self._draw(resamples.start, kept)
            return kept
        if resamples.stop > drawn:
            more = np.empty((resamples.stop - drawn, kept.shape[1]), dtype=np.int32)
            self._draw(drawn, more)  # not where other threads may already read
            kept[drawn : resamples.stop] = more  # they find, or write, the same numbers
            self._drawn = resamples.stop
        return kept[resamples.start : resamples.stop]


@lru_cache(maxsize=8)
def drawn_permutations(n: int, seed: int) -> Drawn:
    """Return the permutations of n rows: every test of so many rows asks for the same ones."""
    return Drawn(partial(permute, seed), n)


def _orders(
    n: int, first: int, count: int, seed: int
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """Return, for each resample, the rows in random order, and the word each has to choose with."""
    rows = np.empty((count, n), dtype=np.int32)
    words = np.empty((count, n), dtype=np.uint32)
    _order_all(count, rows, words, first, *split_seed(seed))
    return rows, words


# They do not depend on what is near: a search for a graph asks for the same ones at every test.
_kept_orders = lru_cache(maxsize=8)(_orders)


@kernel
def _first_words(out, purpose, k0, k1):  # type: ignore[no-untyped-def]
    zero = np.uint64(0)
    for i in range(out.shape[0]):
        out[i] = philox4x32(np.uint64(i), zero, zero, np.uint64(purpose), k0, k1)[0]


@kernel
def _order(n, resample, purpose, k0, k1):  # type: ignore[no-untyped-def]
    """Return the rows in random order, and the word that each has to choose with."""
    keys, words = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
    for i in range(n):
        a, b, c, _ = philox4x32(
            np.uint64(i), np.uint64(0), np.uint64(resample), np.uint64(purpose), k0, k1
        )
        keys[i], words[i] = (a << np.uint64(32)) | b, c
    return _rows_by(keys), words


@kernel
def _rows_by(keys):  # type: ignore[no-untyped-def]
    """Return the rows by their random keys, equal ones by row.

    By its leading bits a key finds its place but for the few that share them.
    """
    n, bits = keys.shape[0], np.uint64(1)
    while np.uint64(1) << bits < np.uint64(n):
        bits += np.uint64(1)
    rest = np.uint64(64) - bits
    upto = np.zeros((1 << np.int64(bits)) + 1, dtype=np.int64)
    for key in keys:
        upto[np.int64(key >> rest) + 1] += 1
    for bucket in range(1, upto.shape[0]):
        upto[bucket] += upto[bucket - 1]
    rows, placed = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.uint64)
    for i in range(n):
        home = np.int64(keys[i] >> rest)
        at = upto[home]
        rows[at], placed[at] = i, keys[i]
        upto[home] += 1
    for i in range(1, n):
        row, key, at = rows[i], placed[i], i
        while at > 0 and placed[at - 1] > key:
            rows[at], placed[at] = rows[at - 1], placed[at - 1]
            at -= 1
        rows[at], placed[at] = row, key
    return rows


@ThreadedKernel
def _permute(start, stop, out, first, purpose, k0, k1):  # type: ignore[no-untyped-def]
    for b in range(start, stop):
        rows = _order(out.shape[1], first + b, purpose, k0, k1)[0]
        for i in range(out.shape[1]):
            out[b, i] = rows[i]


@ThreadedKernel
def _order_all(start, stop, rows, words, first, k0, k1):  # type: ignore[no-untyped-def]
    for b in range(start, stop):
        order, chosen_with = _order(rows.shape[1], first + b, PERMUTATION, k0, k1)
        for i in range(rows.shape[1]):
            rows[b, i], words[b, i] = order[i], chosen_with[i]


@ThreadedKernel
def _exchange(start, stop, out, near, order, words):  # type: ignore[no-untyped-def]
    n, k = near.shape
    free, found = np.empty(n, dtype=np.uint8), np.empty(k + 1, dtype=np.int64)
    for b in range(start, stop):
        for row in range(n):
            out[b, row], free[row] = row, 1
        for at in range(n):
            i = np.uint64(order[b, at])
            if free[i] == 0:
                continue
            count = np.uint64(0)
            for m in near[i]:  # without a branch: each is written, and stays if it is free
                found[count] = m
                count += np.uint64(free[np.uint64(m)])
            if count == 0:
                continue
            partner = np.uint64(found[(np.uint64(words[b, i]) * count) >> np.uint64(32)])
            out[b, i], out[b, partner] = partner, i
            free[i], free[partner] = 0, 0
