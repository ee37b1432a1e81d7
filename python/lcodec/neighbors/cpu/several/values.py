"""The value of a row from its K nearest rows, of which the last ones can be tied.

A are the rows nearer than the K-th distance, B those at it. All of A count, and of B as many as are
left: by their mean, or some of them, drawn without replacement or the first.
"""

from __future__ import annotations

import numpy as np

from lcodec.compiling import kernel
from lcodec.neighbors.cpu.bits import COUNTED, count_below, high_bits, number_of
from lcodec.neighbors.gains import gain
from lcodec.neighbors.ties import FIRST
from lcodec.random.philox import TIES, philox4x32

U = np.uint64
_FEW = 8  # entries to drop one by one; more are partitioned
_LARGEST = 2**31 - 1  # key


@kernel
def mean_value(wanted, nearer, sum_nearer, tied, sum_tied):
    """Return the mean gain over `wanted` rows: those of A, and the mean of those of B."""
    return (float((wanted - nearer) * sum_tied) / float(tied) + float(sum_nearer)) / wanted


@kernel
def last_of(distances, places, found, wanted):
    """Return the `wanted`-th smallest of the first `found` distances; places move with them."""
    low, high = 0, found - 1
    while high - low > _FEW and high > wanted - 1 + _FEW:
        a, b, c = distances[low], distances[(low + high) // 2], distances[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while distances[i] < pivot:
                i += 1
            while distances[j] > pivot:
                j -= 1
            if i <= j:
                distances[i], distances[j] = distances[j], distances[i]
                places[i], places[j] = places[j], places[i]
                i += 1
                j -= 1
        if wanted - 1 <= j:
            high = j
        elif wanted - 1 >= i:
            low = i
        else:
            return distances[wanted - 1]
    while True:  # the largest of those left goes to their end
        top, largest = low, distances[low]
        for e in range(low + 1, high + 1):
            d = distances[e]
            top, largest = (e if d > largest else top), (d if d > largest else largest)
        if high == wanted - 1:
            return largest
        distances[top], distances[high] = distances[high], distances[top]
        places[top], places[high] = places[high], places[top]
        high -= 1


@kernel(forceinline=True)
def look_up(label, placed, entries, places, found, keys, gains):
    """Write the keys of entries, as many as there is room for, and the gains of a row's label."""
    for e in range(min(found, gains.shape[1])):
        keys[0, U(e)] = high_bits(entries[U(e)])
        gains[0, U(e)] = gain(label, placed[places[U(e)]])


@kernel
def room_for(wanted):
    """Return of how many entries ranks are counted; of more, the last wanted one is looked for."""
    return max(96, 3 * wanted)


@kernel
def nearest_sums(keys, gains, founds, rows, wanted, totals, counts, levels):
    """Write the sums of gains over the `wanted` smallest keys of some rows, and the last of these.

    Row b has ``founds[b]`` keys; those of distances have their order, but some are equal that are
    not. Where others are equal to the last one, or where there are too few or more than there is
    room for, `counts` is not `wanted`. Of each key it is counted how many are smaller: no order is
    made. One call is for several rows: so their entries are in memory before they are looked at.
    """
    room = gains.shape[1] - 1
    for b in range(rows):
        found, level, total, count = founds[b], np.int32(-1), 0, 0
        if wanted <= found <= room:
            for e in range(found, found + COUNTED):
                keys[b, U(e)] = _LARGEST
            for e in range(found):
                key, below = keys[b, U(e)], 0
                for at in range(0, found, COUNTED):
                    below += count_below(keys, U(b), U(at), key)
                if below == wanted - 1:
                    level = key
                    break
            for e in range(found):
                total += gains[b, U(e)] if keys[b, U(e)] <= level else 0
                count += 1 if keys[b, U(e)] <= level else 0
        totals[b], counts[b], levels[b] = total, count, number_of(np.int64(level) << 32)


@kernel(forceinline=True)
def draw(t, left, words, i, choice, column):
    """Return how far draw `t` of row i reaches into the `left` rows not drawn, and the words."""
    if t % 4 == 0:
        purpose = np.uint64(TIES + (t // 4) * 2**16)
        words = philox4x32(
            np.uint64(i), np.uint64(column), np.uint64(choice.step), purpose, choice.k0, choice.k1
        )
    return np.int64((words[t % 4] * np.uint64(left)) >> np.uint64(32)), words


@kernel
def drawn_sum(rows, wanted, labels, i, choice, column):
    """Return the sum of gains over `wanted` of `rows`, by the rule RANDOM or FIRST.

    `rows` are in any order, and change; `column` is the number of the candidate.
    """
    rows.sort()
    total, count = 0, rows.shape[0]
    words = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
    for t in range(wanted):
        if choice.rule != FIRST:
            ahead, words = draw(t, count - t, words, i, choice, column)
            rows[t], rows[t + ahead] = rows[t + ahead], rows[t]
        total += gain(labels[i], labels[rows[t]])
    return total


@kernel
def drawn_run_sum(rows, start, stop, own, wanted, labels, i, choice, column):
    """Return the same for the ascending rows[start:stop] without the one at place `own`.

    The run stays as it is and can be long: what draws exchange is kept in a table of `wanted`.
    """
    within = start <= own < stop
    count, total = stop - start - within, 0
    size = 4
    while size < 4 * wanted:
        size *= 2
    keys, held = np.full(size, -1), np.empty(size, dtype=np.int64)
    words = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
    for t in range(wanted):
        element = np.int64(t)
        if choice.rule != FIRST:
            ahead, words = draw(t, count - t, words, i, choice, column)
            at = _slot(keys, t)
            first = held[at] if keys[at] == t else np.int64(t)
            at = _slot(keys, t + ahead)
            element = held[at] if keys[at] == t + ahead else np.int64(t + ahead)
            keys[at], held[at] = t + ahead, first
        place = start + element
        total += gain(labels[i], labels[rows[place + (within and place >= own)]])
    return total


@kernel
def _slot(keys, key):
    """Return where `key` is in a table, or where it can be."""
    at = (key * 2654435769) % keys.shape[0]
    while keys[at] >= 0 and keys[at] != key:
        at = (at + 1) % keys.shape[0]
    return at
