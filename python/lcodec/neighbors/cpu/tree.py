"""A k-d tree of rows whose leaves are neighbouring places, bounded by boxes.

The bounds are exact in floating point. The distance to a box adds, column by column, the square of
how far the row lies outside; rounding is monotone, so this sum, rounded as the canonical distance
is, never exceeds the canonical distance to a row in the box. Nothing but the order in which rows
are looked at depends on the tree.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray
from lcodec.compiling import kernel

LEAF = 16  # rows in a leaf, as a rule; the last one can have fewer
MOST_AXES = 8  # beyond, boxes hardly exclude anything


class Tree(NamedTuple):
    """Rows in the order of the leaves, and the boxes of a binary tree over these.

    Node 0 is the root; ``child[v]`` is the first of the two children of v, 0 in a leaf, where
    ``start[v]`` is the first place.
    """

    rows: NDArray[np.int32]  # (n,) rows in the order of places
    points: FloatArray  # (s, leaf l) columns in the order of places; NaN pads the last leaf
    weights: FloatArray  # (s,)
    child: NDArray[np.int32]  # (v,)
    start: NDArray[np.int32]  # (v,)
    low: FloatArray  # (v, s) smallest values in each node
    high: FloatArray  # (v, s) largest values
    leaf: int  # rows: a loop over a constant would be unrolled before it could be vectorised


def build(columns: FloatArray, weights: FloatArray, leaf: int = LEAF) -> Tree:
    """Return the tree of the rows of `columns` (s, n), with up to `leaf` rows in a leaf."""
    rows = np.arange(columns.shape[1], dtype=np.int32)
    leaves = -(-columns.shape[1] // leaf)
    nodes = 2 * leaves - 1
    child, start = np.zeros(nodes, dtype=np.int32), np.zeros(nodes, dtype=np.int32)
    low, high = np.empty((nodes, len(columns))), np.empty((nodes, len(columns)))
    points = np.full((len(columns), leaves * leaf), np.nan)
    points[:, : columns.shape[1]] = columns
    _build(rows, points, weights, child, start, low, high, leaf)
    return Tree(rows, points, weights, child, start, low, high, leaf)


@kernel
def _select(points, rows, k, low, high, place):
    """Move the rows of places low..high so that those before `place` have the smaller values."""
    key = points[k]
    high -= 1
    while low < high:
        a, b, c = key[low], key[(low + high) // 2], key[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while key[i] < pivot:
                i += 1
            while key[j] > pivot:
                j -= 1
            if i <= j:
                rows[i], rows[j] = rows[j], rows[i]
                for c_ in range(points.shape[0]):
                    points[c_, i], points[c_, j] = points[c_, j], points[c_, i]
                i += 1
                j -= 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            return


@kernel
def _build(rows, points, weights, child, start, low, high, leaf):
    s, n = points.shape[0], rows.shape[0]
    stack = np.empty((64, 3), dtype=np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2] = 0, 0, n
    depth, used = 1, 1
    while depth:
        depth -= 1
        v, first, last = stack[depth, 0], stack[depth, 1], stack[depth, 2]
        start[v] = first
        widest, width = 0, -1.0
        for k in range(s):
            smallest, largest = points[k, first], points[k, first]
            for m in range(first + 1, last):
                smallest, largest = min(smallest, points[k, m]), max(largest, points[k, m])
            low[v, k], high[v, k] = smallest, largest
            extent = (largest - smallest) * (largest - smallest) * weights[k]
            if extent > width:
                widest, width = k, extent
        if last - first > leaf:
            leaves = (last - first + leaf - 1) // leaf
            middle = first + (leaves // 2) * leaf
            _select(points, rows, widest, first, last, middle)
            child[v] = used
            for side in range(2):
                stack[depth, 0] = used + side
                stack[depth, 1] = middle if side else first
                stack[depth, 2] = last if side else middle
                depth += 1
            used += 2


@kernel(forceinline=True)
def outside(points, m, low, high, v, weights):
    """Return the distance of place m to the box of node v.

    Rows of arrays as arguments would be counted as references, which costs as much again.
    """
    d = 0.0
    for k in range(points.shape[0]):
        x = points[k, m]
        t = max(max(low[v, k] - x, x - high[v, k]), 0.0)
        d = d + (t * t) * weights[k]
    return d


@kernel(forceinline=True)
def between(low_a, high_a, low_b, high_b, weights):
    """Return the distance of two boxes."""
    d = 0.0
    for k in range(weights.shape[0]):
        t = max(max(low_a[k] - high_b[k], low_b[k] - high_a[k]), 0.0)
        d = d + (t * t) * weights[k]
    return d
