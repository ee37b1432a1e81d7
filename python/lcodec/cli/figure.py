"""Bar charts as SVG, written by hand: they take their colours from the page around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, ROW, LABEL, TEXT = 720, 26, 200, 250
"""In pixels: the chart, the height of a bar with its gap, the room left and right of the bars."""

COLOURS = {"bar": "#2f6db3", "old": "#9aa7b5"}
"""Where the page around does not say other ones."""

MOST_LETTERS = 24


@dataclass(frozen=True)
class Row:
    """One bar, with its label left of it and its text right of it."""

    label: str
    value: float  # its length, from 0 on
    text: str
    kind: str = "bar"  # or "old": its class, for the colour


def bars(title: str, rows: Sequence[Row]) -> str:
    """Return a chart of horizontal bars, at least one, the longest as long as there is room.

    The title is read out to those who cannot see the chart.
    """
    longest = max(row.value for row in rows) or 1.0
    room = WIDTH - LABEL - TEXT
    drawn = []
    for number, row in enumerate(rows):
        top = number * ROW
        length = max(row.value / longest * room, 1.0)
        drawn.append(
            f'<text x="{LABEL - 8}" y="{top + 17}" text-anchor="end">'
            f"<title>{escape(row.label)}</title>{escape(_short(row.label))}</text>"
            f'<rect class="{row.kind}" fill="{COLOURS[row.kind]}" x="{LABEL}" y="{top + 4}" '
            f'width="{length:.1f}" height="{ROW - 8}" rx="2"/>'
            f'<text x="{LABEL + length + 8:.1f}" y="{top + 17}">{escape(row.text)}</text>'
        )
    return (
        f'<svg viewBox="0 0 {WIDTH} {len(rows) * ROW}" role="img" '
        f'aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg">\n'
        + "\n".join(drawn)
        + "\n</svg>"
    )


def _short(label: str) -> str:
    # The end tells layers apart: they share the beginning.
    return label if len(label) <= MOST_LETTERS else "…" + label[-MOST_LETTERS + 1 :]
