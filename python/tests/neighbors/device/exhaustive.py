"""What every search must return, from the contract alone: all n x n distances, plain loops."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

MASK = 0xFFFFFFFF


def philox(counter: Sequence[int], seed: int) -> tuple[int, ...]:
    """The words of Philox4x32-10, in Python integers."""
    c0, c1, c2, c3 = counter
    k0, k1 = seed & MASK, seed >> 32
    for _ in range(10):
        a, b = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & MASK, (a >> 32) ^ c3 ^ k1, a & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def values(
    columns: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    ties: str,
    seed: int,
    step: int,
    number: int,
    n_neighbors: int = 1,
) -> np.ndarray:
    """The values (n,) of the nearest rows in all of `columns` (q, n); the last is `number`."""
    n = columns.shape[1]
    d = np.zeros((n, n))
    with np.errstate(under="ignore"):
        for column, weight in zip(columns, weights, strict=True):
            t = column[:, None] - column
            d = d + (t * t) * weight
    np.fill_diagonal(d, np.inf)
    out = np.empty(n)
    for i in range(n):
        reach = np.sort(d[i])[n_neighbors - 1]
        nearer, tied = (np.flatnonzero(some).tolist() for some in (d[i] < reach, d[i] == reach))
        wanted = n_neighbors - len(nearer)

        def gains(rows: list[int], own: int = labels[i]) -> int:
            if labels.dtype == np.int32:
                return int((labels[rows] == own).sum())
            return int(np.minimum(labels[rows], own).sum())

        if ties == "average":
            share = wanted * gains(tied) / len(tied)
            out[i] = (share + gains(nearer)) / n_neighbors
            continue
        if ties == "random":
            for t in range(wanted):
                words = philox((i, number, step, 1 + (t // 4 << 16)), seed)
                place = t + (words[t % 4] * (len(tied) - t) >> 32)
                tied[t], tied[place] = tied[place], tied[t]
        out[i] = gains(nearer + tied[:wanted]) / n_neighbors
    return out


def total(terms: np.ndarray) -> float:
    """The exact sum, rounded once."""
    return math.fsum(terms.tolist())
