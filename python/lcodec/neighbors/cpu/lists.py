"""Lists of the nearest rows in the chosen columns, found once a step, walked by all candidates.

A candidate's distance is the listed one plus its own term, so the walk along a list ends as soon as
the listed distance alone exceeds the best sum. Sixteen candidates walk together, their values of a
row side by side in memory, so that one step of the walk is vectorised over them. A row whose list
ends before that is searched through the tree, starting from the smallest distance known so far.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu import leaves, runs
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels
from lcodec.neighbors.cpu.leaves import Near, U, base_distances
from lcodec.neighbors.cpu.tree import LEAF, MOST_AXES, Tree
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice

BLOCK = 16  # candidates that walk together: two vectors of eight doubles
STRIDE = 4  # entries between two looks at whether the walk may end


class Lists(NamedTuple):
    """Per place, other places by ascending distance, `STRIDE` entries at a time, padded by inf."""

    places: NDArray[np.int32]  # (n, k)
    distances: FloatArray  # (n, k)
    next: FloatArray  # (n, k / STRIDE) no entry after these is nearer than this


def lengths(n: int, axes: int, candidates: int) -> tuple[int, int]:
    """Return how many rows a list should hold, and how many to look at for it.

    About n^(1/(s+1)) rows of a list are walked on average; more candidates pay for longer lists. A
    ball of that many rows around any row of a leaf must fit into what is gathered around the leaf.
    """
    length = 4 * n ** (1 / (axes + 1)) + 24
    length *= 1 + min(2.0, candidates / 1000)
    gathered = n
    if axes <= MOST_AXES:
        ball = math.pi ** (axes / 2) / math.gamma(axes / 2 + 1)
        log_side = math.log(LEAF ** (1 / axes) + 2 * (length / ball) ** (1 / axes))
        gathered = min(n, int(2 * math.exp(axes * log_side)))
    if gathered > n // 2:
        gathered = n
    return min(int(length), n - 1), gathered


def nearest(tree: Tree, near: Near, length: int, gathered: int) -> Lists:
    """Return lists of at most `length` rows out of the `gathered` nearest rows in `near`."""
    n, length = len(tree.rows), -(-length // STRIDE) * STRIDE
    places = np.zeros((n, length), dtype=np.int32)
    distances = np.empty((n, length))
    bounds = np.empty((n, length // STRIDE))
    _nearest(-(-n // LEAF), tree, near, -(-gathered // LEAF), places, distances, bounds)
    return Lists(places, distances, bounds)


@kernel
def _sort(distances, places, count, wanted, sorted_distances, sorted_places):
    """Sort the first `count` entries far enough for the first `wanted` to be in order.

    Buckets of equal width first: near a row, distances are spread evenly enough.
    """
    low, high = distances[0], distances[0]
    for e in range(1, count):
        low, high = min(low, distances[e]), max(high, distances[e])
    buckets = max(1, count // 2)
    scale = buckets / (high - low) if high - low > 0.0 else 0.0
    if not scale < np.inf:
        scale = 0.0
    stop = np.zeros(buckets + 1, dtype=np.int32)
    bucket = np.empty(count, dtype=np.int32)
    for e in range(count):
        bucket[e] = min(np.int64((distances[e] - low) * scale), buckets - 1)
        stop[bucket[e] + 1] += 1
    for v in range(buckets):
        stop[v + 1] += stop[v]
    for e in range(count):  # now stop[v] moves from the start of bucket v to its end
        at = stop[bucket[e]]
        sorted_distances[at], sorted_places[at] = distances[e], places[e]
        stop[bucket[e]] += 1
    start = 0
    for v in range(buckets):
        if start >= wanted:
            return
        if stop[v] - start > 32:
            order = np.argsort(sorted_distances[start : stop[v]])
            some = runs.gathered(sorted_distances[start : stop[v]], order)
            some_places = runs.gathered(sorted_places[start : stop[v]], order)
            for e in range(order.shape[0]):
                sorted_distances[start + e], sorted_places[start + e] = some[e], some_places[e]
        for e in range(start + 1, stop[v]):
            d, m, at = sorted_distances[e], sorted_places[e], e
            while at > start and sorted_distances[at - 1] > d:
                sorted_distances[at] = sorted_distances[at - 1]
                sorted_places[at] = sorted_places[at - 1]
                at -= 1
            sorted_distances[at], sorted_places[at] = d, m
        start = stop[v]


@ThreadedKernel
def _nearest(start, stop, tree, near, count, places, distances, bounds):
    for leaf in range(start, stop):
        _of_leaf(tree, near, leaf, count, places, distances, bounds)


@kernel
def _of_leaf(tree, near, leaf, count, places, distances, bounds):
    """Write the lists of the rows in a leaf from its `count` nearest leaves."""
    n, length = places.shape
    points, weights, listed = tree.points, tree.weights, near.leaves
    line, count = min(leaf, listed.shape[0] - 1), min(count, listed.shape[1])
    reach = np.inf  # every row that is not gathered is at least so far
    if count < listed.shape[1]:
        reach = near.distances[line, count]
    elif not near.complete:
        reach = near.distances[line, count - 1]
    base, kept_distances = np.empty(LEAF), np.empty(count * LEAF + 1)
    kept_places = np.empty(count * LEAF + 1, dtype=np.int32)
    in_order, in_order_places = np.empty_like(kept_distances), np.empty_like(kept_places)
    limit = reach
    for r in range(leaf * LEAF, min((leaf + 1) * LEAF, n)):
        while True:  # rows of a leaf are alike: first only what is not much further than before
            kept = 0
            for k in range(count):
                first = listed[line, k] * LEAF
                if base_distances(points, weights, r, U(first), tree.leaf, base, U(0)) < limit:
                    for m in range(LEAF):
                        kept_distances[kept], kept_places[kept] = base[m], first + m
                        kept += base[m] < limit
            if 2 * kept >= length or limit == reach:
                break
            limit = reach
        if kept:
            _sort(kept_distances, kept_places, kept, length + 1, in_order, in_order_places)
        bound = in_order[length] if kept > length else limit
        kept = min(kept, length)
        for e in range(length):
            distances[r, e] = in_order[e] if e < kept else np.inf
            places[r, e] = in_order_places[e] if e < kept else 0
        for e in range(bounds.shape[1]):
            after = (e + 1) * STRIDE
            bounds[r, e] = in_order[after] if after < kept else bound
        limit = min(reach, 1.5 * bound)


@kernel(forceinline=True)
def _take(x, other, base, weight, low, best, second, label):
    """Return smallest and second smallest distance and the label after one more entry."""
    t = x - other
    d = base + (t * t) * weight
    worse = d if d > best else best
    label = low if d < best else label
    return (d if d < best else best), (worse if worse < second else second), label


@kernel
def _walk(lists, r, tile, weights, placed, best, second, label):
    """Walk the list of place r for a block; return the entries walked and the bound of the others.

    Writes the smallest and the second smallest distance of each candidate, and the value at the
    smallest. Four entries are taken at once, for fewer loads and stores.
    """
    places, distances, bounds = lists.places, lists.distances, lists.next
    best[:] = np.inf
    second[:] = np.inf
    for g in range(bounds.shape[1]):
        e = STRIDE * g
        m0, m1, m2, m3 = places[r, e], places[r, e + 1], places[r, e + 2], places[r, e + 3]
        b0, b1 = distances[r, e], distances[r, e + 1]
        b2, b3 = distances[r, e + 2], distances[r, e + 3]
        y = placed[r]
        y0, y1 = float(gain(y, placed[m0])), float(gain(y, placed[m1]))
        y2, y3 = float(gain(y, placed[m2])), float(gain(y, placed[m3]))
        for c in range(BLOCK):
            x, w = tile[r, c], weights[c]
            d1st, d2nd, at = best[c], second[c], label[c]
            d1st, d2nd, at = _take(x, tile[m0, c], b0, w, y0, d1st, d2nd, at)
            d1st, d2nd, at = _take(x, tile[m1, c], b1, w, y1, d1st, d2nd, at)
            d1st, d2nd, at = _take(x, tile[m2, c], b2, w, y2, d1st, d2nd, at)
            d1st, d2nd, at = _take(x, tile[m3, c], b3, w, y3, d1st, d2nd, at)
            best[c], second[c], label[c] = d1st, d2nd, at
        top = best[0]
        for c in range(1, BLOCK):
            top = best[c] if best[c] > top else top
        # At equality another row may be as near; to end here would leave that to the tree search.
        if bounds[r, g] > top:
            return e + STRIDE, bounds[r, g]
    return places.shape[1], bounds[r, bounds.shape[1] - 1]


@kernel
def _tied(lists, r, entries, tree, labels, placed, column, weight, best, choice, id_):
    """Return the value of place r, whose tie set is in the first `entries` of its list."""
    count, total = 0, 0
    for e in range(entries):
        m = lists.places[r, e]
        t = column[r] - column[m]
        if lists.distances[r, e] + (t * t) * weight == best:
            count += 1
            total += gain(placed[r], placed[m])
    return leaves.tie_value(tree, labels, r, column, weight, best, count, total, choice, id_)


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, tree: Tree, lists: Lists, choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``."""
    (n, size), count = (len(tree.rows), tree.points.shape[1]), len(numbers)
    blocks = -(-count // BLOCK)
    local = placed_columns(columns, numbers, tree.rows, size)
    _fill(
        blocks * n, out, labels, placed_labels(labels, tree.rows, size), local,
        tiled(local, blocks, BLOCK), ids, weights[numbers], tree, lists,
        choice.pick,
    )  # fmt: skip


def tiled(local: FloatArray, blocks: int, lanes: int) -> FloatArray:
    """Return columns (k, m) in blocks of lanes, whose values of a row are side by side."""
    padded = local
    if blocks * lanes > len(local):
        padded = np.zeros((blocks * lanes, local.shape[1]))
        padded[: len(local)] = local
    return np.ascontiguousarray(padded.reshape(blocks, lanes, -1).transpose(0, 2, 1))


@ThreadedKernel.of(least=256)
def _fill(start, stop, out, labels, placed, local, tiles, ids, weights, tree, lists, choice):
    """Write the values of the places of all blocks of candidates."""
    n, best, second, label = tree.rows.shape[0], np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for block in range(start // n, (stop + n - 1) // n):
        first, tile, tile_weights = block * BLOCK, tiles[block], np.zeros(BLOCK)
        last = min(first + BLOCK, ids.shape[0])
        for c in range(last - first):
            tile_weights[c] = weights[first + c]
        for r in range(max(start - block * n, 0), min(stop - block * n, n)):
            entries, bound = _walk(lists, r, tile, tile_weights, placed, best, second, label)
            i = tree.rows[r]
            for c in range(last - first):
                j = first + c
                if best[c] >= bound:  # not proven
                    out[j, i] = leaves.tree_value(
                        tree, labels, placed, r, local[j], weights[j], best[c], choice, ids[j]
                    )
                elif best[c] < second[c]:
                    out[j, i] = label[c]
                else:
                    out[j, i] = _tied(
                        lists, r, entries, tree, labels, placed, local[j], weights[j], best[c],
                        choice, ids[j],
                    )  # fmt: skip
