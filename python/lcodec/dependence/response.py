"""Ranks of the response: all that the coefficients ever see of y."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import FloatArray
from lcodec.neighbors import backend_of


class Response(NamedTuple):
    """Integer ranks of y and the sums the unconditional coefficient needs.

    Ties in y are counted, never ordered: equal values have equal ranks.
    """

    at_most: NDArray[np.int64]  # R_i = #{j : y_j <= y_i}, shape (n,)
    sum_square: float  # sum L_i^2 with L_i = #{j : y_j >= y_i}
    sum_spread: float  # sum L_i (n - L_i); 0 exactly when y is constant

    @classmethod
    def of(cls, y: FloatArray) -> Response:
        """Rank the values of y."""
        n = len(y)
        below, at_most = backend_of(y).ranks(y)
        at_least = n - below
        # int64 sums are exact up to n = 2^21 - 1, which `checks` enforces
        return cls(at_most, float(np.sum(at_least**2)), float(np.sum(at_least * (n - at_least))))

    @property
    def is_constant(self) -> bool:
        """Whether y has a single value, so that every coefficient is 0/0."""
        return self.sum_spread == 0
