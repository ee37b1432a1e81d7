"""Rows that repeat in the chosen columns: each large group of equal rows is one place of the tree.

Rows equal in the chosen columns S differ in the candidate alone, so that the nearest of a group is
beside the row's own value in the group's sorted values: a binary search, whatever its size. All
other rows are places of their own. One tree holds both kinds of places. Distances to a leaf are
computed once for a place, and serve all candidates and, in a group, all of its rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu import leaves, runs
from lcodec.neighbors.cpu.bits import bits_of, number_of
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels, sort_members
from lcodec.neighbors.cpu.leaves import Near, U, base_distances
from lcodec.neighbors.cpu.tree import LEAF, MOST_AXES, Tree, build, outside
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice, chosen_value

GROUP = 32  # a larger group of equal rows is one place; below, two leaves of rows cost no more
LISTED = 48  # near leaves listed for each leaf; in one column at least


class Places(NamedTuple):
    """Places of a tree: single rows, and large groups of rows that are equal in all its columns."""

    group: IntArray  # (n',) number of the large group at each place, or -1
    upto: IntArray  # (n' + 1,) how many rows are at the places before
    large: IntArray  # (b,) places of large groups, ascending
    large_in: IntArray  # (l + 1,) how many of these are in the leaves before
    below: IntArray  # (v,) how many of these are below each node of the tree
    of_row: IntArray  # (n,) number of the large group of each row, or -1
    starts: IntArray  # (b + 1,) where each group starts among the rows of all large groups


def refine(group: IntArray, column: FloatArray) -> IntArray:
    """Return numbers, from 0, of the distinct pairs of `group` (n,) and `column` (n,)."""
    if group.max() + 1 == len(group):  # all differ already
        return group
    ordered = np.sort(column)
    if (ordered[1:] != ordered[:-1]).all():  # this column tells all rows apart
        return np.arange(len(column))
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


def places_of(
    group: IntArray, columns: FloatArray, weights: FloatArray, memory: int, most: int = GROUP
) -> tuple[Tree, Near, Places]:
    """Return the places of rows that `group` (n,) numbers by their values in `columns` (s, n).

    A group of more than `most` rows is one place. The `rows` of the tree are those at the places,
    of a group the first one. Lists of leaves take at most `memory` bytes; beyond `MOST_AXES`
    columns there are none, and each place sorts all leaves.
    """
    sizes = np.bincount(group)
    number = np.full(len(sizes), -1)
    heavy = np.flatnonzero(sizes > most)
    number[heavy] = np.arange(len(heavy))
    of_row, first = number[group], np.empty(len(sizes), dtype=np.int64)
    first[group[::-1]] = np.arange(len(group))[::-1]
    at = np.concatenate((np.flatnonzero(of_row < 0), first[heavy]))
    tree = build(columns[:, at], weights)
    rows = at[tree.rows].astype(np.int32)
    of_place = of_row[rows]
    upto = np.append(0, np.cumsum(np.where(of_place < 0, 1, sizes[group[rows]])))
    large = np.flatnonzero(of_place >= 0)
    count = -(-len(rows) // LEAF)
    large_in = np.searchsorted(large, np.arange(count + 1) * LEAF)
    below = np.zeros(len(tree.child), dtype=np.int64)
    _count_below(tree, large_in, below)
    near = Near(np.empty((1, 0), dtype=np.int32), np.empty((1, 0)), True)
    if len(columns) <= MOST_AXES:
        listed = LISTED + (len(rows) ** 0.5 / 4 if len(columns) == 1 else 0)
        near = leaves.near_leaves(tree, max(LISTED, min(int(listed), memory // (12 * count))))
    starts = np.append(0, np.cumsum(sizes[heavy]))
    places = Places(of_place, upto, large, large_in, below, of_row, starts)
    return tree._replace(rows=rows), near, places


@kernel
def _count_below(tree, large_in, below):
    for back in range(tree.child.shape[0]):
        v = tree.child.shape[0] - 1 - back  # children come after their parent
        child = tree.child[v]
        if child:
            below[v] = below[child] + below[child + 1]
        else:
            leaf = tree.start[v] // LEAF
            below[v] = large_in[leaf + 1] - large_in[leaf]


@kernel
def _sort_leaves(tree, r, base, listed, distances):
    """Write all leaves by the distance of their nearest place to place r."""
    for leaf in range(listed.shape[0]):
        distances[leaf] = base_distances(
            tree.points, tree.weights, r, U(leaf * LEAF), tree.leaf, base, U(0)
        )
    order, ordered = np.argsort(distances), distances.copy()
    for k in range(listed.shape[0]):
        listed[k], distances[k] = order[k], ordered[order[k]]


@kernel
def _nearest_place(tree, r, nothing, placed, base):
    """Return the distance of place r to the nearest other place, whatever the candidate."""
    first = U(r // LEAF * LEAF)
    within = base_distances(tree.points, tree.weights, r, first, tree.leaf, base, U(0))
    return leaves.walk_tree(tree, placed, r, nothing, 0.0, 0, 0.0, within)[0]


@kernel
def _large_everywhere(tree, places, r, values, begin, end, x, weight, nearest, best, runs_):
    """Find the nearest runs, not further than `best`, in all groups but that of place r."""
    starts = places.starts
    base, stack, depth = np.empty(LEAF), np.empty(64, dtype=np.int32), 1
    stack[0] = 0
    while depth:
        depth -= 1
        v = stack[depth]
        if (
            places.below[v] == 0
            or outside(tree.points, r, tree.low, tree.high, v, tree.weights) > best
        ):
            continue
        child = tree.child[v]
        if child:
            stack[depth], stack[depth + 1] = child, child + 1
            depth += 2
            continue
        first = tree.start[v]
        base_distances(tree.points, tree.weights, r, U(first), tree.leaf, base, U(0))
        for h in range(places.large_in[first // LEAF], places.large_in[first // LEAF + 1]):
            m = places.large[h]
            if m != r and base[m - first] <= best:
                low, high = starts[places.group[m]], starts[places.group[m] + 1]
                at = runs.place_of(values, low, high, x)
                best, runs_ = runs.examine(
                    values, begin, end, low, high, at, x, base[m - first], weight, nearest, best,
                    runs_,
                )  # fmt: skip
    return best, runs_


@kernel
def _chosen(tree, r, i, own, column, x, weight, best, count, labels, rows, end, nearest, choice,
            id_):  # fmt: skip
    """Return the value of row i from the row of its tie set that FIRST or RANDOM chooses.

    The tie set are `count` single rows, and the other rows in the runs `nearest`.
    """
    if count == 0:
        m = runs.other(rows, nearest, end, own, i, choice, id_)
        return float(gain(labels[i], labels[m]))
    single = leaves.tied_rows(tree, r, column, x, weight, best, count)
    total = count
    for start in nearest:
        total += end[start] - start
    tied, at = np.empty(total, dtype=np.int64), count
    for e in range(count):
        tied[e] = single[e]
    for start in nearest:
        for place in range(start, end[start]):
            if place != own:
                tied[at] = rows[place]
                at += 1
    return chosen_value(tied[:at], labels, i, choice, id_)


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, tree: Tree, near: Near, places: Places,
    orders: NDArray[np.int32], choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    ``orders[c]`` are the rows in its order.
    """
    size = tree.points.shape[1]
    local = placed_columns(columns, numbers, tree.rows, size)
    local[:, places.large] = np.nan  # never the nearest as a single row
    members = sort_members(
        labels, np.int32, columns, numbers, places.of_row, places.starts, orders, choice.rule
    )
    _fill(
        len(labels), out, labels, placed_labels(labels, tree.rows, size), local, ids,
        weights[numbers], tree, near, places, members, choice.pick,
    )  # fmt: skip


