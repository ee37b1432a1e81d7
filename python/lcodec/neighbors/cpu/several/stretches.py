"""Runs of equal values in a sorted column, by their distance from a row, and their sums of gains.

An entry of a list is a distance and a place: that of a single row, or ~start of a run.
"""

from __future__ import annotations

import numpy as np

from lcodec.compiling import kernel
from lcodec.neighbors.cpu import runs
from lcodec.neighbors.cpu.several.values import (
    RANKED,
    drawn_run_sum,
    drawn_sum,
    last_of,
    mean_value,
    nearest_sum,
)
from lcodec.neighbors.gains import gain
from lcodec.neighbors.ties import AVERAGE

_SHORT = 8  # rows to add one by one


@kernel
def outward(values, begin, end, low, high, left, right, x, base, weight, limit, most, own, entries,
            places, found, rows):  # fmt: skip
    """Enter runs of values[low:high] up to place `left`, and from place `right` on.

    They are not further than `limit`; on each side, none is further than the first `most` rows.
    Returns how many entries and rows there are now.
    """
    entered, at, reached = 0, left, 0.0
    while at >= low:
        t = x - values[at]
        d = base + (t * t) * weight
        if d > limit or (entered >= most and d > reached):
            break
        start, reached = begin[at], d
        entries[found], places[found] = d, ~start
        size = at + 1 - start - (start <= own <= at)
        found, entered, rows = found + (size > 0), entered + size, rows + size
        at = start - 1
    entered, at, reached = 0, right, 0.0
    while at < high:
        t = x - values[at]
        d = base + (t * t) * weight
        if d > limit or (entered >= most and d > reached):
            break
        reached = d
        entries[found], places[found] = d, ~at
        size = end[at] - at - (at <= own < end[at])
        found, entered, rows = found + (size > 0), entered + size, rows + size
        at = end[at]
    return found, rows


@kernel
def run_sum(start, stop, own, members, before, label, choice):
    """Return the sum of gains over members[start:stop] without the one at place `own`.

    Of AVERAGE they ascend; other rules never sum over more rows than are wanted.
    """
    if choice.rule == AVERAGE and stop - start > _SHORT:
        one, ends = np.zeros(1, dtype=np.int64), np.empty(1, dtype=np.int64)
        ends[0] = stop - start
        return runs.minima(
            one, ends, own - start, members[start:stop], before[start : stop + 1], label
        )[1]
    total = 0
    for at in range(start, min(stop, start + choice.neighbors + 1 + _SHORT)):
        if at != own:
            total += gain(label, members[at])
    return total


@kernel
def last_of_runs(entries, places, found, end, own, wanted):
    """Return the distance of the `wanted`-th row of some entries, runs among them."""
    order, upto = np.argsort(entries[:found]), 0
    for e in order:
        start = ~places[e]
        upto += 1 if start < 0 else end[start] - start - (start <= own < end[start])
        if upto >= wanted:
            return entries[e]
    return np.inf


@kernel
def value_of(entries, places, found, last, single, placed, rows, end, members, before, own, labels,
             i, choice, id_):  # fmt: skip
    """Return the value of row i, all of whose rows up to distance `last` are among the entries.

    `single` and `placed` are the rows and labels of single places; `rows`, `members` and `before`
    those of runs, and the sums of labels before them.
    """
    wanted, label = choice.neighbors, labels[i]
    nearer, sum_nearer, tied, sum_tied, stretches, stretch = 0, 0, 0, 0, 0, 0
    for e in range(found):
        if entries[e] <= last:
            at = places[e]
            if at >= 0:
                count, total = 1, np.int64(gain(label, placed[at]))
            else:
                start = ~at
                stop = end[start]
                count = stop - start - (start <= own < stop)
                total = np.int64(run_sum(start, stop, own, members, before, label, choice))
            if entries[e] < last:
                nearer, sum_nearer = nearer + count, sum_nearer + total
            else:
                tied, sum_tied = tied + count, sum_tied + total
                stretches, stretch = stretches + 1, at
    if choice.rule == AVERAGE or nearer + tied == wanted:
        return mean_value(wanted, nearer, sum_nearer, tied, sum_tied)
    left = wanted - nearer
    if stretches == 1 and stretch < 0:
        some = drawn_run_sum(rows, ~stretch, end[~stretch], own, left, labels, i, choice, id_)
        return float(sum_nearer + some) / wanted
    equal, count = np.empty(tied, dtype=np.int64), 0
    for e in range(found):
        if entries[e] == last:
            at = places[e]
            if at >= 0:
                equal[count] = single[at]
                count += 1
            else:
                for place in range(~at, end[~at]):
                    if place != own:
                        equal[count] = rows[place]
                        count += 1
    return float(sum_nearer + drawn_sum(equal, left, labels, i, choice, id_)) / wanted


@kernel(forceinline=True)
def value_of_singles(entries, places, gains, found, ranks, rows, placed, labels, r, choice, id_,
                     none, no_sums):  # fmt: skip
    """Return the value of place r, and the K-th distance, from single rows with these gains.

    `none` and `no_sums` are empty arrays of int32 and int64, in the place of what runs have.
    """
    wanted, total, count, last = choice.neighbors, 0, 0, 0.0
    if found <= RANKED:
        total, count, last = nearest_sum(entries, gains, found, wanted, ranks)
    value = total / wanted
    if count != wanted:
        last = last_of(entries, places, found, wanted)
        value = value_of(
            entries, places, found, last, rows, placed, none, none, placed, no_sums, -1, labels,
            rows[r], choice, id_,
        )  # fmt: skip
    return value, last
