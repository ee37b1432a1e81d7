"""What `foci`, `lfoci` and `codec_scores` are given: features, a response, columns in S."""

from __future__ import annotations

from typing import Any, NamedTuple

from lcodec import checks
from lcodec.checks import FloatArray
from lcodec.neighbors import backend_of


class Features(NamedTuple):
    """Features and a response, checked, where they were given."""

    columns: Any  # (p, n) float64, here, on a device or in the chunks of a dask array
    y: FloatArray
    given: list[int]
    names: tuple[str, ...]


def read_features(X: object, y: object, given: object, missing: str) -> Features:
    """Return checked features, response, and columns that are given."""
    missing = checks.choice(missing, "missing", checks.MISSING)
    if checks.is_dask(X):
        from lcodec.neighbors.dask.columns import read_sample

        columns, response = read_sample(X, y, missing)
        return Features(columns, response, checks.column_list(given, "given", len(columns)), ())
    matrix = checks.matrix(X, "X", missing=missing, device=True)
    response = checks.vector(y, "y", rows=len(matrix), like="X", missing=missing, device=True)
    checks.same_device({"X": matrix, "y": response})
    matrix, response = checks.complete([matrix, response], "X", missing)
    names = checks.names_of(X)
    chosen = checks.column_list(given, "given", matrix.shape[1], names)
    return Features(backend_of(matrix).columns_of(matrix), response, chosen, names)
