"""Lists of near leaves: which rows can be near a row, shared by all candidates of a step.

All rows of a leaf share one list of other leaves by the distance of their boxes. For one row the
distances in the chosen columns to the rows of a listed leaf are computed once; a candidate adds its
own term, and its walk ends as soon as the next box is further than the best sum. When a list ends
before that, the whole tree is searched, starting from the smallest distance known so far.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.bits import INFINITY, bits_of, number_of
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels
from lcodec.neighbors.cpu.tree import LEAF, Tree, between, outside
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice, chosen_value

U = np.uint64


class Near(NamedTuple):
    """For each leaf the nearest leaves; one list serves all when it holds every leaf."""

    leaves: NDArray[np.int32]  # (l or 1, k) nearest first
    distances: FloatArray  # (l or 1, k)
    complete: bool  # whether no leaf is left out


def near_leaves(tree: Tree, count: int) -> Near:
    """Return for each leaf its `count` nearest leaves, or every leaf when there are no more."""
    leaves = -(-len(tree.rows) // tree.leaf)
    if count >= leaves:
        return Near(np.arange(leaves, dtype=np.int32)[np.newaxis], np.zeros((1, leaves)), True)
    return sorted_leaves(tree, count)


def sorted_leaves(tree: Tree, count: int) -> Near:
    """Return for each leaf its `count` nearest leaves, at most all, in their order."""
    leaves = -(-len(tree.rows) // tree.leaf)
    near = np.empty((leaves, count), dtype=np.int32)
    distances = np.empty((leaves, count))
    _near_leaves(len(tree.child), tree, near, distances)
    return Near(near, distances, count == leaves)


@ThreadedKernel
def _near_leaves(start, stop, tree, near, distances):
    for node in range(start, stop):
        if tree.child[node] == 0:
            leaf = tree.start[node] // tree.leaf
            _near_leaf(tree, node, near[leaf], distances[leaf])


@kernel
def _near_leaf(tree, node, near, distances):
    low, high, weights = tree.low[node], tree.high[node], tree.weights
    near[0], distances[0] = tree.start[node] // tree.leaf, 0.0
    kept, depth, count = 1, 1, near.shape[0]
    stack, bounds = np.empty(64, dtype=np.int32), np.empty(64)
    stack[0], bounds[0] = 0, 0.0
    while depth:
        depth -= 1
        v, d = stack[depth], bounds[depth]
        if v == node or (kept == count and d >= distances[count - 1]):
            continue
        child = tree.child[v]
        if child == 0:
            at = min(kept, count - 1)
            while distances[at - 1] > d:
                distances[at], near[at] = distances[at - 1], near[at - 1]
                at -= 1
            distances[at], near[at] = d, tree.start[v] // tree.leaf
            kept = min(kept + 1, count)
            continue
        left = between(low, high, tree.low[child], tree.high[child], weights)
        right = between(low, high, tree.low[child + 1], tree.high[child + 1], weights)
        nearer = child + (right < left)
        stack[depth], bounds[depth] = 2 * child + 1 - nearer, max(left, right)
        stack[depth + 1], bounds[depth + 1] = nearer, min(left, right)
        depth += 2


@kernel(forceinline=True)
def base_distances(points, weights, r, first, width, base, at):
    """Write the distances of place r to the leaf at `first` into base[at:], and return the least.

    Distances to r itself and to places that pad the last leaf (their values are NaN) are infinite.
    Indices are unsigned: with signed ones, Numba checks for negative values and does not vectorise.
    """
    for j in range(width):
        base[at + U(j)] = 0.0
    for k in range(points.shape[0]):
        x, weight = points[k, r], weights[k]
        for j in range(width):
            t = x - points[k, first + U(j)]
            base[at + U(j)] += (t * t) * weight
    least = INFINITY
    for j in range(width):
        d = base[at + U(j)]
        d = d if d >= 0.0 else np.inf
        d = np.inf if first + U(j) == U(r) else d
        base[at + U(j)] = d
        least = bits_of(d) if bits_of(d) < least else least
    return number_of(least)


@kernel(forceinline=True)
def least_of(base, at, column, first, width, x, weight):
    """Return the bits of the least distance of a value x to a leaf, with the candidate's term."""
    least = INFINITY
    for j in range(width):
        t = x - column[first + U(j)]
        d = bits_of(base[at + U(j)] + (t * t) * weight)
        least = d if d < least else least
    return least


@kernel(forceinline=True)
def tied_of(base, at, column, placed, first, width, x, weight, best, label):
    """Return how many rows of a leaf are at distance `best`, and the sum of their values."""
    count, total = 0, 0
    for j in range(width):
        t = x - column[first + U(j)]
        equal = base[at + U(j)] + (t * t) * weight == best
        value = gain(label, placed[first + U(j)])
        count += 1 if equal else 0
        total += value if equal else 0
    return count, total


