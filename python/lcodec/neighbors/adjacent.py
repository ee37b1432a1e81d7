"""How far ranks differ between rows that are next to each other, over all orders of equal rows."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.compiling import kernel


def expected_steps(ranks: IntArray, x: FloatArray) -> float:
    """Mean of sum |r_{i+1} - r_i| over all orders of equal x.

    A group of g equal rows has g - 1 adjacent pairs, each one of the g (g - 1)/2 pairs at random;
    the last row of a group and the first of the next are any pair of the two groups. All sums over
    pairs are whole; terms are added in the order of the rows, one division each.

    Parameters
    ----------
    ranks : numpy.ndarray of int64, shape (n,)
        From 1 to n, fewer than 2^21, so that all products are exact.
    x : numpy.ndarray of float64, shape (n,)
        In ascending order.
    """
    further = x[1:] != x[:-1]
    if further.all():
        return float(np.abs(np.diff(ranks)).sum())
    stops = np.append(np.flatnonzero(further) + 1, len(x))
    base = np.repeat(np.arange(len(stops)) * (len(ranks) + 1), np.diff(stops, prepend=0))
    ordered = np.sort(base + ranks)  # in each group
    ordered -= base
    return float(_expected_steps(ordered, stops))


@kernel
def _expected_steps(ranks, stops):
    """Add the terms of groups that end at `stops`, each in ascending order of its ranks."""
    total, start = 0.0, 0
    for group in range(stops.size):
        stop, size = stops[group], stops[group] - start
        within = np.int64(0)
        for t in range(size):  # subtracted size - 1 - t times and added t times
            within += (2 * t - size + 1) * ranks[start + t]
        total += 2.0 * within / size
        if group + 1 < stops.size:
            across = _across(ranks, start, stop, stops[group + 1])
            total += across / (size * (stops[group + 1] - stop))
        start = stop
    return total


@kernel
def _across(ranks, start, middle, stop):
    """Sum |a - b| over a in ranks[start:middle] and b in ranks[middle:stop], both ascending."""
    above, below, passed, total = np.int64(0), np.int64(0), middle, np.int64(0)
    for b in range(middle, stop):
        above += ranks[b]
    for a in range(start, middle):
        while passed < stop and ranks[passed] <= ranks[a]:
            below += ranks[passed]
            above -= ranks[passed]
            passed += 1
        total += ranks[a] * ((passed - middle) - (stop - passed)) + above - below
    return total
