"""FOCI as its formula reads: one scikit-learn neighbour search per candidate and step.

This is the way of every implementation known to us, written from Azadkia & Chatterjee (2021),
section 5, as the baseline of the benchmarks. Neighbours at equal distance are taken as they come.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.neighbors import NearestNeighbors


def nearest(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the number of each row's nearest other row."""
    search = NearestNeighbors(n_neighbors=1).fit(points)
    return search.kneighbors(return_distance=False)[:, 0]


def coefficient(
    y: NDArray[np.float64], neighbour: NDArray[np.int64], conditional: NDArray[np.int64] | None
) -> float:
    """Return T(Y, Z), or T(Y, Z | X) from the neighbours in (X, Z) and in X."""
    n = len(y)
    below = rankdata(y, "max")
    joint = np.minimum(below, below[neighbour])
    if conditional is not None:
        alone = np.minimum(below, below[conditional])
        return float((joint - alone).sum() / (below - alone).sum())
    above = rankdata(-y, "max")
    return float((n * joint - above**2).sum() / (above * (n - above)).sum())


def foci(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    candidates: Iterable[int] | None = None,
    *,
    lean: bool = False,
) -> list[int]:
    """Return the selected columns.

    Parameters
    ----------
    X : (n, p) float64
        Features.
    y : (n,) float64
        Response.
    candidates : iterable of int, optional
        Score these columns only; None (default) for all.
    lean : bool, default False
        Search the neighbours in the selected columns once per step. As the formula reads, each
        T(Y, X_j | X_S) asks for them again, and published code does so.
    """
    remaining = list(range(X.shape[1]) if candidates is None else candidates)
    selected: list[int] = []
    while remaining:
        known = nearest(X[:, selected]) if lean and selected else None
        scores = [_score(X, y, selected, column, known) for column in remaining]
        best = int(np.argmax(scores))
        if scores[best] <= 0:
            break
        selected.append(remaining.pop(best))
    return selected


def _score(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    selected: list[int],
    column: int,
    known: NDArray[np.int64] | None,
) -> float:
    """Return T(Y, X_column | X_selected), from known neighbours in X_selected or new ones."""
    joint = nearest(X[:, [*selected, column]])
    if not selected:
        return coefficient(y, joint, None)
    return coefficient(y, joint, nearest(X[:, selected]) if known is None else known)
