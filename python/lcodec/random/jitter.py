"""The noise of LCODEC and LFOCI: Gaussian, a pure function of seed, row, column and draw."""

from __future__ import annotations

import numpy as np

from lcodec.checks import FloatArray
from lcodec.random.normal import gaussian


def jitter(
    columns: FloatArray, scale: FloatArray, *, draw: int, purpose: int, seed: int
) -> FloatArray:
    """Return `columns` (p, n) plus Gaussian noise of standard deviations `scale` (p,)."""
    numbers = np.arange(len(columns))
    noise = gaussian(columns.shape[1], numbers, draw=draw, purpose=purpose, seed=seed)
    return columns + scale[:, np.newaxis] * noise
