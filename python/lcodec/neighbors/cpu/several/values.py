"""The value of a row from its K nearest rows, of which the last ones can be tied.

A are the rows nearer than the K-th distance, B those at it. All of A count, and of B as many as are
left: by their mean, or some of them, drawn without replacement or the first.
"""

from __future__ import annotations

import numpy as np

from lcodec.compiling import kernel
from lcodec.neighbors.gains import gain
from lcodec.neighbors.ties import FIRST
from lcodec.random.philox import TIES, philox4x32

_FEW = 8  # entries to drop one by one; more are partitioned
_TURNS = 8  # as good as all levels are found by then


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


@kernel(inline="always")
def plain_value(entries, places, found, last, placed, label, wanted):
    """Return the mean gain over the first `wanted` entries, or NaN where others are tied with them.

    They are single rows, in the order of `last_of`.
    """
    total, tied = 0, 0
    for e in range(wanted):
        total += gain(label, placed[places[e]])
    for e in range(wanted, found):
        tied += entries[e] == last
    return total / wanted if tied == 0 else np.nan


@kernel(error_model="numpy")
def levels(distances, gains, used, lanes, wanted, limit, found, spaces, number, total):
    """Write how many entries there are up to a level of each lane, and the sum of their gains.

    Up to a level at which there are just K rows none has to be put in order. It is looked for as in
    regula falsi, from how many rows there are up to the last ones.

    Lanes are columns of `distances`, `used` rows of it in fours; up to ``limit[c]`` there are
    ``found[c]`` entries. Where ``number[c]`` is not `wanted`, the sum means nothing.
    """
    level, low, high, below, above = spaces[0], spaces[1], spaces[2], spaces[3], spaces[4]
    for c in range(lanes):
        low[c], below[c], high[c], above[c] = 0.0, 0.0, limit[c], found[c]
        level[c] = limit[c] * ((wanted + 0.5) / (found[c] + 0.5))
    for _ in range(_TURNS):
        for c in range(lanes):
            number[c] = 0.0
        for s in range(0, used, 4):
            for c in range(lanes):
                d = level[c]
                more = 1.0 if distances[s, c] <= d else 0.0
                more += 1.0 if distances[s + 1, c] <= d else 0.0
                more += 1.0 if distances[s + 2, c] <= d else 0.0
                more += 1.0 if distances[s + 3, c] <= d else 0.0
                number[c] += more
        left = 0.0
        for c in range(lanes):
            left += 1.0 if number[c] != wanted and found[c] >= 0.0 else 0.0
        if left <= 1.0:  # its few rows are sooner put in order
            break
        for c in range(lanes):
            d, few = level[c], number[c] < wanted
            lower, upper = (d if few else low[c]), (high[c] if few else d)
            least, most = (number[c] if few else below[c]), (above[c] if few else number[c])
            low[c], high[c], below[c], above[c] = lower, upper, least, most
            between = lower + (upper - lower) * ((wanted - least + 0.5) / (most - least + 1.0))
            level[c] = d if number[c] == wanted else between
    for c in range(lanes):
        total[c] = 0.0
    for s in range(0, used, 4):
        for c in range(lanes):
            d = level[c]
            more = gains[s, c] if distances[s, c] <= d else 0.0
            more += gains[s + 1, c] if distances[s + 1, c] <= d else 0.0
            more += gains[s + 2, c] if distances[s + 2, c] <= d else 0.0
            more += gains[s + 3, c] if distances[s + 3, c] <= d else 0.0
            total[c] += more


@kernel(inline="always")
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
