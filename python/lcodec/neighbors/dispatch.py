"""Where data lie decides what computes with them: this host, a CUDA device, torch, or dask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, Missing, arrays
from lcodec.neighbors.backends import Backend
from lcodec.neighbors.cpu.backend import CpuBackend

_CPU = CpuBackend()


def backend_of(array: Any) -> Backend:
    """Return the backend for an array that `checks` has returned."""
    library = arrays.library(array)
    if library == "cupy":
        from lcodec.neighbors.cuda import CudaBackend, CupyDevice

        return CudaBackend(CupyDevice(array))
    if library == "torch":
        from lcodec.neighbors.torch.backend import TorchBackend

        return TorchBackend()
    if library == "lcodec":  # columns elsewhere: their own class does all that a backend does
        return cast(Backend, type(array))
    return _CPU


def read_columns(
    X: object,
    y: object,
    missing: Missing,
    read_response: Callable[..., FloatArray],
    response: int | None = None,
) -> tuple[Any, FloatArray]:
    """Return the columns (p, n) of X and the values of y, (n,) or (n, q), checked, where they lie.

    With `response`, y is this column of X, and not one of the columns that are returned. y is read
    by `read_response`, `checks.response_values` with its options.
    """
    if checks.is_dask(X):
        from lcodec.neighbors.dask.columns import read_columns

        return read_columns(X, y, missing, read_response)
    if response is not None and (parts := checks.taken_out(X, response)) is not None:
        (y, X), response = parts, None  # of a table whose columns differ in type
        if not parts[1].pairs:
            checks.matrix_shape((len(parts[0]), 0), "X")
    matrix = checks.matrix(X, "X", missing=missing, device=True)
    if response is not None:
        y, matrix = matrix[:, response], np.delete(matrix, response, axis=1)
        checks.matrix_shape(matrix.shape, "X")
    size: dict[str, Any] = {"rows": len(matrix), "like": "X", "like_columns": matrix.shape[1]}
    values = read_response(y, "y", **size, device=True)
    checks.same_device({"X": matrix, "y": values})
    matrix, values = checks.complete([matrix, values], "X", missing)
    return backend_of(matrix).columns_of(matrix), values
