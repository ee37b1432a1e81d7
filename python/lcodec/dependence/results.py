"""What the selectors return."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from lcodec.checks import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class SelectionResult:
    """Columns chosen by `foci` or `lfoci`; the same fields as in MATLAB.

    With `groups`, `selected`, `skipped` and `names` are of candidates: the groups in their order,
    counted from 0, and after them the columns in no group.

    Attributes
    ----------
    selected : (k,) int64
        Columns, or candidates, in order of selection, counted from 0; may be empty.
    scores : (k,) float64
        T(Y, X_j | X_S) of each selected one given those before it.
    cumulative : (k,) float64
        T(Y, X_S) after each selection (CRAN FOCI's ``stepT``).
    stop_reason : str
        ``"no_gain"``, ``"max_features"``, ``"exhausted"`` (no column left), ``"determined"``
        (y is a function of the selected columns in the sample) or, with ``stop="test"``,
        ``"not_significant"``.
    skipped : (c,) int64
        Constant columns, which are never selected, or groups of nothing else.
    names : tuple of str
        Names of the selected when X is a table or `groups` are texts, else empty: of a column, the
        label of a group, or the names of its columns with ``+`` between them.
    columns : tuple of (c,) int64
        The columns of X that each selected one has.
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
    columns: tuple[IntArray, ...] = ()
    pvalues: FloatArray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class StabilityResult:
    """Outcome of `foci_stability`; the same fields as in MATLAB.

    Attributes
    ----------
    frequency : (p,) float64
        Part of the subsamples on which each column of X was selected, from 0 to 1. 0 for the given
        columns, for constant ones, and for a column that is the response. With `groups`, one for
        each candidate, as `foci` numbers them.
    n_resamples : int
        Number of subsamples.
    size : int
        Rows in each of them.
    names : tuple of str
        Their names when X is a table or `groups` are texts, else empty.
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
        ``"moments"``, ``"permutation"``, ``"asymptotic"`` or ``"local_permutation"``.
    n_resamples : int
        Permutations used: fewer than asked for where `max_exceedances` stopped them; 0 where the
        method has none.
    z : float
        How many standard deviations the statistic is above its mean under the null, where the
        method knows them (``"moments"``, ``"asymptotic"``); else NaN.
    """

    statistic: float
    pvalue: float
    method: str
    n_resamples: int = 0
    z: float = math.nan


@dataclass(frozen=True, eq=False)
class CodecTestsResult:
    """Outcome of `codec_tests`; the same fields as in MATLAB.

    Attributes
    ----------
    statistic : (p,) float64
        The coefficient T(Y, Z_k) or T(Y, Z_k | X) of each column of Z; of residuals with `adjust`.
    pvalue : (p,) float64
        Probability under the null of a statistic at least as large; NaN where T is undefined.
    method : str
        The method of all tests, as in `CodecTestResult`.
    n_resamples : (p,) int64
        Permutations that each test used.
    z : (p,) float64
        Standard deviations above the mean, as in `CodecTestResult`.
    names : tuple of str
        Column names where Z is a table, else empty.
    """

    statistic: FloatArray
    pvalue: FloatArray
    method: str
    n_resamples: IntArray
    z: FloatArray
    names: tuple[str, ...] = ()


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