@kernel
def walk_tree(tree, placed, r, column, x, label, weight, best):
    """Find the rows nearest to one with value x at place r, not further than `best`, among all.

    Returns the distance, the size of the tie set and the sum of values over it.
    """
    points, weights = tree.points, tree.weights
    base, stack, depth = np.empty(LEAF), np.empty(64, dtype=np.int32), 1
    stack[0] = 0
    count, total = 0, 0
    while depth:
        depth -= 1
        v = stack[depth]
        if outside(points, r, tree.low, tree.high, v, weights) > best:
            continue
        child = tree.child[v]
        if child:
            stack[depth], stack[depth + 1] = child, child + 1
            depth += 2
            continue
        first = U(tree.start[v])
        base_distances(points, weights, r, first, tree.leaf, base, U(0))
        d = number_of(least_of(base, U(0), column, first, tree.leaf, x, weight))
        if d < best:
            best, count, total = d, 0, 0
        if d == best:
            more, values = tied_of(
                base, U(0), column, placed, first, tree.leaf, x, weight, best, label
            )
            count, total = count + more, total + values
    return best, count, total


@kernel
def tied_rows(tree, r, column, x, weight, best, count):
    """Return the `count` rows at distance `best` from one with value x at place r."""
    points, weights = tree.points, tree.weights
    tied, at = np.empty(count, dtype=np.int64), 0
    base, stack, depth = np.empty(LEAF), np.empty(64, dtype=np.int32), 1
    stack[0] = 0
    while depth:
        depth -= 1
        v = stack[depth]
        if outside(points, r, tree.low, tree.high, v, weights) > best:
            continue
        child = tree.child[v]
        if child:
            stack[depth], stack[depth + 1] = child, child + 1
            depth += 2
            continue
        first = tree.start[v]
        base_distances(points, weights, r, U(first), tree.leaf, base, U(0))
        for m in range(first, min(first + LEAF, tree.rows.shape[0])):
            t = x - column[m]
            if base[m - first] + (t * t) * weight == best:
                tied[at] = tree.rows[m]
                at += 1
    return tied


@kernel
def tree_value(tree, labels, placed, r, column, weight, best, choice, id_):
    """Return the value of place r, whose smallest distance is at most `best`, by a search."""
    best, count, total = walk_tree(tree, placed, r, column, column[r], placed[r], weight, best)
    return tie_value(tree, labels, r, column, weight, best, count, total, choice, id_)


@kernel
def tie_value(tree, labels, r, column, weight, best, count, total, choice, id_):
    """Return the value of place r, of whose tie set distance, size and sum of values are known."""
    if count == 1 or choice is None:
        return total / count
    tied = tied_rows(tree, r, column, column[r], weight, best, count)
    return chosen_value(tied, labels, tree.rows[r], choice, id_)


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, tree: Tree, near: Near, choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``."""
    size = tree.points.shape[1]
    placed, local = (
        placed_labels(labels, tree.rows, size), placed_columns(columns, numbers, tree.rows, size),
    )  # fmt: skip
    _fill(
        len(tree.rows), out, labels, placed, local, ids, weights[numbers], tree, near, choice.pick
    )


@ThreadedKernel.of(least=256)
def _fill(start, stop, out, labels, placed, local, ids, weights, tree, near, choice):
    """Write the values of places, one at a time for all candidates."""
    rows, points, axis_weights = tree.rows, tree.points, tree.weights
    listed, distances, complete = near.leaves, near.distances, near.complete
    length, lists, width = listed.shape[1], listed.shape[0], tree.leaf
    base, least = np.empty(length * LEAF), np.empty(length)
    for r in range(start, stop):
        leaf, ready = min(r // LEAF, lists - 1), 0  # `ready` leaves of the list have distances
        for c in range(ids.shape[0]):
            x, weight = local[c, r], weights[c]
            best, bits, where, proven = np.inf, INFINITY, -1, complete
            for k in range(length):
                if distances[leaf, k] > best:
                    proven = True
                    break
                first, at = U(listed[leaf, k]) * U(LEAF), U(k) * U(LEAF)
                if k == ready:
                    least[k] = base_distances(points, axis_weights, r, first, width, base, at)
                    ready += 1
                if least[k] <= best:
                    d = least_of(base, at, local[c], first, width, x, weight)
                    if d < bits:
                        bits, where, best = d, k, number_of(d)
                    elif d == bits:
                        where = -1  # in several leaves
            proven = proven or best < distances[leaf, length - 1]
            if where >= 0 and proven:
                first, at = U(listed[leaf, where]) * U(LEAF), U(where) * U(LEAF)
                count, total = tied_of(
                    base, at, local[c], placed, first, width, x, weight, best, placed[r]
                )
                if count == 1 or choice is None:
                    out[c, rows[r]] = total / count
                    continue
            out[c, rows[r]] = tree_value(
                tree, labels, placed, r, local[c], weight, best, choice, ids[c]
            )
