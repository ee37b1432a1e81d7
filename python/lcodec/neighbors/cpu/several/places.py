"""Several chosen columns, or large groups of equal rows: the K nearest rows from leaves of a tree.

The places are those of `lcodec.neighbors.cpu.groups`: single rows, and large groups, whose rows are
runs of equal values. Leaves are looked at nearest first, up to the limit; their distances in the
chosen columns are computed once for a place, for all candidates and for all rows of a group. Where
the listed leaves end before the limit, the whole tree is searched.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu import leaves, runs
from lcodec.neighbors.cpu.bits import INFINITY, bits_of, number_of
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels, sort_members
from lcodec.neighbors.cpu.groups import GROUP, Places, places_of
from lcodec.neighbors.cpu.leaves import Near, U, base_distances
from lcodec.neighbors.cpu.several.limits import (
    BINS,
    FIRST_ROWS,
    MORE,
    SPARE,
    bin_of,
    bins_of,
    guess_of,
    learn,
)
from lcodec.neighbors.cpu.several.stretches import last_of_runs, outward, value_of
from lcodec.neighbors.cpu.several.values import last_of
from lcodec.neighbors.cpu.tree import LEAF, MOST_AXES, Tree, outside
from lcodec.neighbors.gains import Labels
from lcodec.neighbors.ties import Choice

_FEW = 128  # leaves that every place sorts; of more, lists of leaves are shared by their rows
_MOST = 256  # leaves in a list


def prepared(
    group: IntArray, columns: FloatArray, weights: FloatArray, memory: int, wanted: int
) -> tuple[Tree, Near, Places]:
    """Return the places of rows that `group` numbers, with lists of leaves for so many rows."""
    tree, near, places = places_of(group, columns, weights, memory, GROUP)
    count = -(-len(tree.rows) // LEAF)
    near = Near(np.empty((1, 0), dtype=np.int32), np.empty((1, 0)), True)
    if len(columns) <= MOST_AXES and count > _FEW:
        length = min(_MOST, 64 + 2 * wanted, max(48, memory // (12 * count)))
        near = leaves.near_leaves(tree, length)
    return tree, near, places


@kernel(forceinline=True)
def _singles(base, at, column, first, width, x, weight, limit, entries, places, found):
    """Enter the single rows of a leaf that are not further than `limit`."""
    least = INFINITY
    for j in range(width):
        t = x - column[first + U(j)]
        d = base[at + U(j)] + (t * t) * weight
        entries[found + U(j)] = d
        least = bits_of(d) if bits_of(d) < least else least
    if number_of(least) <= limit:
        written = found
        for j in range(width):
            d = entries[written + U(j)]
            entries[found], places[found] = d, first + U(j)
            found += U(1) if d <= limit and d < np.inf else U(0)
    return found


@kernel
def _groups(places_, leaf, first, base, at, r, values, begin, end, x, weight, limit, most, entries,
            places, found, rows):  # fmt: skip
    """Enter the rows of the large groups in a leaf, other than that of place r."""
    for h in range(places_.large_in[leaf], places_.large_in[leaf + 1]):
        m = places_.large[h]
        d = base[at + m - first]
        if m != r and d <= limit:
            low, high = places_.starts[places_.group[m]], places_.starts[places_.group[m] + 1]
            middle = runs.place_of(values, low, high, x)
            found, rows = outward(
                values, begin, end, low, high, middle - 1, middle, x, d, weight, limit, most, -1,
                entries, places, found, rows,
            )  # fmt: skip
    return found, rows


@kernel
def _own(places_, r, own, values, begin, end, x, weight, limit, most, entries, places):
    """Enter the other rows of the group of place r, if it is one."""
    if own < 0:
        return 0, 0
    low, high = places_.starts[places_.group[r]], places_.starts[places_.group[r] + 1]
    return outward(
        values, begin, end, low, high, end[own] - 1, end[own], x, 0.0, weight, limit, most, own,
        entries, places, 0, 0,
    )  # fmt: skip


@kernel
def everywhere(tree, places_, r, own, column, values, begin, end, x, weight, limit, entries,
                places):  # fmt: skip
    """Enter all rows not further than `limit`; return how many entries and rows these are."""
    n = column.shape[0]
    found, rows = _own(places_, r, own, values, begin, end, x, weight, limit, n, entries, places)
    base, stack, depth = np.empty(LEAF), np.empty(64, dtype=np.int32), 1
    stack[0] = 0
    most = values.shape[0]
    while depth:
        depth -= 1
        v = stack[depth]
        if outside(tree.points, r, tree.low, tree.high, v, tree.weights) > limit:
            continue
        child = tree.child[v]
        if child:
            stack[depth], stack[depth + 1] = child, child + 1
            depth += 2
            continue
        first = tree.start[v]
        base_distances(tree.points, tree.weights, r, U(first), tree.leaf, base, U(0))
        before = found
        found = np.int64(
            _singles(
                base, U(0), column, U(first), tree.leaf, x, weight, limit, entries, places, U(found)
            )
        )
        rows += found - before
        found, rows = _groups(
            places_, first // LEAF, first, base, 0, r, values, begin, end, x, weight, limit, most,
            entries, places, found, rows,
        )  # fmt: skip
    return found, rows


@kernel
def sort_leaves(tree, r, base, unsorted, listed, distances):
    """Write all leaves by the distance of their nearest place to place r, and their distances."""
    for leaf in range(listed.shape[0]):
        at = U(leaf * LEAF)
        distances[leaf] = base_distances(tree.points, tree.weights, r, at, tree.leaf, unsorted, at)
    order = np.argsort(distances)
    distances[:] = distances[order]
    listed[:] = order
    for k in range(listed.shape[0]):
        for j in range(LEAF):
            base[k * LEAF + j] = unsorted[listed[k] * LEAF + j]


@kernel
def _listed(tree, places_, r, own, column, values, begin, end, x, weight, limit, most, listed,
            distances, base, least, ready, entries, places):  # fmt: skip
    """Enter rows of the listed leaves not further than `limit`, or the first ones up to `most`.

    Returns the entries, the rows, and how many leaves have distances now; the entries are all that
    there are only where the rows or the last listed distance say so.
    """
    found, rows = _own(places_, r, own, values, begin, end, x, weight, limit, most, entries, places)
    for k in range(listed.shape[0]):
        if distances[k] > limit or rows >= most:
            break
        leaf, at = listed[k], U(k) * U(LEAF)
        first = U(leaf) * U(LEAF)
        if k == ready:
            least[k] = base_distances(tree.points, tree.weights, r, first, tree.leaf, base, at)
            ready += 1
        if least[k] > limit:
            continue
        before = found
        found = np.int64(
            _singles(
                base, at, column, first, tree.leaf, x, weight, limit, entries, places, U(found)
            )
        )
        rows += found - before
        if places_.large_in[leaf + 1] > places_.large_in[leaf]:
            found, rows = _groups(
                places_, leaf, np.int64(first), base, np.int64(at), r, values, begin, end, x,
                weight, limit, most, entries, places, found, rows,
            )  # fmt: skip
    return found, rows, ready


@kernel
def _last(entries, places, found, end, own, wanted):
    """Return the distance of the K-th row among the entries."""
    if end.shape[0] == 0:
        return last_of(entries, places, found, wanted)
    return last_of_runs(entries, places, found, end, own, wanted)


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
    local[:, places.large] = np.nan  # never near as a single row
    members = sort_members(
        labels,
        labels.dtype.type,
        columns,
        numbers,
        places.of_row,
        places.starts,
        orders,
        choice.rule,
    )
    _fill(
        len(labels), out, labels, placed_labels(labels, tree.rows, size), local,
        bins_of(columns[numbers]), ids, weights[numbers], tree, near, places, members, choice,
    )  # fmt: skip


@ThreadedKernel.of(least=256)
def _fill(
    start, stop, out, labels, placed, local, bins, ids, weights, tree, near, places_, of, choice
):
    """Write the values of rows in the order of places, for all candidates."""
    values, rows, begin, end = of.values, of.rows, of.begin, of.end
    members, before = of.labels, of.before
    wanted, upto, n = choice.neighbors, places_.upto, labels.shape[0]
    sorting = near.leaves.shape[1] == 0
    length = places_.large_in.shape[0] - 1 if sorting else near.leaves.shape[1]
    listed, distances = np.empty(length, dtype=np.int32), np.empty(length)
    base, least, unsorted = np.empty(length * LEAF), np.empty(length), np.empty(0)
    if sorting:
        unsorted = np.empty(length * LEAF)
    entries, places = np.empty(n + 2 * LEAF), np.empty(n + 2 * LEAF, dtype=np.int32)
    guesses = np.zeros((ids.shape[0], BINS + 1))
    r = np.searchsorted(upto, start, side="right") - 1
    while r < upto.shape[0] - 1 and upto[r] < stop:
        ready, g = 0, places_.group[r]
        if sorting:
            sort_leaves(tree, r, base, unsorted, listed, distances)
            ready, least[:] = length, distances
        else:
            line = min(r // LEAF, near.leaves.shape[0] - 1)
            listed, distances = near.leaves[line], near.distances[line]
        for c in range(ids.shape[0]):
            weight = weights[c]
            for place in range(max(start, upto[r]) - upto[r], min(stop, upto[r + 1]) - upto[r]):
                own, i, x = -1, tree.rows[r], local[c, r]
                if g >= 0:
                    own = places_.starts[g] + place
                    i, x = rows[c, own], values[c, own]
                bin_ = bin_of(x, bins[c, 0], bins[c, 1])
                limit, found, rows_ = guess_of(guesses[c], bin_) * SPARE, 0, 0
                for _ in range(FIRST_ROWS):
                    if limit > 0.0 and rows_ < wanted:
                        found, rows_, ready = _listed(
                            tree, places_, r, own, local[c], values[c], begin[c], end[c], x, weight,
                            limit, n, listed, distances, base, least, ready, entries, places,
                        )  # fmt: skip
                        limit *= MORE
                if rows_ < wanted:
                    found, rows_, ready = _listed(
                        tree, places_, r, own, local[c], values[c], begin[c], end[c], x, weight,
                        np.inf, wanted, listed, distances, base, least, ready, entries, places,
                    )  # fmt: skip
                    if rows_ >= wanted:
                        limit = _last(entries, places, found, end[c], own, wanted)
                        found, rows_, ready = _listed(
                            tree, places_, r, own, local[c], values[c], begin[c], end[c], x, weight,
                            limit, n, listed, distances, base, least, ready, entries, places,
                        )  # fmt: skip
                last = np.inf
                if rows_ >= wanted:
                    last = _last(entries, places, found, end[c], own, wanted)
                if not (sorting or near.complete) and last >= distances[length - 1]:
                    found, rows_ = everywhere(
                        tree, places_, r, own, local[c], values[c], begin[c], end[c], x, weight,
                        last, entries, places,
                    )  # fmt: skip
                    last = _last(entries, places, found, end[c], own, wanted)
                learn(guesses[c], bin_, last)
                out[c, i] = value_of(
                    entries, places, found, last, tree.rows, placed, rows[c], end[c], members[c],
                    before[c], own, labels, i, choice, ids[c],
                )  # fmt: skip
        r += 1
