"""Several chosen columns, many candidates: the K nearest rows from lists of the nearest rows in S.

The rows of a leaf are listed together, about nearest first and as far as guesses say, and all
candidates walk these lists. In a block they walk together: their values of a row are side by side
in memory, and one vectorised loop says for an entry of the list in which of them it is within its
limit. Where these are too few, a candidate walks on alone; where its list ends, through the tree.

K of the entries within the limit are looked for side by side too: a level up to which there are
just K of them needs no order. Where there is none, rows are tied at the K-th distance.
"""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.bits import COUNTED, high_bits, lowest_bit
from lcodec.neighbors.cpu.gathering import placed_columns, placed_labels
from lcodec.neighbors.cpu.groups import Places
from lcodec.neighbors.cpu.leaves import Near
from lcodec.neighbors.cpu.lists import tiled
from lcodec.neighbors.cpu.several.entries import gather, order, upto
from lcodec.neighbors.cpu.several.limits import BINS, U, bin_of, bins_of, guess_of
from lcodec.neighbors.cpu.several.places import everywhere
from lcodec.neighbors.cpu.several.stretches import value_of_singles
from lcodec.neighbors.cpu.several.values import last_of, nearest_sums, room_for
from lcodec.neighbors.cpu.tree import LEAF, Tree
from lcodec.neighbors.gains import Labels, gain
from lcodec.neighbors.ties import Choice

LANES = 16  # candidates in a block
LEAVES = 256  # near leaves whose rows can be listed
LARGEST = np.finfo(np.float64).max
# Leaves are faster for fewer candidates (and one more for so many rows), or more columns.
_PAYING, _ROWS, _AXES = 8, 100, 3
_FOURS = 16  # groups of four entries in a word of bits
_SPARE = 1.8  # standard deviations of a Poisson number by which more than K rows are aimed at
_REACH, _FORGET = 1.3, 0.9  # lists are longer than the largest limit of late, which fades


