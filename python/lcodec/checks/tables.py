"""Tables of any library: their columns one by one, the names of these, and the labels of rows.

No library is imported: what a value can do tells what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np

from lcodec.checks.arrays import library
from lcodec.checks.errors import warn


class Indicators(np.ndarray):
    """Columns (n, k) that stand for one column of k categories."""


class Columns:
    """Columns of a table that are left when one is taken out, by label and values."""

    def __init__(self, pairs: list[tuple[Any, Any]]) -> None:
        self.pairs = pairs


def columns_of(value: Any) -> list[tuple[Any, Any]] | None:
    """Return label and values of each column of a table that does not become one array at once.

    A column is an array (n,), or (n, k) where the table has such: then its label stands for k
    columns.
    """
    if isinstance(value, Columns):
        return value.pairs
    if isinstance(value, np.ndarray):
        if value.dtype.names is None:
            return None
        return [(name, value[name]) for name in value.dtype.names]
    source = library(value)
    if source == "pyarrow":
        names = getattr(value, "column_names", None)
        return None if names is None else list(zip(names, value.columns, strict=True))
    if source == "xarray" and hasattr(value, "data_vars"):
        return [(name, variable.values) for name, variable in value.data_vars.items()]
    if not _is_frame(value) or _is_uniform(value):
        return None
    labels = tuple(value.columns)
    if hasattr(value, "iloc"):  # pandas, where a label may stand for several columns
        return [(label, value.iloc[:, k]) for k, label in enumerate(labels)]
    return [(label, value[label]) for label in labels]


def labels_of(value: Any) -> tuple[Any, ...]:
    """Return the labels of the columns of a table or of a named series, as its library has them.

    What is no table, or has no names, has none.
    """
    if _is_plain_array(value):
        return ()
    source, dimensions = library(value), _dimensions(value)
    if _is_frame(value) and source != "pyarrow":
        return tuple(value.columns)
    columns = columns_of(value)
    if columns is not None:
        return tuple(label for pair in columns for label in _expanded(*pair))
    if source == "xarray" and dimensions == 2:
        axis = value.dims[1]
        return tuple(value.coords[axis].values.tolist()) if axis in value.coords else ()
    is_series = dimensions == 1 and (hasattr(value, "to_numpy") or source == "xarray")
    name = getattr(value, "name", None) if is_series else None
    return () if name is None or name == "" else (name,)


def width_of(value: Any) -> int:
    """Return the number of columns of what has two dimensions and several rows, else 1."""
    columns = columns_of(value)
    if columns is not None:
        return sum(width_of(column) for _, column in columns)
    shape = getattr(value, "shape", None)
    if shape is not None:
        return int(shape[1]) if len(shape) == 2 and shape[0] != 1 else 1
    if not isinstance(value, (list, tuple)) or len(value) < 2:
        return 1
    sequences = (list, tuple, np.ndarray)
    widths = {len(row) if isinstance(row, sequences) and np.ndim(row) else 1 for row in value}
    return widths.pop() if len(widths) == 1 else 1


def taken_out(value: Any, place: int) -> tuple[Any, Columns] | None:
    """Return the column at a place among the labels of a table, and the others.

    None where the table becomes one array at once.
    """
    columns, taken, others, at = columns_of(value), None, [], 0
    if columns is None:
        return None
    for label, column in columns:
        labels = _expanded(label, column)
        if not at <= place < at + len(labels):
            others.append((label, column))
        elif getattr(column, "ndim", 1) == 1:
            taken = column
        else:
            taken = column[:, place - at]
            others += [(labels[k], column[:, k]) for k in range(len(labels)) if k != place - at]
        at += len(labels)
    return taken, Columns(others)


def has_categories(value: Any) -> bool:
    """Whether a series of pandas holds categories that are no numbers, or have no order."""
    dtype: Any = getattr(value, "dtype", None)
    if type(dtype).__name__ != "CategoricalDtype":
        return False
    return not dtype.ordered or getattr(dtype.categories.dtype, "kind", "O") not in "biuf"


def names_of(value: object) -> tuple[str, ...]:
    """Return `labels_of` as texts."""
    return tuple(map(str, labels_of(value)))


def warn_unaligned(values: Mapping[str, Any]) -> None:
    """Warn where arguments, by their names, have the same labels at different rows.

    Rows are matched by place. Labels in another order, or left out at different places, are most
    often a mistake. Three things are not: labels that have nothing in common; the numbers 0, 1, ...
    beside others, since nobody chose them; and a lag, one end of a series beside its other end.
    """
    labelled = {
        name: index
        for name, value in values.items() if not _is_plain_array(value)
        for index in _index(value)
    }  # fmt: skip
    for (first, mine), (second, other) in combinations(labelled.items(), 2):
        if len(mine) == len(other) and not mine.equals(other) and _is_mistake(mine, other):
            warn(
                "indexOrder",
                f"`{first}` and `{second}` have the same index labels at different rows; rows are "
                "matched by place, not by label: align them, or pass to_numpy() of both",
            )
            return


def _is_mistake(mine: Any, other: Any) -> bool:
    shared, n = int(mine.isin(other).sum()), len(mine)
    if shared in (0, n):
        return shared == n
    if any(type(index).__name__ == "RangeIndex" and index[0] == 0 for index in (mine, other)):
        return False
    lag = n - shared
    return not (mine[lag:].equals(other[:shared]) or other[lag:].equals(mine[:shared]))


def _index(value: Any) -> Iterator[Any]:
    """Yield the labels of the rows, an index of pandas, where there is one."""
    if library(value) == "xarray":
        index = value.indexes.get(next(iter(value.dims), None))
    else:
        index = getattr(value, "index", None)
    if hasattr(index, "equals") and hasattr(index, "isin"):
        yield index


def _expanded(label: Any, column: Any) -> list[Any]:
    shape: tuple[int, ...] = getattr(column, "shape", ())
    if isinstance(column, Indicators):
        return [label] * shape[1]
    return [f"{label}_{k + 1}" for k in range(shape[1])] if len(shape) == 2 else [label]


def _is_plain_array(value: Any) -> bool:
    """Whether it is an array of NumPy without names of any kind."""
    return type(value) is np.ndarray and value.dtype.names is None


def _dimensions(value: Any) -> int:
    return int(getattr(value, "ndim", len(getattr(value, "shape", ()))))


def _is_frame(value: Any) -> bool:
    return _dimensions(value) == 2 and hasattr(value, "columns")


def _is_uniform(value: Any) -> bool:
    """Whether a table of pandas, polars or their like is numbers that make one array at once."""
    return hasattr(value, "to_numpy") and all(
        dtype.is_numeric() if hasattr(dtype, "is_numeric") else _is_plain(dtype)
        for dtype in value.dtypes
    )


def _is_plain(dtype: object) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiu"
