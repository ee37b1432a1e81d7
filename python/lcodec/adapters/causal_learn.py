"""`lcodec.ci_test` as the test ``"codec"`` of causal-learn: PC, FCI and CD-NOD take it by name.

Zheng et al., "Causal-learn: causal discovery in Python", JMLR 25(60):1-8, 2024. Importing this
module registers the test.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from lcodec import ci_test
from lcodec.adapters import needed

with needed("causal-learn"):
    from causallearn.utils.cit import CIT_Base, register_ci_test


class CodecTest(CIT_Base):  # type: ignore[misc] # is untyped
    """Test of independence of columns of a data matrix, given others.

    Parameters
    ----------
    data : (n, p) ndarray
        Samples in rows, numbers.
    nominal : sequence of int, default ()
        Columns that are codes of classes without an order; all others are numbers.
    cache_path : str, optional
        A file of p-values, as in causal-learn. It names data by what ``str`` prints of them, which
        large matrices can share: give each data set its own file.
    **options
        Options of `ci_test`: `level` should not be above the `alpha` of the search.

    Examples
    --------
    >>> import numpy as np
    >>> import lcodec.adapters.causal_learn
    >>> from causallearn.search.ConstraintBased.PC import pc
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(size=(2, 500))
    >>> data = np.column_stack((a, b, a**2 + b**2 + 0.3 * rng.normal(size=500)))
    >>> graph = pc(data, 0.05, "codec", show_progress=False).G
    >>> [str(edge) for edge in graph.get_graph_edges()]
    ['X1 --> X3', 'X2 --> X3']
    """

    def __init__(
        self,
        data: np.ndarray[Any, Any],
        cache_path: str | None = None,
        nominal: Sequence[int] = (),
        **options: Any,
    ) -> None:
        super().__init__(data, cache_path=cache_path)
        self._options = {"n_jobs": 1, **options}
        said = repr((sorted(nominal), sorted(self._options.items())))
        self.check_cache_method_consistent("codec", hashlib.sha256(said.encode()).hexdigest())
        self._columns = [
            column.astype(str) if k in nominal else column for k, column in enumerate(data.T)
        ]

    def __call__(self, X: int, Y: int, condition_set: Iterable[int] | None = None) -> float:
        """Return the p-value of columns X and Y given those of `condition_set`."""
        (x,), (y,), given, key = self.get_formatted_XYZ_and_cachekey(X, Y, condition_set)
        if key not in self.pvalue_cache:
            columns = [self._columns[k] for k in given]
            kinds = {column.dtype.kind for column in columns}
            table = (
                np.column_stack([c.astype(object) for c in columns] if "U" in kinds else columns)
                if columns
                else None
            )
            self.pvalue_cache[key] = ci_test(
                self._columns[x], self._columns[y], table, **self._options
            )
        return float(self.pvalue_cache[key])


register_ci_test("codec", CodecTest)
