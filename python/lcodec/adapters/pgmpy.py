"""`lcodec.ci_test` as a conditional independence test of pgmpy.

Ankan & Textor, "pgmpy: a Python toolkit for Bayesian networks", JMLR 25(265):1-8, 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from lcodec.adapters import needed
from lcodec.checks import Missing, Neighbors
from lcodec.dependence.inference.ci_test import both_ways

with needed("pgmpy"):
    from pgmpy.ci_tests import _BaseCITest
    from pgmpy.ci_tests._base import _CITestResult


class CodecTest(_BaseCITest):  # type: ignore[misc] # is untyped
    """Test of independence of columns of a table, given others: ``PC(ci_test=CodecTest(data))``.

    Parameters
    ----------
    data : pandas.DataFrame
        Columns of numbers, text, truth values or categories, as `ci_test` takes them.
    level, n_neighbors, shuffle_neighbors, standardize, adjust, seed, missing, n_jobs, response
        As in `ci_test`, with one thread by default; `level` should not be above the
        `significance_level` of the search.
    use_cache : bool, default True
        Keep results, as all tests of pgmpy do.

    Attributes
    ----------
    p_value_ : float
        The p-value of the last test.
    statistic_, effect_size_ : float
        Its coefficient T, of the direction with the smaller p-value.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from lcodec.adapters.pgmpy import CodecTest
    >>> from pgmpy.causal_discovery import PC
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(size=(2, 500))
    >>> data = pd.DataFrame({"a": a, "b": b, "c": a**2 + b**2 + 0.3 * rng.normal(size=500)})
    >>> search = PC("stable", CodecTest(data), significance_level=0.05, show_progress=False)
    >>> sorted(search.fit(data).causal_graph_.edges())
    [('a', 'c'), ('b', 'c')]
    """

    _tags = {  # noqa: RUF012 (as in pgmpy)
        "name": "codec",
        "data_types": ("continuous", "discrete", "mixed"),
        "default_for": None,
        "requires_data": True,
        "is_symmetric": True,
    }

    def __init__(
        self, data: Any, level: float = 0.05, n_neighbors: Neighbors = 1,
        shuffle_neighbors: int = 5, standardize: str | None = "std", adjust: Any = None,
        seed: int = 0, missing: Missing = "refuse", n_jobs: int | None = 1,
        response: Literal["ordered"] | None = None, use_cache: bool = True,
    ) -> None:  # fmt: skip
        self.data = data
        self.level = level
        self.n_neighbors = n_neighbors
        self.shuffle_neighbors = shuffle_neighbors
        self.standardize = standardize
        self.adjust = adjust
        self.seed = seed
        self.missing = missing
        self.n_jobs = n_jobs
        self.response = response
        super().__init__(use_cache=use_cache)

    def is_independent(
        self, X: str, Y: str, Z: Sequence[str] = (), significance_level: float = 0.05
    ) -> bool:
        """Return whether the p-value is at least the level.

        Searches in several threads share this test, so it does not read what `run_test` keeps.
        """
        self._validate_inputs(X, Y, Z)
        first, second = sorted((X, Y), key=repr)
        key = first, second, tuple(sorted(Z, key=repr))
        result = self._result_cache.get(key) if self.use_cache else None
        if result is None:
            result = self._compute_result(first, second, list(Z))
            if self.use_cache:
                self._result_cache[key] = result
        self.statistic_, self.p_value_ = result.statistic, result.p_value
        self.effect_size_ = result.effect_size
        return bool(result.p_value >= significance_level)

    def _compute_result(self, X: str, Y: str, Z: list[str]) -> Any:
        first, second = sorted((X, Y), key=repr)
        options = self.get_params(deep=False)
        data, _ = options.pop("data"), options.pop("use_cache")
        given = data[sorted(Z, key=repr)] if Z else None
        found = both_ways(data[first], data[second], given, **options)
        return _CITestResult(found.statistic, found.pvalue, found.statistic)