@ThreadedKernel.of(least=256)
def _fill(start, stop, out, labels, placed, local, ids, weights, tree, near, places, of, choice):
    """Write the values of rows in the order of places, for all candidates."""
    values, rows, begin, end = of.values, of.rows, of.begin, of.end
    members, before = of.labels, of.before
    group, upto, starts = places.group, places.upto, places.starts
    points, axis_weights, width = tree.points, tree.weights, tree.leaf
    large, large_in, complete = places.large, places.large_in, near.complete
    sorting = near.leaves.shape[1] == 0
    length = large_in.shape[0] - 1 if sorting else near.leaves.shape[1]
    listed, distances = np.empty(length, dtype=np.int32), np.empty(length)
    base, least, least_large = np.empty(length * LEAF), np.empty(length), np.empty(length)
    nearest, nothing = np.empty(values.shape[1] + 1, dtype=np.int32), np.zeros(local.shape[1])
    r = np.searchsorted(upto, start, side="right") - 1
    while r < group.shape[0] and upto[r] < stop:
        ready, g, outside = 0, group[r], 0.0  # `ready` leaves of the list have distances
        if g >= 0:
            outside = _nearest_place(tree, r, nothing, placed, base)
        if sorting:
            _sort_leaves(tree, r, base, listed, distances)
        else:
            line = min(r // LEAF, near.leaves.shape[0] - 1)
            listed, distances = near.leaves[line], near.distances[line]
        for c in range(ids.shape[0]):
            weight = weights[c]
            for place in range(max(start, upto[r]) - upto[r], min(stop, upto[r + 1]) - upto[r]):
                best, where, found, own = np.inf, -1, 0, -1
                i, x, label = tree.rows[r], local[c, r], placed[r]
                if g >= 0:
                    own = starts[g] + place
                    i, x, label = rows[c, own], values[c, own], members[c, own]
                    best, found = runs.own_group(
                        values[c], begin[c], end[c], own, starts[g], starts[g + 1], weight,
                        nearest, best,
                    )  # fmt: skip
                alone = best < outside  # no other place is as near
                proven, bits = complete or alone, bits_of(best)
                for k in range(0 if alone else length):
                    if distances[k] > best:
                        proven = True
                        break
                    first, at = U(listed[k]) * U(LEAF), U(k) * U(LEAF)
                    if k == ready:
                        ready += 1
                        least[k] = base_distances(points, axis_weights, r, first, width, base, at)
                        far = np.inf
                        for h in range(large_in[listed[k]], large_in[listed[k] + 1]):
                            far = min(far, base[at + U(large[h]) - first])
                        least_large[k] = far
                    if least[k] > best:
                        continue
                    d = leaves.least_of(base, at, local[c], first, width, x, weight)
                    if d < bits:
                        bits, where, best, found = d, k, number_of(d), 0
                    elif d == bits:
                        where = k if where == -1 else -2  # in several leaves
                    if least_large[k] <= best:
                        for h in range(large_in[listed[k]], large_in[listed[k] + 1]):
                            d_large = base[at + U(large[h]) - first]
                            if d_large <= best and large[h] != r:
                                low, high = starts[group[large[h]]], starts[group[large[h]] + 1]
                                middle = runs.place_of(values[c], low, high, x)
                                best, found = runs.examine(
                                    values[c], begin[c], end[c], low, high, middle, x, d_large,
                                    weight, nearest, best, found,
                                )  # fmt: skip
                        if bits_of(best) < bits:
                            bits, where = bits_of(best), -1
                count, total = 0, 0
                if not proven and best >= distances[length - 1]:
                    best, count, total = leaves.walk_tree(
                        tree, placed, r, local[c], x, label, weight, best
                    )
                    was, found = best, 0
                    if g >= 0:
                        best, found = runs.own_group(
                            values[c], begin[c], end[c], own, starts[g], starts[g + 1], weight,
                            nearest, best,
                        )  # fmt: skip
                    best, found = _large_everywhere(
                        tree, places, r, values[c], begin[c], end[c], x, weight, nearest, best,
                        found,
                    )  # fmt: skip
                    if best < was:
                        count, total = 0, 0
                elif where != -1:
                    for k in range(where if where >= 0 else 0, where + 1 if where >= 0 else ready):
                        if least[k] <= best:
                            more, minima = leaves.tied_of(
                                base, U(k) * U(LEAF), local[c], placed,
                                U(listed[k]) * U(LEAF), width, x, weight, best, label,
                            )  # fmt: skip
                            count, total = count + more, total + minima
                if choice is None:
                    more, minima = runs.minima(
                        nearest[:found], end[c], own, members[c], before[c], label
                    )
                    out[c, i] = (total + minima) / (count + more)
                elif found == 0 and count == 1:
                    out[c, i] = total
                else:
                    out[c, i] = _chosen(
                        tree, r, i, own, local[c], x, weight, best, count, labels, rows[c],
                        end[c], nearest[:found], choice, ids[c],
                    )  # fmt: skip
        r += 1
