"""Nearest neighbours of every row: equal rows by sorting, the others by exhaustive search.

All candidate columns of one call share the distances of the columns already chosen: for each row
these are computed once, and each candidate adds its own term. Memory is one row of distances per
thread and the table of results, never n x n.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from lcodec.checks import FloatArray
from lcodec.neighbors import groups
from lcodec.random.philox import TIES, philox4x32, split_seed
from lcodec.threads import threads_for

TIE_RULES = ("average", "random", "first")


def tie_values(
    labels: NDArray[np.int64],
    chosen: FloatArray,
    chosen_weights: FloatArray,
    candidates: FloatArray,
    candidate_weights: FloatArray,
    *,
    ties: str = "average",
    seed: int = 0,
    step: int = 0,
    ids: NDArray[np.int64] | None = None,
) -> FloatArray:
    """For each candidate and row i, the value of min(labels[i], labels[m]) over i's nearest rows m.

    The nearest rows of candidate j are those in the columns ``(*chosen, candidates[j])``; a row is
    never its own neighbour.

    Parameters
    ----------
    labels : (n,) int64
        Whole numbers, one per row.
    chosen : (s, n), candidates : (p, n)
        Data columns in the order in which they enter the distance, with their weights.
    ties : {"average", "random", "first"}
        The mean over the tie set, one of its rows at random, or its first row.
    seed, step : int
        Key and third counter word of the random choice.
    ids : (p,) int64, optional
        Column numbers of the candidates (second counter word); 0, 1, ... when left out.

    Returns
    -------
    (p, n) float64
        Whole numbers, except for means over several rows.
    """
    ids = np.arange(len(candidates)) if ids is None else ids
    rule, key = TIE_RULES.index(ties), split_seed(seed)
    numbered, counts = groups.codes(candidates, candidate_weights)
    group, distinct = groups.joint(*groups.codes(chosen, chosen_weights))
    order = np.argsort(labels, kind="stable") if rule == groups.AVERAGE else np.arange(len(labels))
    out = np.full((len(candidates), len(labels)), np.nan)
    with threads_for(out.size * len(labels)):
        groups.fill(out, labels, order, group, distinct, numbered, counts, rule, ids, step, *key)
        _search(
            out,
            labels,
            chosen,
            chosen_weights,
            candidates,
            candidate_weights,
            rule,
            ids,
            step,
            *key,
        )
    return out


@njit(cache=True, parallel=True)
def _search(out, labels, chosen, cw, candidates, w, rule, ids, step, k0, k1):  # type: ignore[no-untyped-def]
    """Fill what is still NaN in `out`."""
    n = labels.shape[0]
    for i in prange(n):
        if not np.isnan(out[:, i]).any():
            continue
        base = np.zeros(n)
        for k in range(chosen.shape[0]):
            for m in range(n):
                t = chosen[k, i] - chosen[k, m]
                base[m] = base[m] + (t * t) * cw[k]
        base[i] = np.inf  # excluded by its index, not by being at distance 0
        for j in range(candidates.shape[0]):
            if not np.isnan(out[j, i]):
                continue
            x = candidates[j]
            best, count, total, first = _nearest(base, x, w[j], i, labels)
            if rule == groups.AVERAGE:
                out[j, i] = total / count
            elif rule == groups.FIRST:
                out[j, i] = min(labels[i], labels[first])
            else:
                word = philox4x32(
                    np.uint64(i), np.uint64(ids[j]), np.uint64(step), np.uint64(TIES), k0, k1
                )[0]
                pick = np.int64((word * np.uint64(count)) >> np.uint64(32))
                out[j, i] = min(labels[i], labels[_member(base, x, w[j], i, best, first, pick)])


@njit(cache=True)
def _nearest(base, x, w, i, labels):  # type: ignore[no-untyped-def]
    """Return the smallest distance, the size of its tie set, the sum over it, its first row."""
    best, count, total, first = np.inf, 0, 0, -1
    for m in range(x.shape[0]):
        t = x[i] - x[m]
        d = base[m] + (t * t) * w
        if d < best:
            best, count, total, first = d, 1, min(labels[i], labels[m]), m
        elif d == best and m != i:
            count += 1
            total += min(labels[i], labels[m])
    return best, count, total, first


@njit(cache=True)
def _member(base, x, w, i, best, first, pick):  # type: ignore[no-untyped-def]
    """Return element `pick` of the tie set in ascending row order."""
    m = first
    while pick > 0:
        m += 1
        t = x[i] - x[m]
        if base[m] + (t * t) * w == best:
            pick -= 1
    return m
