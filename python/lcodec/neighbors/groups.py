"""Rows that are equal in every column: their nearest rows are each other, at distance 0.

Discrete columns make large groups, and a group of g rows costs O(g log g) here: sorted by label,
the sum of minima over a member's g - 1 fellows is a prefix sum.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from lcodec.checks import FloatArray
from lcodec.random.philox import TIES, philox4x32

IntArray = NDArray[np.int64]
AVERAGE, RANDOM, FIRST = range(3)  # positions in tiled.TIE_RULES


def codes(columns: FloatArray, weights: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the values of each of `columns` (p, n) numbered from 0, and how many there are.

    A column whose smallest step vanishes when squared is left out (count 0): there, distance 0 does
    not mean equal rows.
    """
    numbered = np.empty(columns.shape, dtype=np.int64)
    counts = np.empty(len(columns), dtype=np.int64)
    for k, column in enumerate(columns):
        values, numbered[k] = np.unique(column, return_inverse=True)
        step = np.diff(values).min(initial=np.inf)
        with np.errstate(under="ignore"):
            usable = len(values) == 1 or (step * step) * weights[k] > 0
        counts[k] = len(values) if usable else 0
    return numbered, counts


def joint(numbered: IntArray, counts: IntArray) -> tuple[IntArray, int]:
    """Return the rows of coded columns (s, n) numbered from 0, and how many are distinct."""
    group, count = np.zeros(numbered.shape[1], dtype=np.int64), 1
    for code, distinct in zip(numbered, counts, strict=True):
        if distinct == 0:
            return group, 0
        values, group = np.unique(group * int(distinct) + code, return_inverse=True)
        count = len(values)
    return group, count


@njit(cache=True, parallel=True)
def fill(out, labels, order, group, groups, code, counts, rule, ids, step, k0, k1):  # type: ignore[no-untyped-def]
    """Write the values of rows that have equals in (group, code[j]) into out[j]; leave the others.

    `order` lists the rows by label for the average, ascending otherwise; `groups` and `counts` are
    the numbers of distinct values, 0 where equality must not be used.
    """
    n = labels.shape[0]
    for j in prange(out.shape[0]):
        if counts[j] == 0 or groups == 0 or counts[j] == n or groups == n:
            continue  # unusable, or no two rows can be equal
        keys = (group * counts[j] + code[j])[order]
        by_key = np.argsort(keys, kind="mergesort")
        start = 0
        while start < n:
            stop = start + 1
            while stop < n and keys[by_key[stop]] == keys[by_key[start]]:
                stop += 1
            others, before = stop - start - 1, 0
            for t in range(others + 1 if others else 0):
                i = order[by_key[start + t]]
                if rule == AVERAGE:
                    out[j, i] = (before + labels[i] * (others - t)) / others
                    before += labels[i]
                    continue
                pick = np.int64(0)
                if rule == RANDOM:
                    word = philox4x32(
                        np.uint64(i), np.uint64(ids[j]), np.uint64(step), np.uint64(TIES), k0, k1
                    )[0]
                    pick = np.int64((word * np.uint64(others)) >> np.uint64(32))
                m = order[by_key[start + (pick if pick < t else pick + 1)]]
                out[j, i] = min(labels[i], labels[m])
            start = stop
