"""Rows that are equal in the chosen columns, and the groups of such rows near each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.neighbors.cpu import leaves, lists
from lcodec.neighbors.cpu.tree import LEAF, MOST_AXES, build

ALL_GROUPS = 512  # so few groups list all others
LISTED = (64, 256)  # more groups list so many of them, in up to three columns and in more: on a
# lattice, shells of groups at the same distance grow with the number of columns


class Groups(NamedTuple):
    """Distinct rows of the chosen columns, and for each one others by distance."""

    of_row: IntArray  # (n,) number of the distinct row that each row is
    starts: IntArray  # (g + 1,) where each group starts when rows are sorted by group
    near: NDArray[np.int32]  # (g, k) other groups by distance; the list is complete below `reach`
    distances: FloatArray  # (g, k) their distances
    reach: FloatArray  # (g,)
    points: FloatArray  # (s, g) values of the chosen columns
    weights: FloatArray  # (s,)


def groups_of(of_row: IntArray, sizes: IntArray, points: FloatArray, weights: FloatArray) -> Groups:
    """Return the groups `of_row` (n,) with their near groups; `points` (s, g) are their values."""
    count = len(sizes)
    near, distances = np.empty((count, 0), dtype=np.int32), np.empty((count, 0))
    reach = np.full(count, np.inf)
    if count > 1:
        length = LISTED[len(weights) > 3]
        gathered = min(count, 8 * length) if len(weights) <= MOST_AXES else count
        if count <= max(ALL_GROUPS, length):
            length, gathered = count - 1, count
        tree = build(points, weights)
        listed = lists.nearest(
            tree, leaves.near_leaves(tree, -(-gathered // LEAF) + 1), length, gathered
        )
        near, distances = np.empty_like(listed.places), np.empty_like(listed.distances)
        near[tree.rows], distances[tree.rows] = tree.rows[listed.places], listed.distances
        reach[tree.rows] = listed.next[:, -1]
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
    return Groups(of_row, starts, near, distances, reach, points, weights)


def refine(group: IntArray, column: FloatArray) -> IntArray:
    """Return numbers, from 0, of the distinct pairs of `group` (n,) and `column` (n,)."""
    if group.max() + 1 == len(group):  # all differ already
        return group
    order = np.lexsort((column, group)) if group.any() else np.argsort(column)
    ordered, before = column[order], group[order]
    new = (ordered[1:] != ordered[:-1]) | (before[1:] != before[:-1])
    refined = np.empty_like(group)
    refined[order] = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(new)))
    return refined


def equal_rows(columns: FloatArray) -> IntArray:
    """Return the number, from 0, of the distinct row that each row of `columns` (q, n) is."""
    group = np.zeros(columns.shape[1], dtype=np.int64)
    for column in columns:
        group = refine(group, column)
    return group
