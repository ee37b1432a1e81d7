"""`lcodec.ci_test` as a conditional independence test of tigramite, for PCMCI and its relatives.

Runge et al., "Detecting and quantifying causal associations in large nonlinear time series
datasets", Science Advances 5(11):eaau4996, 2019. tigramite is under the GPL: this module imports
it, and nothing else of lcodec does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lcodec import checks, ci_test, codec
from lcodec.adapters import needed
from lcodec.checks import FloatArray, IntArray

with needed("tigramite"):
    from tigramite.independence_tests.independence_tests_base import CondIndTest

ENOUGH = 10  # shuffles that reach the value, after which no more are made
FIRST = 20  # shuffles in the first round


class CodecTest(CondIndTest):  # type: ignore[misc] # is untyped
    """Test of independence of two variables, at least one of one column, given others.

    The value is the larger of T(Y, X | Z) and T(X, Y | Z). With conditions, the p-value is that of
    `ci_test`. Without any, blocks of X are shuffled, as in all tests of tigramite, which keeps the
    autocorrelation of X; shuffles end when ten reach the value, and the p-value is then ten divided
    by their number (Besag and Clifford).

    Parameters
    ----------
    level : float, default 0.05
        The smallest level at which p-values will be compared: it sets how many permutations and
        shuffles are made at most, unless `sig_samples` says how many shuffles.
    n_neighbors, shuffle_neighbors, standardize, adjust, n_jobs
        As in `ci_test`, with one thread by default.
    **kwargs
        Arguments of tigramite's ``CondIndTest``: `seed`, `mask_type`, `sig_samples`,
        `sig_blocklength`, `verbosity` and others.

    Examples
    --------
    >>> import numpy as np
    >>> from lcodec.adapters.tigramite import CodecTest
    >>> from tigramite.data_processing import DataFrame
    >>> from tigramite.pcmci import PCMCI
    >>> X = np.random.default_rng(0).normal(size=(300, 2))
    >>> X[1:, 1] += X[:-1, 0] ** 2
    >>> search = PCMCI(DataFrame(X), CodecTest(), verbosity=0)
    >>> graph = search.run_pcmci(tau_max=1, pc_alpha=0.05, alpha_level=0.01)["graph"]
    >>> graph[0, 1].tolist()
    ['', '-->']
    """

    def __init__(
        self,
        level: float = 0.05,
        n_neighbors: checks.Neighbors = 1,
        shuffle_neighbors: int = 5,
        standardize: str | None = "std",
        adjust: Any = None,
        n_jobs: int | None = 1,
        significance: str = "shuffle_test",
        **kwargs: Any,
    ) -> None:
        self._distance: dict[str, Any] = {
            "n_neighbors": n_neighbors,
            "standardize": standardize,
            "n_jobs": n_jobs,
        }
        self._options: dict[str, Any] = {
            "level": checks.fraction(level, "level"),
            "shuffle_neighbors": shuffle_neighbors,
            "adjust": adjust,
            "seed": kwargs.get("seed", 42),
        }
        self._measure = "codec"
        self.two_sided = False
        self.residual_based = False
        self.recycle_residuals = False
        kwargs.setdefault("sig_samples", int(np.ceil(ENOUGH / level)) - 1)
        super().__init__(significance=significance, **kwargs)

    @property
    def measure(self) -> str:
        """Return the name of the value."""
        return self._measure

    def get_dependence_measure(
        self, array: FloatArray, xyz: IntArray, data_type: Any = None
    ) -> float:
        """Return the larger T of the two directions, of variables (dim, T)."""
        x, y, z = _parts(array, xyz, data_type)
        ways = [(y, x), (x, y)]
        found = [
            codec(response, other, z, **self._distance)
            for response, other in ways
            if response.shape[1] == 1
        ]
        if not found:
            checks.fail(
                "notVector",
                f"`X` or `Y` must be one variable, got {x.shape[1]} and {y.shape[1]}",
            )
        return float(np.nan_to_num(max(found)))

    def get_shuffle_significance(
        self,
        array: FloatArray,
        xyz: IntArray,
        value: float,
        return_null_dist: bool = False,
        data_type: Any = None,
    ) -> Any:
        """Return the p-value; with `return_null_dist` also the values of shuffles, sorted."""
        x, y, z = _parts(array, xyz, data_type)
        if z is None:
            pvalue, values = self._by_blocks(array, xyz, value)
        else:
            pvalue = ci_test(x, y, z, **self._distance, **self._options)
            values = np.empty(0)
        return (pvalue, np.sort(values)) if return_null_dist else pvalue

    def _get_acf(self, series: FloatArray, max_lag: int | None = None) -> FloatArray:
        """Return the autocorrelations up to a lag: tigramite 5.2.10 fails here with NumPy 2.4."""
        lags = range(1, (max(5, len(series) // 10) if max_lag is None else max_lag) + 1)
        found = [np.corrcoef(series[lag:], series[:-lag])[0, 1] for lag in lags]
        return np.array([1.0, *found])

    def _by_blocks(
        self, array: FloatArray, xyz: IntArray, value: float
    ) -> tuple[float, FloatArray]:
        length = self.sig_blocklength
        if length is None:
            length = self._get_block_length(array, xyz, mode="significance")
        values = np.empty(0)
        while len(values) < self.sig_samples:
            more = min(max(FIRST, len(values)), self.sig_samples - len(values))
            found = self._get_shuffle_dist(
                array, xyz, self.get_dependence_measure, sig_samples=more, sig_blocklength=length
            )
            values = np.append(values, found)
            reached = np.cumsum(values >= value)
            if reached[-1] >= ENOUGH:
                return ENOUGH / (1 + float(np.searchsorted(reached, ENOUGH))), values
        return float(1 + (values >= value).sum()) / (1 + len(values)), values


def _parts(
    array: FloatArray, xyz: IntArray, data_type: Any
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return X, Y and Z, samples in rows; None where there is no Z."""
    if data_type is not None and np.any(data_type):
        checks.fail(
            "optionValue",
            "`data_type` must be 0: this test takes numbers alone; `lcodec.ci_test` takes classes",
        )
    x, y, z = (np.ascontiguousarray(array[xyz == code].T, dtype=np.float64) for code in (0, 1, 2))
    return x, y, z if z.shape[1] else None
