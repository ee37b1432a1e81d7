"""Groups of columns: lists of columns, or a label for each column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from lcodec.checks.columns import column_list
from lcodec.checks.errors import fail
from lcodec.checks.options import describe, is_number


class Group(NamedTuple):
    """Columns of X that are one candidate, ascending, and their label where it is a text."""

    columns: list[int]
    label: str | None = None


def column_groups(
    value: object, count: int, labels: Sequence[Any] = (), response: int | None = None
) -> list[Group]:
    """Return the groups that the option `groups` makes of the `count` columns of X.

    Columns are listed as for `column_list`. `response` is the column that is y.
    """
    if value is None:
        return []
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        _refuse(value)
    items = [item.item() if hasattr(item, "dtype") and item.shape == () else item for item in value]
    if all(_is_list(item) for item in items):
        groups = [Group(sorted(column_list(i, "groups", count, labels, response))) for i in items]
    elif all(is_number(item) for item in items) or all(isinstance(item, str) for item in items):
        groups = _labelled(items, count, response)
    else:
        _refuse(value)
    for number, group in enumerate(groups, 1):
        if not group.columns:
            fail("optionValue", f"`groups` must not hold empty groups, got one in place {number}")
    _no_overlap(groups, labels)
    return groups


def given_groups(groups: Sequence[Group], given: Sequence[int]) -> None:
    """Refuse groups of which some columns are `given` and others are not."""
    for number, (columns, label) in enumerate(groups, 1):
        if 0 < len(set(columns).intersection(given)) < len(columns):
            which = f"number {number}, counting from 1" if label is None else f"`{label}`"
            fail(
                "optionValue",
                f"`given` must hold all columns of a group or none, got some of a group ({which})",
            )


def _is_list(item: object) -> bool:
    return isinstance(item, Iterable) and not isinstance(item, (str, bytes, Mapping))


def _labelled(items: list[Any], count: int, response: int | None) -> list[Group]:
    """Return the columns of each label, in the order in which the labels first come."""
    if len(items) != count:
        fail(
            "optionRange",
            f"`groups` must have one label for each column of `X`, which has {count}, "
            f"got {len(items)}",
        )
    if any(item != item for item in items):
        fail("optionValue", "`groups` must have a label for each column of `X`, got NaN")
    columns: dict[Any, list[int]] = {}
    for column, item in enumerate(items):
        columns.setdefault(item, []).append(column)
    if response is not None:
        if len(columns[items[response]]) > 1:
            fail("optionRange", "`groups` must not list the column that is `y`")
        del columns[items[response]]
    return [
        Group(mine, label if isinstance(label, str) else None) for label, mine in columns.items()
    ]


def _no_overlap(groups: Sequence[Group], labels: Sequence[Any]) -> None:
    seen: set[int] = set()
    for group in groups:
        for column in group.columns:
            if column in seen:
                which = f"`{labels[column]}`" if labels else f"{column + 1}, counting from 1,"
                fail("optionRange", f"`groups` must not overlap, got column {which} in two groups")
            seen.add(column)


def _refuse(value: object) -> NoReturn:
    fail(
        "optionType",
        "`groups` must list groups of columns of `X`, or one label for each column, "
        f"got {describe(value)}",
    )
