"""Columns that are copies of others, up to shift and scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray

_SAMPLE = 14  # rows that rule out nearly every pair of columns
_ROUNDING = 2.0**-49  # of the largest numbers: a shift, a scale and their reverse
_CLEAR = 2.0**-20


def copies(
    column: Callable[[int], FloatArray], given: Sequence[int], selected: Sequence[int]
) -> list[int]:
    """Return those of `selected` that are copies of a column before, selected or given.

    A copy is a + b times the other, b not 0, up to rounding.
    """
    found: list[int] = []
    earlier = [column(number) for number in given]
    sizes = [np.abs(one).max() for one in earlier]
    for number in selected:
        new = column(number)
        size, low, high = np.abs(new).max(), int(new.argmin()), int(new.argmax())
        if earlier:
            rows = np.append([low, high], np.arange(_SAMPLE) * (len(new) - 1) // (_SAMPLE - 1))
            like = _fits(new[rows], np.array([one[rows] for one in earlier]), size, np.array(sizes))
            ends = np.append([low, high], np.arange(len(new)))
            if any(
                _fits(new[ends], earlier[k][np.newaxis, ends], size, sizes[k])[0]
                for k in np.flatnonzero(like)
            ):
                found.append(number)
        earlier.append(new)
        sizes.append(size)
    return found


def _fits(new: FloatArray, others: FloatArray, size: float, sizes: FloatArray) -> NDArray[np.bool_]:
    """Whether each of `others` (k, m) is a line through its first two rows as a function of `new`.

    `size` and `sizes` are the largest numbers of the whole columns.
    """
    with np.errstate(all="ignore"):
        rise = others[:, 1] - others[:, 0]
        slope = rise / (new[1] - new[0])
        line = others[:, :1] + slope[:, np.newaxis] * (new - new[0])
        error = np.abs(others - line).max(axis=1)
        rounding = _ROUNDING * (sizes + np.abs(slope) * size)
        clear = (rise != 0) & (rounding <= _CLEAR * np.abs(rise))  # both vary beyond rounding
        fits: NDArray[np.bool_] = clear & (error <= rounding)
    return fits
