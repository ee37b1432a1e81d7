"""What the selectors return."""

from __future__ import annotations

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
        ``"permutation"``, ``"asymptotic"`` or ``"local_permutation"``.
    """

    statistic: float
    pvalue: float
    method: str


@dataclass(frozen=True)
class IntervalResult:
    """Outcome of `codec_interval` and `xi_interval`; the same fields as in MATLAB.

    Attributes
    ----------
    statistic : float
        The coefficient of the whole sample, as `codec` or `xi` returns it.
    se : float
        Its standard error.
    low, high : float
        Ends of the interval; not cut at 0 or 1.
    level : float
        The level asked for.
    m : int
        Rows in a subsample.
    used : int
        Subsamples in which the coefficient is defined, which `se` comes from.
    """

    statistic: float
    se: float
    low: float
    high: float
    level: float
    m: int
    used: int
