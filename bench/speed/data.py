"""The data of the benchmarks, the same bits on every machine with the same NumPy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Problem(NamedTuple):
    """What one call is asked for."""

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    given: int  # the first columns of X that are x, in codec
    sample: int | None  # candidates that naive-sample scores in each step

    @property
    def input_bytes(self) -> int:
        """Bytes of the data."""
        return self.X.nbytes + self.y.nbytes


def product(n: int, p: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gaussian columns; the response is X1 X2 + X1 - X3 and a little noise."""
    random = np.random.default_rng(0)
    X = random.normal(size=(n, p))
    return X, X[:, 0] * X[:, 1] + X[:, 0] - X[:, 2] + 0.2 * random.normal(size=n)


def attributes(n: int, p: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Binary attributes that share five hidden causes; the first is the response of the others."""
    random = np.random.default_rng(0)
    causes = random.normal(size=(n, 5)) @ random.normal(size=(5, p))
    thresholds = random.normal(size=p)  # some attributes are rare, some common
    table = (causes + random.normal(size=(n, p)) > thresholds).astype(np.float64)
    return np.ascontiguousarray(table[:, 1:]), table[:, 0].copy()


MAKERS = {"product": product, "attributes": attributes}


def make(case: dict[str, Any], rows: int | None = None) -> Problem:
    """Return the problem of a case; with `rows`, a small one of the same kind."""
    n, p = case["n"], case["p"]
    if rows is not None:
        n, p = min(n, rows), min(p, 10)
    X, y = MAKERS[case["data"]](n, p)
    return Problem(X, y, case.get("given", 0), case.get("sample"))
