"""Few chosen columns: the K nearest rows from cells of rows near in S, sorted by the candidate.

Cells are the leaves of a tree with many rows in a leaf. A row looks at the near cells up to its
limit, and in each at a stretch of sorted values. Rows of a cell come in the order of the candidate,
so that these stretches hardly move from one row to the next.
"""

from __future__ import annotations

from math import gamma, pi

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.bits import COUNTED
from lcodec.neighbors.cpu.gathering import placed_labels
from lcodec.neighbors.cpu.leaves import Near, sorted_leaves
from lcodec.neighbors.cpu.several.limits import (
    BINS,
    BOUND,
    FIRST_ROWS,
    GUESS,
    MORE,
    SPARE,
    U,
    bin_of,
    bins_of,
    guess_of,
    learn,
)
from lcodec.neighbors.cpu.several.stretches import value_of_singles
from lcodec.neighbors.cpu.several.values import last_of, look_up, nearest_sums, room_for
from lcodec.neighbors.cpu.tree import LEAF, Tree, build
from lcodec.neighbors.gains import Labels
from lcodec.neighbors.ties import Choice

WINDOW = 16  # sorted rows to look at together
_LISTED = 64  # near cells in a list
_WIDTH = 1.5  # of a cell, in radii of the ball of the rows to enter
_PAYING = (10_000, 10_000, 50_000)  # rows from which on cells are faster, for 1, 2, 3 columns in S


def pay(n: int, axes: int) -> bool:
    """Return whether cells are faster than a walk along one column, or than leaves."""
    return axes <= len(_PAYING) and n >= _PAYING[axes - 1]


