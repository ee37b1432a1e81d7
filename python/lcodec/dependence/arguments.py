"""Readers of what the statistics are given: data, and the options that several of them share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lcodec import checks
from lcodec.checks import FloatArray, IntArray, Missing, arrays
from lcodec.dependence.candidates import Candidates
from lcodec.dependence.coefficient import Response
from lcodec.neighbors import (
    SCALINGS,
    TIE_RULES,
    TINY,
    Scaling,
    Ties,
    backend_of,
    column_weights,
    read_columns,
    require_scale,
)
from lcodec.resources import Report

MOST_NOISE = 9.0  # standard deviations: the quantile of 2^-54 is 8.3
FEW = 10  # whole numbers that may be codes of classes
LEAST_SUBSAMPLE = 10  # rows


class Features(NamedTuple):
    """Features and a response, checked, where they were given."""

    columns: Any  # (p, n) float64, here, on a device or in the chunks of a dask array
    y: FloatArray  # (n,), or (n, r) with r > 1
    given: list[int]  # of these columns
    names: tuple[str, ...]  # of these columns
    places: IntArray  # (p,) the columns of X that these are: all but the one that is the response
    candidates: Candidates
    categories: list[list[int]]  # those of these columns that are the indicators of one column

    def own_weights(self, standardize: Scaling) -> FloatArray | None:
        """Return weights (q,) of indicators, and NaN for other columns; None without indicators."""
        return indicator_weights(self.columns, self.categories, standardize)


def indicator_weights(
    columns: Any, categories: Sequence[Sequence[int]], standardize: Scaling
) -> FloatArray | None:
    """Return the weights (q,) that indicators have by themselves, NaN for other columns (q, n).

    Two different categories are at squared distance 1, or with "std" at that over the sum of the
    variances of the indicators: whole numbers, divided once. None where there are no indicators.
    """
    if not categories:
        return None
    own, n = np.full(len(columns), np.nan), columns.shape[1]
    for some in categories:
        sizes = columns[some].sum(axis=1)
        spread = float((sizes * (n - sizes)).sum())
        own[some] = n * (n - 1.0) / max(spread, 1.0) if standardize == "std" else 0.5
    return own


def read_features(
    X: ArrayLike, y: ArrayLike | str, given: object, missing: Missing, *, response: str | None,
    noise: bool = False, groups: object = None,
) -> Features:  # fmt: skip
    """Return checked features, response, columns that are given, and the candidates.

    y may be named, as a column of X. `response` and `groups` are these options. With `noise` to
    come, the values of y count, not only their order.
    """
    missing = checks.choice(missing, "missing", checks.MISSING)
    labels = checks.labels_of(X)
    column = checks.response_column(y, labels)
    table, widths = checks.with_indicators(X, "X", column)
    read_response = partial(
        checks.response_values, nominal=response == "nominal", ordinal=not noise, missing=missing,
        several=True,
    )  # fmt: skip
    if widths is None:
        columns, values = read_columns(X, y, missing, read_response, column)
        widths = np.ones(len(columns) + (column is not None), dtype=np.int64)
    else:
        axis = None if column is None else int(widths[:column].sum())
        columns, values = read_columns(table, y, missing, read_response, axis)
    checks.warn_unaligned({"X": X, "y": y})
    count = len(widths)
    places = np.arange(count) if column is None else np.delete(np.arange(count), column)
    own = np.repeat(places, widths[places])  # the column of X that each axis belongs to
    listed = checks.column_list(given, "given", count, labels, column)
    sets = checks.column_groups(groups, count, labels, column)
    checks.given_groups(sets, listed)
    names = tuple(str(labels[place]) for place in places) if labels else ()
    candidates = Candidates.of(sets, places, names, own, count)
    axes = [np.flatnonzero(own == place).tolist() for place in np.flatnonzero(widths > 1)]
    _tell_of_classes(values, response)
    given_columns = [int(axis) for place in listed for axis in np.flatnonzero(own == place)]
    if names:
        names = tuple(str(labels[place]) for place in own)
    return Features(columns, values, given_columns, names, own, candidates, axes)


def warn_constant(data: Features, skipped: IntArray) -> None:
    """Name the columns of candidates that do not vary."""
    columns = [int(axis) for c in skipped for axis in data.candidates.axes[c]]
    checks.warn_constant_columns(columns, "X", data.names)


def read_sample(
    y: ArrayLike, z: ArrayLike, x: ArrayLike | None, missing: Missing, *, response: str | None,
    noise: bool = False, device: bool = False, several: bool = False, name: str = "z",
) -> tuple[FloatArray, FloatArray, FloatArray]:  # fmt: skip
    """Return y (n,), z (q, n) and x (p, n), where an absent x has no columns.

    The user knows z as `name`. With `device`, they may lie on a CUDA device, and stay there. With
    `several`, y may have several columns, and is then (n, r). See `read_features` for the rest.
    """
    missing = checks.choice(missing, "missing", checks.MISSING)
    y_values = checks.response_values(
        y, "y", nominal=response == "nominal", ordinal=not noise, missing=missing, device=device,
        several=several,
    )  # fmt: skip
    rest: dict[str, Any] = {
        "rows": len(y_values), "like": "y", "missing": missing, "device": device
    }  # fmt: skip
    z_matrix = checks.matrix(z, name, **rest)
    x_matrix = z_matrix[:, :0] if checks.is_absent(x) else checks.matrix(x, "x", **rest)
    checks.same_device({"y": y_values, name: z_matrix, "x": x_matrix})
    checks.warn_unaligned({"y": y, name: z, "x": x})
    y_values, z_matrix, x_matrix = checks.complete([y_values, z_matrix, x_matrix], "y", missing)
    _tell_of_classes(y_values, response)
    backend = backend_of(z_matrix)
    return y_values, backend.columns_of(z_matrix), backend.columns_of(x_matrix)


def _tell_of_classes(y: FloatArray, response: str | None) -> None:
    """Warn of a response that may be classes, and of classes of which no row tells another."""
    if response is None:
        tell_few_values(y)
    elif response == "nominal" and Response.of(y, response).sum_square == 0:
        checks.warn_all_classes_differ(len(y))


def tell_few_values(
    y: FloatArray, way_out: str = "set `response` to 'nominal'", name: str = "y"
) -> None:
    """Warn of a response of 3 to `FEW` whole numbers, on three times as many rows at least.

    Codes of classes look like that. Of two classes, either coding has the same limit of T. Of
    several columns, the first that looks so is told of. The user knows it as `name`.
    """
    xp = arrays.namespace(y)
    for column in y.T if y.ndim == 2 else [y]:
        if bool((column == xp.floor(column)).all()):
            _, at_most = backend_of(column).ranks(column)
            count = np.count_nonzero(np.bincount(at_most))
            if 3 <= count <= min(FEW, len(column) // 3):
                checks.warn_few_values(int(count), way_out, name)
                return


def sample_weights(
    z_columns: FloatArray, x_columns: FloatArray, standardize: Scaling, *, reach: float = 0.0
) -> FloatArray:
    """Return the weights of x, then of z, which stand in one distance.

    `reach` is the bound of columns that come before these.
    """
    x_weights, reach = column_weights(x_columns, standardize, "x", reach=reach)
    z_weights, _ = column_weights(z_columns, standardize, "z", reach=reach)
    return np.append(x_weights, z_weights)


def feature_weights(
    columns: FloatArray, options: Options, names: Sequence[str], own: FloatArray | None = None,
    *, reach: float = 0.0,
) -> FloatArray:  # fmt: skip
    """Return the weights of features, some their own; see `sample_weights` for `reach`."""
    weights, _ = column_weights(
        columns, options.standardize, "X", names=names, own=own, reach=reach
    )
    return weights


def scaling(standardize: object) -> Scaling:
    """Return the option `standardize`; None is "none"."""
    if standardize is None:
        return "none"
    return checks.choice(standardize, "standardize", SCALINGS)


def with_noise(
    columns: FloatArray, sigma: float, standardize: Scaling, name: str, *, purpose: int, seed: int,
    names: tuple[str, ...] = (),
) -> Callable[..., Any]:  # fmt: skip
    """Return the function of `draw` that gives `columns` (p, n) plus noise; constant ones stay."""
    backend, scale = backend_of(columns), np.full(len(columns), sigma)
    constant = backend.spread(columns) == 0
    if standardize != "none":
        variance = backend.variance(columns)
        require_scale(constant | ((variance >= TINY) & np.isfinite(variance)), name, names)
    with np.errstate(over="ignore"):
        if standardize != "none":
            scale = scale * np.sqrt(np.where(constant, 0.0, variance))
        scale = np.where(constant, 0.0, scale)
        largest = backend.sizes(columns)[1] + MOST_NOISE * scale
    require_scale(np.isfinite(largest), name, names)
    return partial(backend.jitter, columns, scale, purpose=purpose, seed=seed)


class Options(NamedTuple):
    """What `foci` and its relatives share: the distance, its ties, and what a search may use."""

    standardize: Scaling
    ties: Ties
    seed: int
    n_jobs: int | None
    memory_limit: int | None
    progress: bool | Report
    response: checks.Response | None
    n_neighbors: int

    @classmethod
    def of(
        cls, standardize: object, ties: object, seed: object, n_jobs: object, memory_limit: object,
        progress: object = False, response: object = None, n_neighbors: object = 1,
    ) -> Options:  # fmt: skip
        """Check them in this order."""
        return cls(
            scaling(standardize),
            checks.choice(ties, "ties", TIE_RULES),
            checks.whole_number(seed, "seed", 0),
            checks.jobs(n_jobs),
            checks.memory_limit(memory_limit),
            checks.progress(progress),
            checks.response(response),
            checks.neighbors(n_neighbors),
        )

    def of_rows(self, rows: int) -> Options:
        """Return them with the number of neighbours for so many rows."""
        return self._replace(n_neighbors=checks.neighbors_of(self.n_neighbors, rows))
