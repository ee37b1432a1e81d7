"""The noise of LCODEC and LFOCI: Gaussian, a pure function of seed, row, column and draw."""

from __future__ import annotations

from typing import Any

import numpy as np

from lcodec.checks import FloatArray
from lcodec.random.normal import gaussian


def jitter(
    columns: Any, scale: FloatArray, *, draw: int, purpose: int, seed: int, first: int = 0
) -> Any:
    """Return `columns` (p, n) plus Gaussian noise of standard deviations `scale` (p,).

    `first` is the number of the first column in the data that these are a part of. Columns
    elsewhere return such columns.
    """
    if not isinstance(columns, np.ndarray):
        return columns.jitter(scale, draw=draw, purpose=purpose, seed=seed)
    numbers = np.arange(first, first + len(columns))
    noise = gaussian(columns.shape[1], numbers, draw=draw, purpose=purpose, seed=seed)
    return columns + scale[:, np.newaxis] * noise
