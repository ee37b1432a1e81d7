"""A guess at the distance of the K-th row, from rows looked at before whose candidate is alike.

Rows within the guess are collected in one go. Where they are too few, the guess grows, and then the
first rows that are found bound the distance. Nothing but the time depends on the guess.
"""

from __future__ import annotations

import numpy as np

from lcodec.compiling import kernel

BINS = 32  # of the range of a candidate
SPARE, MORE = 1.5, 2.5  # a guess is larger than what was found, the second one larger still


@kernel
def bins_of(column, count):
    """Return the least of the first values of a column, and how many bins there are per unit."""
    low, high = column[0], column[0]
    for m in range(1, count):
        x = column[m]
        low, high = (x if x < low else low), (x if x > high else high)
    scale = BINS / (high - low) if high > low else 0.0
    return low, (scale if scale < np.inf else 0.0)


@kernel(inline="always")
def bin_of(x, low, scale):
    """Return the bin of a value; NaN is in the first."""
    at = (x - low) * scale
    return np.int64(at) if 0.0 < at < BINS else (BINS - 1 if at >= BINS else 0)


@kernel(inline="always")
def learned(guess, last):
    """Return the next guess: the geometric mean with what was found."""
    return last if guess == 0.0 else np.sqrt(guess) * np.sqrt(last)
