"""What the selectors return."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lcodec.checks import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class SelectionResult:
    """Columns chosen by `foci` or `lfoci`; the same fields as in MATLAB.

    Attributes
    ----------
    selected : (k,) int64
        Columns in order of selection, counted from 0; may be empty.
    scores : (k,) float64
        T(Y, X_j | X_S) of each selected column given those before it.
    cumulative : (k,) float64
        T(Y, X_S) after each selection (CRAN FOCI's ``stepT``).
    stop_reason : str
        ``"no_gain"``, ``"max_features"``, ``"exhausted"`` (no column left) or ``"determined"``
        (y is a function of the selected columns in the sample).
    skipped : (c,) int64
        Constant columns, which are never candidates.
    names : tuple of str
        Names of the selected columns when X is a table, else empty.
    """

    selected: IntArray
    scores: FloatArray
    cumulative: FloatArray
    stop_reason: str
    skipped: IntArray
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodecTestResult:
    """Outcome of `codec_test`; the same fields as in MATLAB.

    Attributes
    ----------
    statistic : float
        The coefficient T(Y, Z) or T(Y, Z | X), as `codec` returns it; of residuals with `adjust`.
    pvalue : float
        Probability under the null of a statistic at least as large; NaN where T is undefined.
    method : str
        ``"moments"``, ``"permutation"``, ``"asymptotic"`` or ``"local_permutation"``.
    z : float
        How many standard deviations the statistic is above its mean under the null, where the
        method knows them (``"moments"``, ``"asymptotic"``); else NaN.
    """

    statistic: float
    pvalue: float
    method: str
    z: float = math.nan
