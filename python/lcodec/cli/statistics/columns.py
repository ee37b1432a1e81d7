"""Columns of a table as the statistics take them: numbers, days, or categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lcodec import checks
from lcodec.checks import needed
from lcodec.cli.statistics.reading import note

if TYPE_CHECKING:
    from pandas import DataFrame, Series

ISO_DATE = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?"
DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}( .*)?"
NUMBER = r"[-+]?[\d.,' ]*\d[.,]?[%€$]?"


def named(frame: DataFrame, names: Sequence[str], flag: str, other: str | None = None) -> list[str]:
    """Return names that stand once in the table; `other` is a column that must not be there."""
    labels = list(frame.columns)
    place = labels.index(other) if other is not None else None
    found = checks.column_list(list(names), flag, len(labels), labels, place)
    return [labels[k] for k in found]


def ready(
    frame: DataFrame, used: Sequence[str], categories: Sequence[str], date_format: str | None
) -> DataFrame:
    """Return the columns that are used, in this order, each of one kind."""
    columns = {
        name: frame[name].astype("category")
        if name in categories
        else _ready(frame[name], name, date_format)
        for name in used
    }
    return needed("pandas", "tables", "the command line").DataFrame(columns)


def in_backquotes(names: Sequence[str]) -> str:
    """Return the first names, in backquotes."""
    shown = ", ".join(f"`{name}`" for name in names[:10])
    return shown + (", ..." if len(names) > 10 else "")


def is_text(column: Series) -> bool:
    """Whether a column that is ready holds categories."""
    return type(column.dtype).__name__ == "CategoricalDtype"


def whole(frame: DataFrame, missing: str) -> int:
    """Return how many rows have no gaps; refuse gaps where they are not to be dropped."""
    gaps = frame.isna()
    counts = gaps.sum()
    left = int((~gaps.any(axis=1)).sum())
    if left < len(frame) and missing != "drop":
        which = [f"{count} in `{name}`" for name, count in counts.items() if count]
        shown = ", ".join(which[:10]) + (", ..." if len(which) > 10 else "")
        checks.fail(
            "nonFinite",
            f"the table must have no empty cells, got {counts.sum()}: {shown}; "
            f"--missing drop leaves out their rows, {len(frame) - left} of {len(frame)}; or leave "
            "out the columns",
        )
    return left


def _ready(column: Series, name: str, date_format: str | None) -> Any:
    kind = column.dtype.kind
    if kind in "mM":
        return _days(column)
    values = column.dropna()
    if kind != "O" and not _is_string(column):
        return column
    if len(values) and all(isinstance(value, bool) for value in values):
        return column.astype("Float64").astype(float)
    if not all(isinstance(value, str) for value in values):
        return column  # numbers as objects, or what the library refuses
    if not len(values):
        return column.astype(float)
    if date_format is not None or _share(values, ISO_DATE) == 1:
        days = _parsed(column, date_format)
        if days is not None:
            note(f"column `{name}` is taken as dates, in days since 1970-01-01")
            return days
    _no_numbers(values, name)
    return column.astype("category")


def _is_string(column: Series) -> bool:
    return type(column.dtype).__name__ == "StringDtype"


def _share(values: Series, pattern: str) -> float:
    return float(values.str.fullmatch(pattern).mean())


def _parsed(column: Series, date_format: str | None) -> Any:
    pandas = needed("pandas", "tables", "the command line")
    try:
        return _days(pandas.to_datetime(column, format=date_format or "ISO8601", utc=True))
    except ValueError:
        return None


def _days(column: Series) -> Any:
    pandas = needed("pandas", "tables", "the command line")
    start = pandas.Timestamp("1970-01-01", tz=getattr(column.dtype, "tz", None))
    return (column if column.dtype.kind == "m" else column - start) / pandas.Timedelta(days=1)


def _no_numbers(values: Series, name: str) -> None:
    """Refuse text in which half of the values are numbers, or all could be numbers or dates."""
    pandas = needed("pandas", "tables", "the command line")
    numeric = pandas.to_numeric(values, errors="coerce").notna()
    otherwise = f"--categories {name} takes all values for categories"
    if numeric.mean() >= 0.5:
        other = values[~numeric]
        checks.fail(
            "tableFormat",
            f"column `{name}` must be numbers or text, got {len(other)} texts, such as "
            f"{other.iloc[0]!r:.40}, among {len(values)} values; --na-values TEXT takes a text for "
            f"an empty cell, {otherwise}",
        )
    for pattern, what, way in (
        (DATE, "dates", "--date-format, such as %d.%m.%Y, reads them"),
        (NUMBER, "numbers", "--decimal , reads decimal commas"),
    ):
        if _share(values, pattern) >= 0.5:
            checks.fail(
                "tableFormat",
                f"column `{name}` must be numbers, dates or text, got text that looks like {what}, "
                f"such as {values.iloc[0]!r:.40}; {way}, {otherwise}",
            )
