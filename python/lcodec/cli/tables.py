"""Tables of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any


def table(title: str, fields: Mapping[str, Any]) -> str:
    """Return a table of names and values, with a heading where there is a title."""
    if not fields:
        return ""
    rows = "\n".join(_row("td", name, text_of(value)) for name, value in fields.items())
    head = f"<h2>{escape(title)}</h2>\n" if title else ""
    return f'{head}<table class="facts">\n{rows}\n</table>'


def grid(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a table with a row of headings."""
    lines = [_row("th", *head), *(_row("td", *row) for row in rows)]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _row(tag: str, *cells: object) -> str:
    return "<tr>" + "".join(_cell(tag, cell) for cell in cells) + "</tr>"


def _cell(tag: str, value: object) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    number = number or (tag == "th" and value in ("before", "after", "refit", "Parameters"))
    kind = ' class="number"' if number else ""
    return f"<{tag}{kind}>{escape(text_of(value))}</{tag}>"


def text_of(value: object) -> str:
    """Return a value as people read it."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def quiet(text: str) -> str:
    """Return a paragraph that stands back; nothing for no text."""
    return f'<p class="quiet">{escape(text)}</p>\n' if text else ""