def prepared(
    columns: FloatArray, weights: FloatArray, wanted: int
) -> tuple[Tree, Near, Near, FloatArray, int]:
    """Return the cells of the rows of `columns` (s, n), for so many nearest rows.

    They have lists of the nearest cells and one of every cell, boxes (2, c, s), and a window: a
    loop over a constant would be unrolled before it could be vectorised.
    """
    axes, n = columns.shape
    ball = pi ** ((axes + 1) / 2) / gamma((axes + 3) / 2)
    tree = build(columns, weights, max(LEAF, int(_size(n, axes, SPARE * wanted / ball))))
    cells = -(-n // tree.leaf)
    nodes, boxes = np.flatnonzero(tree.child == 0), np.empty((2, cells, axes))
    boxes[:, tree.start[nodes] // tree.leaf] = tree.low[nodes], tree.high[nodes]
    every = Near(np.arange(cells, dtype=np.int32)[np.newaxis], np.zeros((1, cells)), True)
    return tree, sorted_leaves(tree, min(cells, _LISTED)), every, boxes, WINDOW


def _size(n: int, axes: int, cubes: float) -> float:
    """Return how many rows are in a cell, if so many are in a cube as wide as the radius of a ball.

    The cube has one axis more than the cell, whose n rows are taken to fill a cube of width 1.
    """
    return float(_WIDTH**axes * (n * cubes**axes) ** (1 / (axes + 1)))


@ThreadedKernel
def _sort(start, stop, columns, numbers, orders, place_of, tree, window, values, where, points):
    """Write the rows of each cell in the order of a column, and behind them a window of NaN."""
    for c in range(start, stop):
        column = columns[numbers[c]]
        starts = np.arange(0, values.shape[1], tree.leaf + window)
        values[c, :] = np.nan
        for row in orders[c]:
            place = place_of[row]
            cell = place // tree.leaf
            at = starts[cell]
            values[c, at], where[c, at] = column[row], place
            for k in range(tree.points.shape[0]):
                points[c, k, at] = tree.points[k, place]
            starts[cell] = at + 1


@kernel(forceinline=True)
def _before(t, weight, limit):
    """Return whether a value that is smaller by t is before the stretch of those up to `limit`."""
    return t > 0.0 and (t * t) * weight > limit


@kernel(forceinline=True)
def _collect(tree, boxes, listed, distances, values, where, points, weight, m, limit, most, first,
             window, some, entries, places):  # fmt: skip
    """Enter all rows not further from the m-th than `limit`, or those of cells up to `most` rows.

    ``first[cell]`` is about where the stretch of a cell starts, and is moved there.
    """
    axes, x, found = tree.weights.shape[0], values[m], U(0)
    for k in range(listed.shape[0]):
        if distances[k] > limit or found >= most:
            break
        cell, d = listed[k], 0.0
        for a in range(axes):
            y = points[a, m]
            t = max(max(boxes[0, cell, a] - y, y - boxes[1, cell, a]), 0.0)
            d += (t * t) * tree.weights[a]
        if d > limit:
            continue
        begin = U(cell) * (U(tree.leaf) + U(WINDOW))
        at = begin + first[cell]
        while _before(x - values[at], weight, limit):
            at += U(1)
        while at > begin and not _before(x - values[at - U(1)], weight, limit):
            at -= U(1)
        first[cell], within = at - begin, True
        while within:
            for j in range(window):
                some[U(j)] = 0.0
            for a in range(axes):
                y, axis_weight = points[a, m], tree.weights[a]
                for j in range(window):
                    s = y - points[a, at + U(j)]
                    some[U(j)] += (s * s) * axis_weight
            for j in range(window):
                t = x - values[at + U(j)]
                some[U(j)] += (t * t) * weight
            for j in range(window):
                entries[found], places[found] = some[U(j)], where[at + U(j)]
                found += U(1) if (some[U(j)] <= limit) & (at + U(j) != m) else U(0)
            at += U(WINDOW)
            t = x - values[at - U(1)]
            within = (t * t) * weight <= limit
    return np.int64(found)


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, tree: Tree, near: Near, every: Near, boxes: FloatArray, window: int,
    orders: NDArray[np.int32], choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    ``orders[c]`` are the rows in its order.
    """
    n, count, cells = len(tree.rows), len(numbers), boxes.shape[1]
    place_of = np.empty(n, dtype=np.int32)
    place_of[tree.rows] = np.arange(n, dtype=np.int32)
    shape = count, cells * (tree.leaf + WINDOW)
    values, where = np.empty(shape), np.zeros(shape, dtype=np.int32)
    points = np.zeros((count, len(tree.points), shape[1]))
    _sort(count, columns, numbers, orders, place_of, tree, window, values, where, points)
    _fill(
        count * cells, out, labels, placed_labels(labels, tree.rows, tree.points.shape[1]), tree,
        near, every, boxes, window, values, where, points, bins_of(columns[numbers]),
        weights[numbers], choice, ids,
    )  # fmt: skip


@ThreadedKernel
def _fill(start, stop, out, labels, placed, tree, near, every, boxes, window, values, where, points,
          bins, weights, choice, ids):  # fmt: skip
    """Write the values of the rows of the cells of all candidates."""
    n, many, wanted = tree.rows.shape[0], boxes.shape[1], choice.neighbors
    entries, places = np.empty(n), np.empty(n, dtype=np.int32)
    room, founds, levels = room_for(wanted), np.empty(1, np.int64), np.empty(1)
    keys, gains = np.empty((1, room + COUNTED), np.int32), np.empty((1, room + 1), np.int64)
    totals, counted = np.empty_like(founds), np.empty_like(founds)
    first, some = np.zeros(many, dtype=np.uint64), np.empty(WINDOW)
    guesses, spare = np.zeros(BINS + 1), SPARE ** (2 / (boxes.shape[2] + 1))
    for c in range(start // many, (stop + many - 1) // many):
        of, at_row, at_point = values[c], where[c], points[c]
        first[:], guesses[:] = 0, 0.0
        for cell in range(max(start - c * many, 0), min(stop - c * many, many)):
            begin = cell * (tree.leaf + WINDOW)
            end = np.inf if near.complete else near.distances[cell, near.distances.shape[1] - 1]
            for m in range(begin, begin + min(tree.leaf, n - cell * tree.leaf)):
                r = at_row[m]
                at = bin_of(of[m], bins[c, 0], bins[c, 1])
                limit = guess_of(guesses, at) * spare
                way = GUESS if limit > 0.0 else FIRST_ROWS
                while True:
                    most = wanted if way == FIRST_ROWS else n
                    limit = np.inf if way == FIRST_ROWS else limit
                    listed, distances = near.leaves[cell], near.distances[cell]
                    if limit >= end and way != FIRST_ROWS:
                        listed, distances = every.leaves[0], every.distances[0]
                    found = _collect(
                        tree, boxes, listed, distances, of, at_row, at_point, weights[c], U(m),
                        limit, U(most), first, window, some, entries, places,
                    )  # fmt: skip
                    if way == FIRST_ROWS:
                        limit, way = last_of(entries, places, found, wanted), BOUND
                    elif found >= wanted:
                        break
                    else:
                        limit, way = limit * MORE, way + 1
                look_up(placed[r], placed, entries, places, found, keys, gains)
                founds[0] = found
                nearest_sums(keys, gains, founds, 1, wanted, totals, counted, levels)
                out[c, tree.rows[r]], last = totals[0] / wanted, levels[0]
                if counted[0] != wanted:
                    out[c, tree.rows[r]], last = value_of_singles(
                        entries, places, found, tree.rows, placed, labels, r, choice, ids[c]
                    )
                learn(guesses, at, last)
