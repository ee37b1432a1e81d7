"""Columns of a table that an argument picks: by number, by name, or by a mask."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from lcodec.checks.errors import fail
from lcodec.checks.options import describe, is_number
from lcodec.checks.spellings import listed, nearest


def response_column(y: object, labels: Sequence[Any]) -> int | None:
    """Return the column of `X`, by its labels, whose name `y` is; None where `y` is no text."""
    if not isinstance(y, str):
        return None
    if not labels:
        fail(
            "notNumeric",
            f"`y` must be numeric, got {describe(y)}; a name needs `X` with column names",
        )
    found = _named(y, labels)
    if len(found) > 1:
        _refuse_ambiguous("y", y, len(found))
    if not found:
        fail(
            "notNumeric",
            f"`y` must be numeric or name a column of `X`, got {describe(y)}; {_hint(y, labels)}",
        )
    return found[0]


def column_list(
    value: object, name: str, count: int, labels: Sequence[Any] = (), response: int | None = None
) -> list[int]:
    """Return the columns of `X` that an option lists by number, from 0, by name, or by a mask.

    `response` is the column that is y.
    """
    if value is None:
        return []
    alone = isinstance(value, (str, tuple)) and _named(value, labels)
    items: Any = [value] if isinstance(value, str) or alone or is_number(value) else value
    if isinstance(items, (bytes, Mapping)) or not isinstance(items, Iterable):
        fail("optionType", f"`{name}` must list columns of `X`, got {describe(value)}")
    items = list(items)
    if items and all(isinstance(item, (bool, np.bool_)) for item in items):
        if len(items) != count:
            fail(
                "optionRange",
                f"`{name}` must have one truth value for each column of `X`, which has {count}, "
                f"got {len(items)}",
            )
        columns = [k for k, item in enumerate(items) if item]
    else:
        columns = [_column(item, name, labels) for item in items]
    unknown = sum(not 0 <= column < count for column in columns)
    if unknown:
        entries = "entry" if unknown == 1 else "entries"
        fail(
            "optionRange",
            f"`{name}` must list columns of `X`, which has {count}, got {unknown} other {entries}",
        )
    repeated = len(columns) - len(set(columns))
    if repeated:
        entries = "entry" if repeated == 1 else "entries"
        fail("optionRange", f"`{name}` must not repeat columns, got {repeated} extra {entries}")
    if response in columns:
        fail("optionRange", f"`{name}` must not list the column that is `y`")
    return columns


def _column(item: Any, name: str, labels: Sequence[Any]) -> int:
    if not is_number(item):
        found = _named(item, labels)
        if len(found) > 1:
            _refuse_ambiguous(name, item, len(found))
        return found[0] if found else _refuse_name(name, item, labels)
    if float(item) != np.floor(float(item)):
        fail("optionType", f"`{name}` must list columns of `X`, got a fraction")
    number = int(item) if np.isfinite(float(item)) else -1
    as_name = [k for k, label in enumerate(labels) if _is_whole(label) and label == number]
    if as_name and as_name != [number]:
        fail(
            "optionValue",
            f"`{name}` must name one column of `X`, got {number}, the number of one and the name "
            f"of another; give its name as a text",
        )
    return number


def _named(item: object, labels: Sequence[Any]) -> list[int]:
    """Return the places of a label; a text can also be that of a label which is none."""
    same = [k for k, label in enumerate(labels) if type(label) is type(item) and label == item]
    return same or [k for k, label in enumerate(labels) if str(label) == item]


def _refuse_name(name: str, item: object, labels: Sequence[Any]) -> NoReturn:
    if not isinstance(item, (str, tuple)):
        fail("optionType", f"`{name}` must list columns of `X`, got {describe(item)}")
    got = describe(item) if isinstance(item, str) else str(item)
    if not labels:
        fail(
            "optionRange",
            f"`{name}` must list columns of `X` by number, as they have no names, got {got}",
        )
    hint = _hint(str(item), labels)
    fail("optionRange", f"`{name}` must list columns of `X`, got {got}; {hint}")


def _refuse_ambiguous(name: str, item: object, count: int) -> NoReturn:
    got = describe(item) if isinstance(item, str) else str(item)
    fail(
        "optionValue",
        f"`{name}` must name one column of `X`, got {got}, the name of {count}; "
        "rename them or give numbers",
    )


def _hint(name: str, labels: Sequence[Any]) -> str:
    names = list(map(str, labels))
    near = nearest(name, names)
    return f"the nearest is `{near}`" if near else f"its columns are {listed(names)}"


def _is_whole(label: object) -> bool:
    return isinstance(label, numbers.Integral) and is_number(label)
