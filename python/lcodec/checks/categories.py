"""Columns of categories: each becomes a group of indicator columns, one for each category."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lcodec.checks.arrays import library
from lcodec.checks.data import IntArray, is_missing
from lcodec.checks.errors import fail
from lcodec.checks.tables import Columns, Indicators, columns_of

MOST_CATEGORIES = 1024  # of a column: its indicators are as many columns


def with_indicators(
    value: Any,
    name: str,
    response: int | None,
    codes: Callable[[Any], IntArray | None] | None = None,
) -> tuple[Any, IntArray | None]:  # fmt: skip
    """Return a table with indicators in the place of categories, and how many each column has.

    `codes` numbers the categories of a column, or returns None; by default that is `codes_of`.

    Indicators stand in the order of the categories, and only for those that are there; a missing
    value is NaN in the first. The column that is the `response` stays as it is. None stands for
    the numbers of a table without categories, which is returned itself.
    """
    pairs: list[tuple[Any, Any]] = []
    widths: list[int] = []
    at = 0
    for label, column in columns_of(value) or ():
        shape: tuple[int, ...] = getattr(column, "shape", ())
        count = shape[1] if len(shape) == 2 else 1
        found = None if at == response or count > 1 else (codes or codes_of)(column)
        if found is not None:
            column = _indicators(found, name, label)
            widths.append(column.shape[1])
        else:
            widths += [1] * count
        pairs.append((label, column))
        at += count
    if all(type(column) is not Indicators for _, column in pairs):
        return value, None
    return Columns(pairs), np.array(widths, dtype=np.int64)


def _indicators(codes: IntArray, name: str, label: object) -> Indicators:
    levels = np.unique(codes[codes >= 0])
    if len(levels) > MOST_CATEGORIES:
        fail(
            "notNumeric",
            f"`{name}` must have at most {MOST_CATEGORIES} categories in a column, got "
            f"{len(levels)} in column `{label}`; merge some or leave it out",
        )
    found = (codes[:, np.newaxis] == (levels if len(levels) else [0])).astype(np.float64)
    found[codes < 0, 0] = np.nan
    indicators: Indicators = found.view(Indicators)
    return indicators


def codes_of(column: Any) -> IntArray | None:
    """Return the number of each row's category, -1 where it is missing; None for other columns."""
    kind, source = type(getattr(column, "dtype", None)).__name__, library(column)
    if source == "pandas" and kind == "CategoricalDtype":
        return np.asarray(getattr(column, "cat", column).codes).astype(np.int64)
    if source == "polars" and str(column.dtype).startswith("Enum"):
        return np.array(column.to_physical().cast(int).fill_null(-1).to_list(), dtype=np.int64)
    if source == "polars" and str(column.dtype).startswith("Categorical"):
        return sorted_codes(column.to_list())
    if source == "pyarrow" and hasattr(column.type, "index_type"):
        return sorted_codes(column.to_pylist())
    return None


def sorted_codes(items: list[Any]) -> IntArray:
    """Return numbers of categories that have no order, in the order of their names."""
    names = sorted({item for item in items if not is_missing(item)}, key=lambda item: str(item))
    number = {item: k for k, item in enumerate(names)}
    return np.array([-1 if is_missing(item) else number[item] for item in items], dtype=np.int64)
