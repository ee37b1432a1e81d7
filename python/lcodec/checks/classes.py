"""A response: numbers with an order, or classes without one, which text and categories can name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import arrays, tables
from lcodec.checks.categories import codes_of, sorted_codes, with_indicators
from lcodec.checks.data import (
    FloatArray,
    IntArray,
    Missing,
    is_missing,
    matrix,
    plain_array,
    refuse,
    vector,
)
from lcodec.checks.errors import fail


def response_values(
    value: object, name: str, *, nominal: bool, ordinal: bool, missing: Missing,
    several: bool = False, **shape: Any,
) -> FloatArray:  # fmt: skip
    """Return a response (n,) as numbers: as `vector` does, or with `nominal` those of its classes.

    With `several`, one of several columns is (n, q), as `matrix` does.

    Classes may be text, truth values, categories or numbers. They are numbered in any order; a
    missing one is NaN. `shape` holds the other options of `vector`.
    """
    if several and (columns := tables.width_of(value)) > 1:
        if nominal:
            fail(
                "optionValue",
                f"`response` 'nominal' needs `{name}` of one column, got {columns}",
            )
        return matrix(value, name, missing=missing, **shape)
    listed = isinstance(value, (list, tuple)) and any(isinstance(item, str) for item in value)
    texts = _texts(value, name, nominal) if nominal or listed else None
    if texts is None or not nominal:
        return vector(
            value, name, ordinal=ordinal or nominal, missing=missing, nominal=nominal, **shape
        )
    numbers: dict[Any, int] = {}
    classes = [
        np.nan if is_missing(item) else numbers.setdefault(item, len(numbers))
        for item in texts.ravel().tolist()
    ]
    _refuse_missing(int(np.isnan(classes).sum()), name, missing)
    return vector(np.reshape(classes, texts.shape), name, missing="drop", **shape)


def _refuse_missing(absent: int, name: str, missing: Missing) -> None:
    if absent and missing == "refuse":
        plural = "value" if absent == 1 else "values"
        fail(
            "nonFinite",
            f"`{name}` must be complete, got {absent} missing {plural}; missing='drop' leaves out "
            "their rows",
        )


def with_classes(value: Any, name: str, missing: Missing) -> tuple[Any, IntArray | None]:
    """Return what `with_indicators` does where text and truth values are categories too.

    Categories that are numbers and have an order are numbers here. A missing class in a table is
    for `matrix` to refuse, which names its column; in a column without a name it is refused here.
    """
    pairs = tables.columns_of(value)
    has_names = pairs is not None
    if pairs is None and arrays.place(value) == "host" and not arrays.is_sparse(value):
        if isinstance(value, (list, tuple)):
            value = _as_listed(value, name)
        if codes_of(value) is not None or tables.width_of(value) == 1:
            pairs = [(1, value)]
        elif (array := plain_array(value, name)).ndim == 2 and array.dtype.kind in "bOUST":
            pairs = [(k + 1, column) for k, column in enumerate(array.T)]
    if pairs is None:
        return value, None
    is_alone = not has_names and len(pairs) == 1

    def numbered(column: Any) -> IntArray | None:
        codes = _class_codes(column, name)
        if codes is not None and is_alone:
            _refuse_missing(int((codes < 0).sum()), name, missing)
        return codes

    table, widths = with_indicators(tables.Columns(pairs), name, None, numbered)
    return (value if widths is None else table), widths


def _class_codes(column: Any, name: str) -> IntArray | None:
    """Return the number of each row's class, -1 where it is missing; None for numbers."""
    codes = codes_of(column)
    if codes is not None:
        numbers = arrays.library(column) == "pandas" and not tables.has_categories(column)
        return None if numbers else codes
    texts = _texts(column, name, nominal=True)
    if texts is None:
        texts = plain_array(column, name)
        there = [item for item in texts.flat if not is_missing(item)] if texts.dtype == "O" else []
        if texts.dtype != bool and not (there and all(isinstance(item, bool) for item in there)):
            return None
    return sorted_codes(texts.ravel().tolist())


def _as_listed(value: Any, name: str) -> NDArray[Any]:
    """Return an array of a list, in which text does not change what stands beside it."""
    array = plain_array(value, name)
    return _objects(value, name, nominal=True) if array.dtype.kind in "UST" else array


def _texts(value: Any, name: str, nominal: bool) -> NDArray[Any] | None:
    """Return an array of text, where some may be missing; None for anything else."""
    if arrays.place(value) != "host" or arrays.is_sparse(value):
        return None
    if isinstance(value, str):
        value = [value]
    columns = tables.columns_of(value)
    if columns is not None and len(columns) == 1:
        value = columns[0][1]
    codes = codes_of(value)
    if codes is not None:
        numbered = codes.astype(object)
        numbered[codes < 0] = None
        return numbered
    if isinstance(value, (list, tuple)):  # NumPy would make text of None and NaN beside text
        array = _objects(value, name, nominal)
    else:
        if isinstance(value, np.ma.MaskedArray) and value.dtype.kind in "USTO":
            value = np.array(value.tolist(), dtype=object)  # None where it is masked
        array = plain_array(value, name, nominal=nominal)
    if array.dtype.kind in "UST":
        return array.astype(object)
    if array.dtype.kind != "O":
        return None
    is_text = [isinstance(item, (str, bytes)) for item in array.flat]
    if not any(is_text):
        return None
    if not all(text or is_missing(item) for text, item in zip(is_text, array.flat, strict=True)):
        refuse(name, "a container or object", nominal=nominal)
    return array


def _objects(value: Any, name: str, nominal: bool) -> NDArray[Any]:
    try:
        return np.array(value, dtype=object)
    except ValueError:  # arrays of different shapes
        refuse(name, "a container or object", nominal=nominal)
