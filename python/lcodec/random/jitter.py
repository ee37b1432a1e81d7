"""The noise of LCODEC and LFOCI: Gaussian, a pure function of seed, row, column and draw."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray
from lcodec.random.normal import gaussian


def jitter(
    columns: FloatArray, scale: FloatArray, *, draw: int, purpose: int, seed: int, first: int = 0
) -> FloatArray:
    """Return `columns` (p, n) plus Gaussian noise of standard deviations `scale` (p,).

    `first` is the number of the first column in the data that these are a part of.
    """
    numbers = np.arange(first, first + len(columns))
    noise = gaussian(columns.shape[1], numbers, draw=draw, purpose=purpose, seed=seed)
    return columns + scale[:, np.newaxis] * noise
