"""Several chosen columns: the K nearest rows from leaves of the tree, nearest leaves first.

The distances of a row to a leaf in the chosen columns are computed once for all candidates. Where
the listed leaves end before the limit, the whole tree is searched.
"""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.bits import COUNTED, lowest_bit
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels
from lcodec.neighbors.cpu.groups import Places
from lcodec.neighbors.cpu.leaves import Near, base_distances
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
from lcodec.neighbors.cpu.several.places import everywhere, sort_leaves
from lcodec.neighbors.cpu.several.stretches import value_of_singles
from lcodec.neighbors.cpu.several.values import last_of, look_up, nearest_sums, room_for
from lcodec.neighbors.cpu.tree import LEAF, Tree
from lcodec.neighbors.gains import Labels
from lcodec.neighbors.ties import Choice


@kernel(forceinline=True)
def _leaf(base, at, column, first, width, x, weight, limit, entries, places, found):
    """Enter the rows of a leaf that are not further than `limit`, which is finite."""
    near = U(0)
    for j in range(width):
        t = x - column[first + U(j)]
        near |= U(base[at + U(j)] + (t * t) * weight <= limit) << U(j)
    while near:
        j = lowest_bit(near)
        t = x - column[first + j]
        entries[found], places[found] = base[at + j] + (t * t) * weight, first + j
        found += U(1)
        near &= near - U(1)
    return found


@kernel
def _scale(tree, first):
    """Return what the distance of the K-th row is proportional to: rows are denser in small leaves.

    With s columns, a ball of squared radius d in them and the candidate holds about
    d^((s + 1) / 2) / width^(s / 2) rows.
    """
    axes, width = tree.points.shape[0], 0.0
    for k in range(axes):
        low, high = tree.points[k, first], tree.points[k, first]
        for m in range(first + 1, min(first + LEAF, tree.rows.shape[0])):
            low, high = min(low, tree.points[k, m]), max(high, tree.points[k, m])
        width += (high - low) * (high - low) * tree.weights[k]
    scale = width ** (axes / (axes + 1))
    return scale if 0.0 < scale < np.inf else 1.0


@kernel
def _collect(points, axis_weights, width, r, column, weight, limit, most, listed, distances, base,
             least, ready, entries, places):  # fmt: skip
    """Enter rows of the listed leaves not further than `limit`, or the first ones, `most` or more.

    Returns the entries and how many leaves have distances now.
    """
    x, found = column[r], U(0)
    for k in range(listed.shape[0]):
        if distances[k] > limit or found >= most:
            break
        first, at = U(listed[k]) * U(LEAF), U(k) * U(LEAF)
        if k == ready:
            least[k] = base_distances(points, axis_weights, r, first, width, base, at)
            ready += 1
        if least[k] <= limit:
            found = _leaf(base, at, column, first, width, x, weight, limit, entries, places, found)
    return np.int64(found), ready


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, tree: Tree, near: Near, places: Places, choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    There are no large groups among `places`.
    """
    n, size = len(tree.rows), tree.points.shape[1]
    local = placed_columns(columns, numbers, tree.rows, size)
    _fill(
        n, out, labels, placed_labels(labels, tree.rows, size), local, bins_of(local[:, :n]), ids,
        weights[numbers], tree, near, places, choice,
    )  # fmt: skip


@ThreadedKernel.of(least=256)
def _fill(start, stop, out, labels, placed, local, bins, ids, weights, tree, near, places_, choice):
    """Write the values of places, one at a time for all candidates."""
    wanted, n, sorting = choice.neighbors, labels.shape[0], near.leaves.shape[1] == 0
    length = places_.large_in.shape[0] - 1 if sorting else near.leaves.shape[1]
    listed, distances = np.empty(length, dtype=np.int32), np.empty(length)
    base, least = np.empty(length * LEAF), np.empty(length)
    unsorted = np.empty(length * LEAF if sorting else 0)
    most_entries = n + LEAF  # `everywhere` writes those of a whole leaf behind what it has found
    entries, places = np.empty(most_entries), np.empty(most_entries, dtype=np.int32)
    room, founds, levels = room_for(wanted), np.empty(1, np.int64), np.empty(1)
    keys, gains = np.empty((1, room + COUNTED), np.int32), np.empty((1, room + 1), np.int64)
    totals, counted = np.empty_like(founds), np.empty_like(founds)
    guesses = np.zeros((ids.shape[0], BINS + 1))
    none, nothing = np.empty(0, np.int32), np.empty(0)
    scale = 1.0
    for r in range(start, stop):
        ready, i = 0, tree.rows[r]
        if r == start or r % LEAF == 0:
            scale = _scale(tree, r // LEAF * LEAF)
        if sorting:
            sort_leaves(tree, r, base, unsorted, listed, distances)
            ready, least[:] = length, distances
        else:
            line = min(r // LEAF, near.leaves.shape[0] - 1)
            listed, distances = near.leaves[line], near.distances[line]
        for c in range(ids.shape[0]):
            column = local[c]
            at = bin_of(column[r], bins[c, 0], bins[c, 1])
            limit = guess_of(guesses[c], at) * scale * SPARE
            way = GUESS if limit > 0.0 else FIRST_ROWS
            while True:
                most = wanted if way == FIRST_ROWS else n
                limit = np.finfo(np.float64).max if way == FIRST_ROWS else limit
                found, ready = _collect(
                    tree.points, tree.weights, tree.leaf, r, column, weights[c], limit, U(most),
                    listed, distances, base, least, ready, entries, places,
                )  # fmt: skip
                if way == BOUND or (way != FIRST_ROWS and found >= wanted):
                    break
                if way != FIRST_ROWS:
                    limit, way = limit * MORE, way + 1
                elif found >= wanted:
                    limit, way = last_of(entries, places, found, wanted), BOUND
                else:
                    break
            if not (sorting or near.complete) and limit >= distances[length - 1]:
                last = last_of(entries, places, found, wanted) if found >= wanted else np.inf
                if last >= distances[length - 1]:
                    found, _ = everywhere(
                        tree, places_, r, -1, column, nothing, none, none, column[r], weights[c],
                        last, entries, places,
                    )  # fmt: skip
            look_up(placed[r], placed, entries, places, found, keys, gains)
            founds[0] = found
            nearest_sums(keys, gains, founds, 1, wanted, totals, counted, levels)
            out[c, i], last = totals[0] / wanted, levels[0]
            if counted[0] != wanted:
                out[c, i], last = value_of_singles(
                    entries, places, found, tree.rows, placed, labels, r, choice, ids[c]
                )
            learn(guesses[c], at, last / scale)
