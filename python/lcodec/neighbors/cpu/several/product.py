"""Many columns: the shortlist of `lcodec.neighbors.cpu.product`, for the K nearest rows.

A row can be among them only if its value less the error is not above the K-th smallest of values
plus their errors.
"""

from __future__ import annotations

import numpy as np

from lcodec.compiling import ThreadedKernel
from lcodec.neighbors.cpu.several.stretches import value_of
from lcodec.neighbors.cpu.several.values import last_of


@ThreadedKernel
def decide(
    start, stop, out, labels, rows, weights, products, squares, first, relative, least, choice,
    number,
):  # fmt: skip
    """Write the values of as many rows as there are products; see `product.fill`."""
    n, wanted = rows.shape[0], choice.neighbors
    single, none = np.arange(n).astype(np.int32), np.empty(0, dtype=np.int32)
    no_sums = np.empty(0, dtype=np.int64)
    for at in range(start, stop):
        i = first + at
        product, above, places = products[at], np.empty(n), np.empty(n, dtype=np.int32)
        for m in range(n):
            size = squares[i] + squares[m]
            above[m] = (size - 2.0 * product[m]) + (relative * size + least)
            product[m] = above[m] - 2.0 * (relative * size + least)
        above[i] = np.inf
        ceiling = last_of(above, places, n, wanted)
        found = 0
        for m in range(n):
            if product[m] <= ceiling and m != i:
                d = 0.0
                for k in range(weights.shape[0]):
                    t = rows[i, k] - rows[m, k]
                    d = d + (t * t) * weights[k]
                above[found], places[found] = d, m
                found += 1
        last = last_of(above, places, found, wanted)
        out[i] = value_of(
            above, places, found, last, single, labels, none, none, labels, no_sums, -1, labels, i,
            choice, number,
        )  # fmt: skip
