"""What a pair of rows is worth: the smaller of two ranks, or whether two classes are equal.

The type of the labels says which, when a kernel is compiled: ranks are int64, classes are int32. So
the kernels are written once, and those of ranks know nothing of classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

RANKS, CLASSES = np.int64, np.int32  # types of labels


def gain(label: Any, other: Any) -> Any:
    """Return the value of a pair of rows with these labels, a whole number."""
    return int(label == other) if np.asarray(other).dtype == CLASSES else min(label, other)


@overload(gain)
def _gain(label, other):  # Numba compares these names, and would compare types too
    if other == types.int32:
        return lambda label, other: np.int64(1) if label == other else np.int64(0)
    return lambda label, other: label if label < other else other
