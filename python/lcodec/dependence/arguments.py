"""Readers of what the statistics are given: data, and the options that several of them share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, Missing
from lcodec.neighbors import (
    SCALINGS,
    TIE_RULES,
    Scaling,
    Ties,
    backend_of,
    column_weights,
    read_columns,
)
from lcodec.resources import Report


class Features(NamedTuple):
    """Features and a response, checked, where they were given."""

    columns: Any  # (p, n) float64, here, on a device or in the chunks of a dask array
    y: FloatArray
    given: list[int]
    names: tuple[str, ...]
    places: IntArray  # (p,) the columns of X that these are: all but the one that is the response


def read_features(X: ArrayLike, y: ArrayLike | str, given: object, missing: Missing) -> Features:
    """Return checked features, response, and columns that are given.

    The response may be named, as a column of X.
    """
    missing = checks.choice(missing, "missing", checks.MISSING)
    labels = checks.labels_of(X)
    response = checks.response_column(y, labels)
    columns, values = read_columns(X, y, missing, response)
    checks.warn_unaligned({"X": X, "y": y})
    count = len(columns) + (response is not None)
    places = np.delete(np.arange(count), [] if response is None else response)
    listed = checks.column_list(given, "given", count, labels, response)
    names = tuple(str(labels[place]) for place in places) if labels else ()
    return Features(columns, values, np.searchsorted(places, listed).tolist(), names, places)


def read_sample(
    y: ArrayLike, z: ArrayLike, x: ArrayLike | None, missing: Missing, device: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return y (n,), z (q, n) and x (p, n), where an absent x has no columns.

    With `device`, they may lie on a CUDA device, and stay there.
    """
    missing = checks.choice(missing, "missing", checks.MISSING)
    y_values = checks.vector(y, "y", missing=missing, device=device)
    rest: dict[str, Any] = {
        "rows": len(y_values), "like": "y", "missing": missing, "device": device
    }  # fmt: skip
    z_matrix = checks.matrix(z, "z", **rest)
    x_matrix = z_matrix[:, :0] if checks.is_absent(x) else checks.matrix(x, "x", **rest)
    checks.same_device({"y": y_values, "z": z_matrix, "x": x_matrix})
    checks.warn_unaligned({"y": y, "z": z, "x": x})
    y_values, z_matrix, x_matrix = checks.complete([y_values, z_matrix, x_matrix], "y", missing)
    backend = backend_of(z_matrix)
    return y_values, backend.columns_of(z_matrix), backend.columns_of(x_matrix)


def sample_weights(
    z_columns: FloatArray, x_columns: FloatArray, standardize: Scaling
) -> FloatArray:
    """Return the weights of x, then of z, which stand in one distance."""
    x_weights, reach = column_weights(x_columns, standardize, "x")
    z_weights, _ = column_weights(z_columns, standardize, "z", reach=reach)
    return np.append(x_weights, z_weights)


def scaling(standardize: object) -> Scaling:
    """Return the option `standardize`; None is "none"."""
    if standardize is None:
        return "none"
    return checks.choice(standardize, "standardize", SCALINGS)


def with_noise(
    columns: FloatArray, sigma: float, standardize: Scaling, *, purpose: int, seed: int
) -> Callable[..., Any]:
    """Return the function of `draw` that gives `columns` (p, n) plus noise; constant ones stay."""
    backend, scale = backend_of(columns), np.full(len(columns), sigma)
    if standardize != "none":
        scale = scale * np.sqrt(backend.variance(columns))
    scale = np.where(backend.spread(columns) == 0, 0.0, scale)
    return partial(backend.jitter, columns, scale, purpose=purpose, seed=seed)


class Options(NamedTuple):
    """What `foci` and its relatives share: the distance, its ties, and what a search may use."""

    standardize: Scaling
    ties: Ties
    seed: int
    n_jobs: int | None
    memory_limit: int | None
    progress: bool | Report

    @classmethod
    def of(
        cls, standardize: object, ties: object, seed: object, n_jobs: object, memory_limit: object,
        progress: object = False,
    ) -> Options:  # fmt: skip
        """Check them in this order."""
        return cls(
            scaling(standardize),
            checks.choice(ties, "ties", TIE_RULES),
            checks.whole_number(seed, "seed", 0),
            checks.jobs(n_jobs),
            checks.memory_limit(memory_limit),
            checks.progress(progress),
        )
