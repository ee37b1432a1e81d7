"""Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror & Shaw, SC 2011).

Every number is a pure function of a key (two words) and a counter (four words), so any row, column
and draw can be computed alone, in any order, in any language.
"""

from __future__ import annotations

import numpy as np

from lcodec.compiling import kernel

# What a stream of numbers is for: the fourth counter word.
TIES, RESPONSE, FEATURES, CONDITION, PERMUTATION, SUBSAMPLE = 1, 2, 3, 4, 5, 6

_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_ROUNDS = 10


def split_seed(seed: int) -> tuple[np.uint64, np.uint64]:
    """Return the key of a seed: its low and its high 32 bits."""
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)


@kernel(forceinline=True)
def philox4x32(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Return the four output words of counter (c0, c1, c2, c3) under key (k0, k1), as uint64."""
    for _ in range(_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> _HALF) ^ c1 ^ k0,
            product_1 & _WORD,
            (product_0 >> _HALF) ^ c3 ^ k1,
            product_0 & _WORD,
        )
        k0 = (k0 + _WEYL_0) & _WORD
        k1 = (k1 + _WEYL_1) & _WORD
    return c0, c1, c2, c3
