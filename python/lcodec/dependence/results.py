"""What the selectors return."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

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
        ``"no_gain"``, ``"max_features"``, ``"exhausted"`` (no column left), ``"determined"``
        (y is a function of the selected columns in the sample) or, with ``stop="test"``,
        ``"not_significant"``.
    skipped : (c,) int64
        Constant columns, which are never candidates.
    names : tuple of str
        Names of the selected columns when X is a table, else empty.
    pvalues : (k,) or (k + 1,) float64
        With ``stop="test"``, the p-value of each selected column as the best of all candidates of
        its step, and at last that of the step that ended the run, where ``stop_reason`` is
        ``"not_significant"``; else empty.
    """

    selected: IntArray
    scores: FloatArray
    cumulative: FloatArray
    stop_reason: str
    skipped: IntArray
    names: tuple[str, ...] = ()
    pvalues: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class StabilityResult:
    """Outcome of `foci_stability`; the same fields as in MATLAB.

    Attributes
    ----------
    frequency : (p,) float64
        Part of the subsamples on which each column of X was selected, from 0 to 1. 0 for the given
        columns, for constant ones, and for a column that is the response.
    n_resamples : int
        Number of subsamples.
    size : int
        Rows in each of them.
    names : tuple of str
        Names of the columns when X is a table, else empty.
    """

    frequency: FloatArray
    n_resamples: int
    size: int
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
        ``"permutation"``, ``"asymptotic"`` or ``"local_permutation"``.
    """

    statistic: float
    pvalue: float
    method: str
