"""What a pair of rows is worth: the smaller of two ranks, or whether two classes are equal.

The type of the labels says which, when a kernel is compiled: ranks are int64, classes are int32. So
the kernels are written once, and those of ranks know nothing of classes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray
from lcodec.compiling import overloaded

RANKS, CLASSES = np.int64, np.int32  # types of labels

Labels = NDArray[np.int64] | NDArray[np.int32]


def _is_class(label):
    from numba import types

    if label == types.int32:
        return lambda label: True
    return lambda label: False


@overloaded(_is_class, inline="always")
def is_class(label: Any) -> bool:
    """Return whether labels are numbers of classes: known when a kernel is compiled."""
    return bool(np.asarray(label).dtype == CLASSES)


def _gain(label, other):  # Numba compares these names, and would compare types too
    from numba import types

    if other == types.int32:
        return lambda label, other: np.int64(label == other)
    return lambda label, other: min(label, other)


@overloaded(_gain)
def gain(label: Any, other: Any) -> Any:
    """Return the value of a pair of rows with these labels, a whole number."""
    return int(label == other) if is_class(other) else min(label, other)


def own_values(labels: Labels) -> FloatArray:
    """Return the value of each row with itself: the largest that it can have."""
    return np.ones(labels.shape) if is_class(labels) else labels.astype(np.float64)
