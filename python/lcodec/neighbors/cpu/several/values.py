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


@kernel
def mean_value(wanted, nearer, sum_nearer, tied, sum_tied):
    """Return the mean gain over `wanted` rows: those of A, and the mean of those of B."""
    return (float((wanted - nearer) * sum_tied) / float(tied) + float(sum_nearer)) / wanted


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
            if t % 4 == 0:
                purpose = np.uint64(TIES + (t // 4) * 2**16)
                words = philox4x32(
                    np.uint64(i), np.uint64(column), np.uint64(choice.step), purpose, choice.k0,
                    choice.k1,
                )  # fmt: skip
            other = t + np.int64((words[t % 4] * np.uint64(count - t)) >> np.uint64(32))
            rows[t], rows[other] = rows[other], rows[t]
        total += gain(labels[i], labels[rows[t]])
    return total
