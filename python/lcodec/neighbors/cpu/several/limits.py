"""A guess at the distance of the K-th row, from rows looked at before whose candidate is alike.

Rows within the guess are collected in one go. Where they are too few, the guess grows, and then the
first rows that are found bound the distance. Nothing but the time depends on the guess.

Distances are looked at in windows: a vectorised loop says which are within the limit, a bit each,
and these few are entered one by one.
"""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray
from lcodec.compiling import kernel

U = np.uint64
# how a collection is limited: by a guess, that grows a few times, or to the first rows that are
# found, whose last one bounds the next collection
GUESS, FIRST_ROWS, BOUND = 0, 6, 7
GROWING = 6  # times that a guess grows
ROWS = 16  # whose limits are guessed before one of them is known
BINS = 16  # of the range of a candidate
SPARE, MORE = 1.5, 2.5  # a guess is larger than what was found, the next one larger still


def bins_of(columns: FloatArray) -> FloatArray:
    """Return of each column the least value, and how many bins there are per unit, (k, 2)."""
    low = columns.min(axis=1)
    with np.errstate(divide="ignore", over="ignore"):
        scale = BINS / (columns.max(axis=1) - low)
    return np.column_stack((low, np.where(scale < np.inf, scale, 0.0)))


@kernel(forceinline=True)
def bin_of(x, low, scale):
    """Return the bin of a value; NaN is in the first."""
    at = (x - low) * scale
    return np.int64(at) if 0.0 < at < BINS else (BINS - 1 if at >= BINS else 0)


@kernel(forceinline=True)
def guess_of(guesses, at):
    """Return the guess of a bin, or the latest one of any."""
    return guesses[at] if guesses[at] > 0.0 else guesses[BINS]


@kernel(forceinline=True)
def learn(guesses, at, last):
    """Move the guess of a bin to its geometric mean with what was found."""
    guess = guess_of(guesses, at)
    guess = last if guess == 0.0 else np.sqrt(guess) * np.sqrt(last)
    guesses[at], guesses[BINS] = guess, guess
