"""The K nearest rows by comparing each row with all others: the plain way, whatever the data."""

from __future__ import annotations

import numpy as np
from numba import prange

from lcodec.compiling import ThreadedKernel, kernel
from lcodec.neighbors.cpu.several.values import drawn_sum, mean_value
from lcodec.neighbors.gains import gain
from lcodec.neighbors.ties import AVERAGE


@kernel
def full_value(points, axis_weights, column, weight, labels, i, choice, id_):
    """Return the value of row i of one candidate; `points` (s, n) are the chosen columns."""
    n, wanted = labels.shape[0], choice.neighbors
    d = np.empty(n)
    for m in range(n):
        base = 0.0
        for k in range(points.shape[0]):
            t = points[k, i] - points[k, m]
            base = base + (t * t) * axis_weights[k]
        t = column[i] - column[m]
        d[m] = base + (t * t) * weight
    d[i] = np.inf
    last = np.partition(d, wanted - 1)[wanted - 1]
    nearer, sum_nearer, tied, sum_tied = 0, 0, 0, 0
    for m in range(n):
        if d[m] < last:
            nearer, sum_nearer = nearer + 1, sum_nearer + gain(labels[i], labels[m])
        elif d[m] == last:
            tied, sum_tied = tied + 1, sum_tied + gain(labels[i], labels[m])
    if choice.rule == AVERAGE or nearer + tied == wanted:
        return mean_value(wanted, nearer, sum_nearer, tied, sum_tied)
    some = drawn_sum(np.flatnonzero(d == last), wanted - nearer, labels, i, choice, id_)
    return float(sum_nearer + some) / wanted


@ThreadedKernel
def fill(out, labels, columns, numbers, ids, weights, points, axis_weights, parts, choice):
    """Write the values of candidate ``numbers[c]``, known as ``ids[c]``, into ``out[c]``."""
    n, count = labels.shape[0], numbers.shape[0]
    for task in prange(count * parts):
        c, part = np.int64(task) // parts, np.int64(task) % parts
        j = numbers[c]
        for i in range(part * n // parts, (part + 1) * n // parts):
            out[c, i] = full_value(
                points, axis_weights, columns[j], weights[j], labels, i, choice, ids[c]
            )
