"""A response: numbers with an order, or classes without one, which text and categories can name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcodec.checks import arrays, tables
from lcodec.checks.categories import codes_of
from lcodec.checks.data import (
    FloatArray,
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
    absent = int(np.isnan(classes).sum())
    if absent and missing == "refuse":
        plural = "value" if absent == 1 else "values"
        fail(
            "nonFinite",
            f"`{name}` must be complete, got {absent} missing {plural}; missing='drop' leaves out "
            "their rows",
        )
    return vector(np.reshape(classes, texts.shape), name, missing="drop", **shape)


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
