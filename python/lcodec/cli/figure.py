"""Bar charts of HTML, with bars of SVG, which are printed, too, and take the page's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = {"bar": "#2f6db3", "old": "#9aa7b5"}
"""Where the page around does not say other ones."""

LEAST = 0.5  # per cent of the room: a bar that is still to be seen


@dataclass(frozen=True)
class Row:
    """One bar, with its label and its text."""

    label: str
    value: float  # its length, from 0 on
    text: str
    kind: str = "bar"  # or "old": its class, for the colour


def bars(title: str, rows: Sequence[Row]) -> str:
    """Return a chart of horizontal bars, at least one, the longest as long as there is room.

    Where the page is narrow, its style puts label and text above the bar. The title is read out
    to those who cannot see the chart.
    """
    longest = max(row.value for row in rows) or 1.0
    drawn = [
        f'<div class="row"><span class="label">{escape(row.label)}</span>'
        f'<svg aria-hidden="true" xmlns="http://www.w3.org/2000/svg"><rect class="{row.kind}" '
        f'fill="{COLOURS[row.kind]}" width="{max(100 * row.value / longest, LEAST):.1f}%" '
        f'height="100%" rx="2"/></svg><span class="value">{escape(row.text)}</span></div>'
        for row in rows
    ]
    lines = "\n".join(drawn)
    return f'<div class="bars" role="group" aria-label="{escape(title)}">\n{lines}\n</div>'
