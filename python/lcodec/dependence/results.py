"""What the selectors return."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from lcodec.checks import FloatArray, IntArray
from lcodec.dependence.display import Listing, Shown, charts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STOPS = {
    "no_gain": "no other column adds to them",
    "max_features": "`max_features` was reached",
    "exhausted": "no column is left",
    "determined": "y is a function of them in the sample",
    "not_significant": "the best other column is not significant",
}
"""What the reasons to stop mean."""


@dataclass(frozen=True, eq=False)
class SelectionResult(Shown):
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

    @property
    def labels(self) -> list[Any]:
        """Names of the selected, or the numbers of their columns, with ``+`` between several."""
        if self.names or not len(self.selected):
            return list(self.names)
        if all(len(columns) == 1 for columns in self.columns):
            return [int(column) for (column,) in self.columns or self.selected[:, np.newaxis]]
        return ["+".join(map(str, columns)) for columns in self.columns]

    def listing(self) -> Listing:
        """Return a row for each selected column: step, column, score, cumulative, pvalue."""
        k = len(self.selected)
        title = f"{k} {'column' if k == 1 else 'columns'} selected, then the end: "
        columns: dict[str, Sequence[Any]] = {
            "step": range(1, k + 1),
            "column": self.labels,
            "score": self.scores.tolist(),
            "cumulative": self.cumulative.tolist(),
        }
        if len(self.pvalues):
            columns["pvalue"] = self.pvalues[:k].tolist()
        reason = STOPS.get(self.stop_reason, self.stop_reason)
        if k == 0 and self.stop_reason == "determined":
            reason = "y is constant, or a function of the given columns, in the sample"
        return Listing(title + reason, columns)

    def _draw(self, ax: Axes | None) -> Axes:
        """Draw the scores as bars, in order of selection, and T of all so far as a line.

        At most 40 columns are drawn. Names of more than 30 characters are cut.
        """
        return charts.selection(ax, self.labels, self.scores.tolist(), self.cumulative.tolist())


@dataclass(frozen=True, eq=False)
class StabilityResult(Shown):
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

    def listing(self) -> Listing:
        """Return a row for each column: column, frequency."""
        title = f"selected in {self.n_resamples} subsamples of {self.size} rows"
        names = self.names or range(len(self.frequency))
        columns: dict[str, Sequence[Any]] = {
            "column": names,
            "frequency": self.frequency.tolist(),
        }
        return Listing(title, columns, by="frequency")

    def _draw(self, ax: Axes | None) -> Axes:
        """Draw the frequencies as bars, the largest on top, at most 40 of them."""
        listing = self.listing()
        order, names = listing.order(), listing.columns["column"]
        return charts.bars(
            ax, [names[row] for row in order], self.frequency[order].tolist(), listing.title,
            total=len(order),
        )  # fmt: skip


@dataclass(frozen=True)
class CodecTestResult(Shown):
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

    def listing(self) -> Listing:
        """Return one row with all fields."""
        return Listing(f"test by {self.method}", _one_row(self), some="z")

    def _draw(self, ax: Axes | None) -> Axes:
        """Draw the coefficient as a bar, faint where the p-value is above 0.05."""
        return charts.test(ax, self.statistic, self.pvalue)


@dataclass(frozen=True, eq=False)
class CodecTestsResult(Shown):
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

    def listing(self) -> Listing:
        """Return a row for each column of Z: column, statistic, pvalue, n_resamples, z."""
        columns: dict[str, Sequence[Any]] = {
            "column": self.names or range(len(self.statistic)),
            "statistic": self.statistic.tolist(),
            "pvalue": self.pvalue.tolist(),
            "n_resamples": self.n_resamples.tolist(),
            "z": self.z.tolist(),
        }
        return Listing(f"tests by {self.method}", columns, by="statistic", some="z")

    def _draw(self, ax: Axes | None) -> Axes:
        """Draw the coefficients as bars, the largest on top, faint where p is above 0.05.

        At most 40 are drawn. p-values are not corrected for the number of tests.
        """
        listing = self.listing()
        order, names = listing.order(), listing.columns["column"]
        return charts.tests(
            ax, [names[row] for row in order], self.statistic[order].tolist(),
            self.pvalue[order].tolist(),
        )  # fmt: skip


@dataclass(frozen=True)
class IntervalResult(Shown):
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

    def listing(self) -> Listing:
        """Return one row with all fields."""
        return Listing(self._title(), _one_row(self))

    def _draw(self, ax: Axes | None) -> Axes:
        """Draw the coefficient as a point in its interval."""
        return charts.interval(ax, self.statistic, self.low, self.high, self._title())

    def _title(self) -> str:
        return f"coefficient and its interval at level {self.level:g}"


def _one_row(result: Any) -> dict[str, Sequence[Any]]:
    return {one.name: [getattr(result, one.name)] for one in fields(result)}