def pay(n: int, axes: int, candidates: int, memory: int) -> bool:
    """Return whether lists are faster than leaves for so many candidates, and can be held."""
    every = n <= LEAF * LEAVES
    held = 24 * LEAF * min(n, LEAF * LEAVES) + (0 if every else 12 * LEAVES * (n // LEAF))
    paying = _PAYING + min(n, LEAF * LEAVES) // _ROWS
    return held <= memory and candidates >= paying and (every or axes <= _AXES)


@kernel
def _block(tile, x, weight, limit, listed, base, fours, lanes, hits):
    """Write for each entry and lane a bit: whether the entry is within the limit of the lane."""
    for word in range((fours + _FOURS - 1) // _FOURS):
        for c in range(lanes):
            hits[word, c] = U(0)
        for g in range(_FOURS * word, min(_FOURS * word + _FOURS, fours)):
            e = 4 * g
            m0, m1, m2, m3 = U(listed[e]), U(listed[e + 1]), U(listed[e + 2]), U(listed[e + 3])
            b0, b1, b2, b3 = base[e], base[e + 1], base[e + 2], base[e + 3]
            bit0 = U(1) << U(e - 4 * _FOURS * word)
            bit1, bit2, bit3 = bit0 << U(1), bit0 << U(2), bit0 << U(3)
            for c in range(lanes):
                a, w, most = x[c], weight[c], limit[c]
                t0, t1, t2, t3 = a - tile[m0, c], a - tile[m1, c], a - tile[m2, c], a - tile[m3, c]
                near = bit0 if b0 + (t0 * t0) * w <= most else U(0)
                near |= bit1 if b1 + (t1 * t1) * w <= most else U(0)
                near |= bit2 if b2 + (t2 * t2) * w <= most else U(0)
                near |= bit3 if b3 + (t3 * t3) * w <= most else U(0)
                hits[word, c] |= near


@kernel
def _count(hits, words, lanes, founds):
    """Write how many bits are set for each lane."""
    for c in range(lanes):
        founds[c] = 0
    for word in range(words):
        for c in range(lanes):
            bits = hits[word, c]
            bits -= (bits >> U(1)) & U(0x5555555555555555)
            bits = (bits & U(0x3333333333333333)) + ((bits >> U(2)) & U(0x3333333333333333))
            bits = (bits + (bits >> U(4))) & U(0x0F0F0F0F0F0F0F0F)
            founds[c] += np.int64((bits * U(0x0101010101010101)) >> U(56))


@kernel(forceinline=True)
def _enter(hits, words, tile, c, x, weight, listed, base, worth, keys, gains):
    """Write the keys and gains of the entries whose bits are set for lane c."""
    found = U(0)
    for word in range(words):
        bits = hits[word, c]
        while bits:
            e = U(4 * _FOURS * word) + lowest_bit(bits)
            bits &= bits - U(1)
            t = x - tile[U(listed[e]), c]
            keys[c, found], gains[c, found] = high_bits(base[e] + (t * t) * weight), worth[e]
            found += U(1)


@kernel
def _alone(tile, c, x, weight, limit, listed, base, worth, count, keys, gains):
    """Write the keys and gains of entries within `limit` of lane c, as many as there is room for.

    Returns how many there are among the first `count`.
    """
    found, room = U(0), U(gains.shape[1] - 1)
    for e in range(count):
        t = x - tile[U(listed[U(e)]), c]
        d, at = base[U(e)] + (t * t) * weight, min(found, room)
        keys[c, at], gains[c, at] = high_bits(d), worth[U(e)]
        found += U(1) if d <= limit else U(0)
    return np.int64(found)


@kernel
def _singles(tree, places_, r, column, weight, limit, listed, base, count, wanted, within, entries,
             places):  # fmt: skip
    """Enter the rows of the list up to `limit`, or, unless the K-th is `within`, all as near."""
    x, none, nothing, found = column[r], np.empty(0, np.int32), np.empty(0), 0
    for e in range(count):
        t = x - column[listed[e]]
        d = base[e] + (t * t) * weight
        entries[found], places[found] = d, listed[e]
        found += d <= limit or not within
    if within:
        return found
    last = last_of(entries, places, count, wanted) if count >= wanted else np.inf
    return everywhere(
        tree, places_, r, -1, column, nothing, none, none, x, weight, last, entries, places
    )[0]


def fill(
    out: FloatArray, labels: Labels, columns: FloatArray, numbers: IntArray, ids: IntArray,
    weights: FloatArray, tree: Tree, near: Near, places: Places, choice: Choice,
) -> None:  # fmt: skip
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``.

    There are no large groups among `places`, and `near` is not empty.
    """
    (n, size), count = (len(tree.rows), tree.points.shape[1]), len(numbers)
    blocks = -(-count // LANES)
    lanes = -(-count // (4 * blocks)) * 4
    local, tile_weights = (
        placed_columns(columns, numbers, tree.rows, size),
        np.zeros((blocks, lanes)),
    )
    tile_weights.flat[:count] = weights[numbers]
    values = np.empty((count, n))
    _fill(
        n, values, labels, placed_labels(labels, tree.rows, size), local,
        tiled(local, blocks, lanes), bins_of(local[:, :n]), ids, tile_weights, tree, near, places,
        choice,
    )  # fmt: skip
    out[:, tree.rows] = values


@ThreadedKernel.of(least=256)
def _fill(start, stop, out, labels, placed, local, tiles, bins, ids, weights, tree, near, places_,
          choice):  # fmt: skip
    """Write the values of places, in their order, for all candidates."""
    wanted, n, axes, lanes = choice.neighbors, labels.shape[0], len(tree.points), tiles.shape[2]
    size = LEAF * (near.leaves.shape[1] + 1)
    unordered, unordered_places = np.empty(size), np.empty(size, dtype=np.int32)
    bucket, ends, some = np.empty(size, np.int32), np.empty(size, np.int32), np.empty(LEAF)
    bases, all_listed = np.empty((LEAF, size)), np.empty((LEAF, size), dtype=np.int32)
    all_bounds, all_worth = np.empty((LEAF, size // 4 + 1)), np.empty((LEAF, size), np.int64)
    counts, reaches, scales = np.empty(LEAF, dtype=np.int64), np.empty(LEAF), np.empty(LEAF)
    hits = np.empty((size // (4 * _FOURS) + 1, lanes), dtype=np.uint64)
    x, limit, at = np.zeros(lanes), np.empty(lanes), np.zeros(lanes, dtype=np.int64)
    room = room_for(wanted)
    founds, guesses = np.zeros(lanes, dtype=np.int64), np.zeros((ids.shape[0], BINS + 1))
    keys = np.empty((lanes, room + COUNTED), dtype=np.int32)
    gains = np.empty((lanes, room + 1), dtype=np.int64)
    totals, counted, levels = np.empty_like(founds), np.empty_like(founds), np.empty(lanes)
    entries, places = np.empty(n + size), np.empty(n + size, dtype=np.int32)
    # A ball of squared radius d holds about d^((s + 1) / 2) rows, with the density of its row in S.
    aim, reach_now = wanted + _SPARE * np.sqrt(wanted), 0.0
    grow = (aim / (np.arange(wanted) + 0.5)) ** (2 / (axes + 1))
    typical = max(2 * wanted, np.int64(2 * (n * float(wanted) ** axes) ** (1 / (axes + 1))))
    leaf_stop = start
    while leaf_stop < stop:
        leaf_start, leaf_stop = leaf_stop, min(stop, (leaf_stop // LEAF + 1) * LEAF)
        for r in range(leaf_start, leaf_stop):
            q, whole = r % LEAF, np.inf
            if not near.complete:
                whole = near.distances[r // LEAF, near.leaves.shape[1] - 1]
            reach = reach_now if 0.0 < reach_now < whole else whole
            while True:
                count = gather(tree, near, r, reach, some, unordered, unordered_places)
                if count >= 2 * wanted or reach == whole:
                    break
                reach = min(4.0 * reach, whole)
            order(
                unordered, unordered_places, count, bucket, ends, bases[q], all_listed[q],
                all_bounds[q],
            )  # fmt: skip
            for e in range(count):
                all_worth[q, e] = gain(placed[r], placed[all_listed[q, e]])
            scale = bases[q, min(count, typical) - 1] ** (axes / (axes + 1)) if count else 1.0
            counts[q], reaches[q] = count, reach
            scales[q] = scale if 0.0 < scale < np.inf else 1.0
        reach_now *= _FORGET
        for block in range(tiles.shape[0]):
            first = block * lanes
            live, tile = min(lanes, ids.shape[0] - first), tiles[block]
            for r in range(leaf_start, leaf_stop):
                q = r % LEAF
                reach, scale, count, fours = reaches[q], scales[q], counts[q], (counts[q] + 3) // 4
                base, listed, bounds, worth = bases[q], all_listed[q], all_bounds[q], all_worth[q]
                inside, widest = min(reach * (1 - 1e-9), LARGEST), 0.0
                limit[:] = -1.0
                for c in range(live):
                    x[c] = tile[r, c]
                    at[c] = bin_of(x[c], bins[first + c, 0], bins[first + c, 1])
                    guess = guess_of(guesses[first + c], at[c]) * scale
                    limit[c] = guess if 0.0 < guess < inside else inside
                    reach_now = max(reach_now, _REACH * guess if guess < LARGEST else 0.0)
                    widest = max(widest, limit[c])
                walked = upto(bounds, fours, widest)
                words = (walked + _FOURS - 1) // _FOURS
                _block(tile, x, weights[block], limit, listed, base, walked, lanes, hits)
                _count(hits, words, lanes, founds)
                for c in range(live):
                    found, most = founds[c], limit[c]
                    if most < inside:
                        change = max(-0.2, (aim - found) / (6 * aim))
                        guesses[first + c, at[c]] = most / scale * (1 + change)
                        guesses[first + c, BINS] = guesses[first + c, at[c]]
                    if wanted <= found <= room:
                        _enter(
                            hits, words, tile, c, x[c], weights[block, c], listed, base, worth,
                            keys, gains,
                        )  # fmt: skip
                    while found < wanted and most < inside:
                        most = min(most * grow[found], inside)
                        found = _alone(
                            tile, c, x[c], weights[block, c], most, listed, base, worth,
                            4 * upto(bounds, fours, most), keys, gains,
                        )  # fmt: skip
                    founds[c], limit[c] = found, most
                nearest_sums(keys, gains, founds, live, wanted, totals, counted, levels)
                for c in range(live):
                    j, last = first + c, levels[c]
                    out[j, r] = totals[c] / wanted
                    if counted[c] != wanted:
                        found = _singles(
                            tree, places_, r, local[j], weights[block, c], limit[c], listed, base,
                            count, wanted, founds[c] >= wanted, entries, places,
                        )  # fmt: skip
                        out[j, r], last = value_of_singles(
                            entries, places, found, tree.rows, placed, labels, r, choice, ids[j]
                        )
                    if guesses[j, BINS] == 0.0:
                        guesses[j, BINS] = last / scale
